"""Risk: the expected IoU orders photos, its threshold is learnt from held-out photos, and its worth is counted."""

import math

import numpy as np
import pytest

from maskwright.evaluation.expected_iou import (
    LEAST_EXPECTED_IOU,
    classes_shown,
    expected_iou,
    risk_in_words,
    risk_of,
    stored_threshold,
    threshold_from,
)


def test_the_threshold_is_the_poor_iou_plus_what_is_expected_too_much() -> None:
    assert threshold_from([]) == pytest.approx(0.5)
    assert threshold_from([(0.9, 0.7)] * 200) == pytest.approx(0.7, abs=0.005)
    assert threshold_from([(0.7, 0.7)] * 200) == pytest.approx(0.5, abs=0.005)
    assert 0.5 < threshold_from([(0.9, 0.6)] * 2) < 0.7
    assert threshold_from([(math.nan, 0.6)]) == pytest.approx(0.5)


def test_precision_and_recall_count_the_photos_that_the_flag_finds() -> None:
    risk = risk_of([0.9, 0.8, 0.55, 0.5, 0.4], [0.8, 0.4, 0.7, 0.3, 0.2], 0.6)
    assert risk is not None
    assert (risk.unsure, risk.poor, risk.found) == (3, 3, 2)
    assert risk.precision == pytest.approx(2 / 3)
    assert risk.recall == pytest.approx(2 / 3)
    assert risk_in_words(risk) == ("Of 3 photos below an IoU of 0.5, 2 were marked as unsure; of the 2 others, 1.")


def test_the_curve_starts_with_the_surest_photo_and_ends_with_the_mean() -> None:
    risk = risk_of([0.2, 0.9, math.nan], [0.4, 0.8, 0.5], 0.6)
    assert risk is not None
    assert risk.curve == ((0.5, 0.8), (1.0, 0.6))


def test_nothing_is_known_without_a_photo_that_has_both() -> None:
    assert risk_of([math.nan], [0.5], 0.6) is None


def test_good_masks_only_are_said_to_be_so() -> None:
    risk = risk_of([0.9, 0.5], [0.8, 0.7], 0.6)
    assert risk is not None
    assert risk_in_words(risk) == "No photo of 2 is below an IoU of 0.5; 1 marked as unsure."


def test_classes_that_appear_count_alike_and_the_mask_decides_which() -> None:
    probabilities = np.full((3, 10, 10), 0.0, dtype=np.float32)
    probabilities[0] = 1.0
    probabilities[:, :8] = np.array([0.1, 0.9, 0.0])[:, None, None]
    probabilities[:, 8:9] = np.array([0.6, 0.0, 0.4])[:, None, None]
    chosen = np.zeros((10, 10), dtype=np.uint8)
    assert math.isnan(expected_iou(probabilities, chosen, (1, 2)))
    chosen[:8] = 1
    assert expected_iou(probabilities, chosen, (1, 2)) == pytest.approx(0.9, abs=1e-5)
    chosen[8:9] = 2
    assert expected_iou(probabilities, chosen, (1, 2)) == pytest.approx((0.9 + 0.4) / 2, abs=1e-5)


def test_a_class_that_cleaning_removed_does_not_count() -> None:
    probabilities = np.zeros((3, 10, 10), dtype=np.float32)
    probabilities[0] = 1.0
    probabilities[:, :8] = np.array([0.1, 0.9, 0.0])[:, None, None]
    probabilities[:, 9, 9] = 0.4, 0.1, 0.5
    chosen = probabilities.argmax(axis=0).astype(np.uint8)
    cleaned = np.where(chosen == 2, 0, chosen).astype(np.uint8)
    assert classes_shown(chosen, (1, 2)) == (1, 2)
    assert classes_shown(cleaned, (1, 2)) == (1,)
    assert expected_iou(probabilities, chosen, classes_shown(chosen, (1, 2))) == pytest.approx(0.7, abs=0.001)
    assert expected_iou(probabilities, chosen, classes_shown(cleaned, (1, 2))) == pytest.approx(0.9, abs=0.002)


def test_the_threshold_of_an_earlier_version_counts_where_one_class_is_scored() -> None:
    assert stored_threshold(0.8, (), (1,)) == 0.8
    assert stored_threshold(0.8, (), (1, 2)) == LEAST_EXPECTED_IOU
    assert stored_threshold(0.8, (0.0, 0.0, 0.0), (1, 2)) == 0.8
