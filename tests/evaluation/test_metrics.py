import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.evaluation import metrics


def naive_iou(truth: np.ndarray, prediction: np.ndarray, class_id: int) -> float:
    """Count pixel by pixel, as the definition says."""
    intersection = union = 0
    for t, p in zip(truth.ravel().tolist(), prediction.ravel().tolist(), strict=True):
        if t == 255:
            continue
        intersection += t == class_id and p == class_id
        union += t == class_id or p == class_id
    return intersection / union if union else float("nan")


@given(seed=st.integers(0, 10_000), classes=st.integers(2, 5))
def test_iou_equals_a_naive_count(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice([*range(classes - 1), 255], (9, 7)).astype(np.uint8)
    prediction = rng.integers(0, classes, (9, 7)).astype(np.uint8)
    counts = metrics.confusion(truth, prediction, classes)
    expected = [naive_iou(truth, prediction, c) for c in range(classes)]
    np.testing.assert_allclose(metrics.iou(counts), expected, equal_nan=True)


def test_ignore_pixels_do_not_count() -> None:
    truth = np.array([[1, 255], [0, 255]], dtype=np.uint8)
    prediction = np.array([[1, 1], [0, 0]], dtype=np.uint8)
    counts = metrics.confusion(truth, prediction, 2)
    assert counts.sum() == 2
    assert metrics.iou(counts).tolist() == [1.0, 1.0]


def test_a_class_in_neither_truth_nor_prediction_is_nan_and_no_mean_counts_it() -> None:
    counts = np.array([[5, 0, 0], [1, 4, 0], [0, 0, 0]])
    assert np.isnan(metrics.iou(counts)[2])
    assert metrics.mean_over(metrics.iou(counts), (1, 2)) == pytest.approx(0.8)
    assert np.isnan(metrics.mean_over(metrics.iou(counts), (2,)))


def test_dice_precision_and_recall_of_a_known_matrix() -> None:
    counts = np.array([[50, 10], [5, 35]])
    assert metrics.dice(counts)[1] == pytest.approx(70 / 85)
    assert metrics.precision(counts)[1] == pytest.approx(35 / 45)
    assert metrics.recall(counts)[1] == pytest.approx(35 / 40)
    assert metrics.pixel_accuracy(counts) == pytest.approx(0.85)
    assert metrics.constant_accuracy(counts) == pytest.approx(0.60)
    assert metrics.constant_mean_iou(counts, (1,)) == pytest.approx(0.40)


def disc(radius: int = 20, *, at: int = 50) -> np.ndarray:
    y, x = np.mgrid[:100, :100]
    return np.asarray((y - 50) ** 2 + (x - at) ** 2 <= radius**2)


def test_the_boundary_f1_of_equal_masks_is_one_and_of_nothing_is_nan() -> None:
    nothing = np.zeros((100, 100), dtype=bool)
    assert metrics.boundary_f1(disc(), disc(), tolerance_px=0) == 1.0
    assert metrics.boundary_f1(disc(), nothing, tolerance_px=2) == 0.0
    assert math.isnan(metrics.boundary_f1(nothing, nothing, tolerance_px=2))


def test_the_boundary_f1_falls_when_outlines_lie_outside_the_tolerance() -> None:
    assert metrics.boundary_f1(disc(), disc(at=55), tolerance_px=2) < 0.75
    assert metrics.boundary_f1(disc(), disc(at=52), tolerance_px=2) == 1.0


def test_a_predicted_value_that_is_no_class_is_a_miss() -> None:
    truth = np.array([[0, 1, 1, 255]], dtype=np.uint8)
    prediction = np.array([[0, 1, 7, 7]], dtype=np.uint8)
    counts = metrics.value_counts(truth, prediction, 2)
    assert counts[1, 7] == 1
    np.testing.assert_allclose(metrics.iou(counts), [1.0, 0.5])


def test_numbers_that_no_mask_can_hold_are_no_class() -> None:
    counts = metrics.value_counts(np.zeros((1, 3), dtype=np.uint8), np.array([[-1, 300, 0]]), 2)
    assert counts[0, 0] == 1
    assert counts.sum() == 3
