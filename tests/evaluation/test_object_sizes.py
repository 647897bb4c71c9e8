import math

import numpy as np
import pytest

from maskwright.evaluation.object_sizes import ObjectScore, by_size, score_objects
from maskwright.imaging.mask_geometry import Mask

Pixels = set[tuple[int, int]]


def patches(pixels: Pixels) -> list[Pixels]:
    """Return 8-connected patches by flooding."""
    left, found = set(pixels), []
    while left:
        todo, patch = [min(left)], set()
        while todo:
            y, x = todo.pop()
            if (y, x) in left:
                left.discard((y, x))
                patch.add((y, x))
                todo += [(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        found.append(patch)
    return found


def naive(truth: Mask, prediction: Mask, scored: tuple[int, ...]) -> list[tuple[int, int, float, float]]:
    places = [(y, x) for y in range(truth.shape[0]) for x in range(truth.shape[1])]
    rows = []
    for c in scored:
        objects = patches({p for p in places if truth[p] == c})
        found = patches({p for p in places if prediction[p] == c and truth[p] != 255})
        for one in objects:
            others = set().union(*objects) - one
            touching = set().union(*(f for f in found if f & one)) - others
            hit = len(one & set().union(*found)) if found else 0
            rows.append((c, len(one), hit / len(one), len(touching & one) / len(touching | one)))
    return sorted(rows)


@pytest.mark.parametrize("seed", range(6))
def test_scores_equal_the_naive_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice(np.array([0, 0, 0, 1, 2, 255], np.uint8), (14, 17))
    prediction = np.where(rng.random((14, 17)) < 0.6, truth, rng.integers(0, 3, (14, 17))).astype(np.uint8)
    prediction[prediction == 255] = 1
    ours = sorted((s.class_id, s.area_px, s.recall, s.iou) for s in score_objects(truth, prediction, (1, 2)))
    np.testing.assert_allclose(np.array(ours), np.array(naive(truth, prediction, (1, 2))))


def test_a_perfect_mask_scores_one_and_an_empty_one_nothing() -> None:
    truth = np.zeros((30, 30), np.uint8)
    truth[2:6, 2:6] = truth[10:25, 10:25] = 1
    assert [(s.recall, s.iou) for s in score_objects(truth, truth, (1,))] == [(1.0, 1.0)] * 2
    assert [(s.recall, s.iou) for s in score_objects(truth, 0 * truth, (1,))] == [(0.0, 0.0)] * 2
    assert score_objects(0 * truth, truth, (1,)) == []


def test_neighbours_joined_by_the_prediction_are_not_blamed_for_one_another() -> None:
    truth = np.zeros((10, 21), np.uint8)
    truth[:, :10] = truth[:, 11:] = 1
    joined = np.ones_like(truth)
    assert [s.iou for s in score_objects(truth, joined, (1,))] == [100 / 110] * 2


def test_a_network_that_misses_small_objects_is_seen_through() -> None:
    truth = np.zeros((200, 200), np.uint8)
    truth[10:20, 10:20] = truth[40:80, 40:80] = truth[90:199, 90:199] = 1
    prediction = truth.copy()
    prediction[10:20, 10:20] = 0
    small, middling, large = by_size(score_objects(truth, prediction, (1,)))
    assert (small.objects, small.recall, small.iou) == (1, 0.0, 0.0)
    assert (middling.iou, large.iou) == (1.0, 1.0)


def test_bins_hold_every_object_once_and_empty_ones_are_nan() -> None:
    scores = [ObjectScore(1, area, 0.5, area / 100) for area in (1, 10, 10, 99)]
    low, high, none = by_size(scores, edges_px=(10, 100))
    assert (low.objects, high.objects, none.objects) == (1, 3, 0)
    assert high.iou == pytest.approx((0.1 + 0.1 + 0.99) / 3)
    assert math.isnan(none.recall)
    assert (low.low_px, none.high_px) == (0.0, math.inf)
