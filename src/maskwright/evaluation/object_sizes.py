"""Scores by the size of objects: whether a network that is good overall misses small objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from maskwright.classes import IGNORE
from maskwright.evaluation.metrics import iou_of_areas, ratio
from maskwright.imaging.mask_geometry import Bools, Mask, components

EDGES_PX = (32**2, 96**2)
"""Areas between small, medium and large objects: those of COCO, Lin et al. 2014."""


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

    @property
    def words(self) -> str:
        """The areas in words."""
        if self.low_px == 0:
            return f"under {self.high_px:,.0f} px"
        if self.high_px == float("inf"):
            return f"{self.low_px:,.0f} px or more"
        return f"{self.low_px:,.0f} to {self.high_px:,.0f} px"


def score_objects(truth: Mask, prediction: Mask, scored: Sequence[int]) -> list[ObjectScore]:
    """Return a score for every object of the truth: each 8-connected patch of a scored class.

    Recall is the share of the object's pixels that have its class in the prediction. Its IoU is taken with the
    predicted patches of its class that touch it, without their pixels on other objects of the class, so that
    neighbours that the prediction joins do not count against one another. Pixels whose truth is 255 do not count.
    """
    return [score for class_id in scored for score in _of_class(truth, prediction, class_id)]


def _of_class(truth: Mask, prediction: Mask, class_id: int) -> list[ObjectScore]:
    of_class: Bools = truth == class_id
    if not of_class.any():
        return []
    predicted: Bools = (prediction == class_id) & (truth != IGNORE)
    x, y, width, height = cv2.boundingRect((of_class | predicted).astype(np.uint8))
    window = slice(y, y + height), slice(x, x + width)
    objects, count = components(of_class[window])
    patches, patch_count = components(predicted[window])
    areas = np.bincount(objects.ravel(), minlength=count + 1)
    hits = np.bincount(objects[patches > 0], minlength=count + 1)
    outside = np.bincount(patches[objects == 0], minlength=patch_count + 1)
    both = (objects > 0) & (patches > 0)
    touching = np.unique(np.stack([objects[both], patches[both]]), axis=1)
    false = np.bincount(touching[0], weights=outside[touching[1]], minlength=count + 1)
    recalls, ious = ratio(hits, areas), iou_of_areas(hits, areas, hits + false)
    return [ObjectScore(class_id, int(areas[i]), float(recalls[i]), float(ious[i])) for i in range(1, count + 1)]


def by_size(scores: Iterable[ObjectScore], *, edges_px: Sequence[float] = EDGES_PX) -> tuple[SizeBin, ...]:
    """Return the scores of objects, of one photo or of many, by area: below, between and above the edges."""
    every = list(scores)
    bounds = (0.0, *sorted(edges_px), float("inf"))
    return tuple(_bin([s for s in every if low <= s.area_px < high], low, high) for low, high in pairwise(bounds))


def _bin(scores: Sequence[ObjectScore], low: float, high: float) -> SizeBin:
    if not scores:
        return SizeBin(low, high, 0, float("nan"), float("nan"))
    recall, iou = (float(np.mean([getattr(s, name) for s in scores])) for name in ("recall", "iou"))
    return SizeBin(low, high, len(scores), recall, iou)
