"""Scores by the size of objects: whether a network that is good on the whole misses what is small."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.pixels import Bools, Mask

EDGES_PX = (32**2, 96**2)
"""Areas between small, middling and large objects: those of COCO, Lin et al. 2014."""


@dataclass(frozen=True)
class ObjectScore:
    """How well one object of the truth was found; `recall` and `iou` are in 0..1."""

    class_id: int
    area_px: int
    recall: float
    iou: float


@dataclass(frozen=True)
class SizeBin:
    """The objects of `low_px` <= area < `high_px`: how many, and their mean recall and IoU, NaN where none."""

    low_px: float
    high_px: float
    objects: int
    recall: float
    iou: float


def score_objects(truth: Mask, prediction: Mask, scored: Sequence[int]) -> list[ObjectScore]:
    """Return a score for every object of the truth: each 8-connected patch of a scored class.

    Recall is the share of the object's pixels that have its class in the prediction. Its IoU is taken with the
    predicted patches of its class that touch it, without their pixels on other objects of the class, so that
    neighbours joined by the prediction are not blamed for one another. Pixels whose truth is 255 do not count.
    """
    return [score for class_id in scored for score in _of_class(truth, prediction, class_id)]


def _of_class(truth: Mask, prediction: Mask, class_id: int) -> list[ObjectScore]:
    counted: Bools = truth != IGNORE
    objects, count = _patches(truth == class_id)
    found, _ = _patches((prediction == class_id) & counted)
    scores = []
    for mark in range(1, count + 1):
        own: Bools = objects == mark
        area, hit = int(own.sum()), int((found[own] > 0).sum())
        touching = np.unique(found[own & (found > 0)])
        stray = int((np.isin(found, touching) & (objects == 0)).sum()) if len(touching) else 0
        scores.append(ObjectScore(class_id, area, hit / area, hit / (area + stray)))
    return scores


def _patches(mask: Bools) -> tuple[NDArray[np.int32], int]:
    count, marks = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return np.asarray(marks, dtype=np.int32), count - 1


def by_size(scores: Iterable[ObjectScore], *, edges_px: Sequence[float] = EDGES_PX) -> tuple[SizeBin, ...]:
    """Return the scores of objects, of one photo or of many, by area: below, between and above the edges."""
    kept = list(scores)
    bounds = (0.0, *sorted(edges_px), float("inf"))
    return tuple(_bin([s for s in kept if low <= s.area_px < high], low, high) for low, high in pairwise(bounds))


def _bin(scores: Sequence[ObjectScore], low: float, high: float) -> SizeBin:
    if not scores:
        return SizeBin(low, high, 0, float("nan"), float("nan"))
    recall, iou = (float(np.mean([getattr(s, name) for s in scores])) for name in ("recall", "iou"))
    return SizeBin(low, high, len(scores), recall, iou)
