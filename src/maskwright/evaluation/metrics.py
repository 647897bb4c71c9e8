"""Metrics: pure functions of pixel counts. A class in neither truth nor prediction has NaN, never 0 or 1."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools, Mask

Confusion = NDArray[np.int64]
"""CxC pixel counts: row = truth, column = prediction; ignored pixels are not counted."""

ValueCounts = NDArray[np.int64]
"""Cx256 pixel counts: row = true class, column = predicted value, which may be no class of the table."""

Values = NDArray[np.float64]


def value_counts(truth: Mask, prediction: Mask, class_count: int) -> ValueCounts:
    """Return the Cx256 counts of an HxW mask of class ids and an HxW mask of any values.

    Pixels whose true value is no class (255 = ignore) are not counted.
    """
    if prediction.dtype != np.uint8:  # whole numbers that no mask can hold are no class
        prediction = np.where((prediction < 0) | (prediction > 255), 255, prediction).astype(np.uint8)
    pairs = np.minimum(truth, class_count).astype(np.int32).ravel()
    pairs <<= 8
    pairs += prediction.ravel()
    counted = np.bincount(pairs, minlength=(class_count + 1) << 8).reshape(-1, 256)
    return counted[:class_count].astype(np.int64)


def confusion(truth: Mask, prediction: Mask, class_count: int) -> Confusion:
    """Return the CxC counts of two HxW class-id masks; pixels whose truth is 255 are not counted."""
    return value_counts(truth, prediction, class_count)[:, :class_count].copy()


def ratio(part: NDArray[Any], whole: NDArray[Any], *, absent: float = np.nan) -> Values:
    """Return part / whole element by element, `absent` where the whole is 0."""
    whole = np.asarray(whole, dtype=np.float64)
    out = np.full(np.shape(whole), absent)
    return np.asarray(np.divide(np.asarray(part, dtype=np.float64), whole, out=out, where=whole > 0))


def iou_of_areas(hits: NDArray[Any], true: NDArray[Any], predicted: NDArray[Any]) -> Values:
    """Return intersection over union from areas in pixels; NaN where both are empty.

    Every IoU of this package is this ratio; `hits` are the pixels in both.
    """
    return ratio(hits, np.asarray(true) + np.asarray(predicted) - np.asarray(hits))


def iou(counts: Confusion | ValueCounts) -> Values:
    """Return intersection over union by class, NaN where a class is in neither truth nor prediction.

    `counts` are CxC or Cx256; a predicted value that is no class is a miss.
    """
    classes = len(counts)
    return iou_of_areas(np.diag(counts[:, :classes]), counts.sum(axis=1), counts[:, :classes].sum(axis=0))


def dice(counts: Confusion) -> Values:
    """Return Dice = F1 by class, NaN where a class is in neither truth nor prediction."""
    return ratio(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))


def precision(counts: Confusion) -> Values:
    """Return the share of each class's predicted pixels that are right, NaN where none is predicted."""
    return ratio(np.diag(counts), counts.sum(axis=0))


def recall(counts: Confusion) -> Values:
    """Return the share of each class's true pixels that are found, NaN where there are none."""
    return ratio(np.diag(counts), counts.sum(axis=1))


def pixel_accuracy(counts: Confusion) -> float:
    """Return the share of counted pixels that are right, NaN where none counts."""
    return float(ratio(np.trace(counts), counts.sum()))


def constant_accuracy(counts: Confusion) -> float:
    """Return the pixel accuracy of the majority-class baseline: the share of the commonest class in the truth."""
    return float(ratio(counts.sum(axis=1).max(), counts.sum()))


def boundary_f1(truth: Bools, prediction: Bools, *, tolerance_px: float) -> float:
    """Return the F1 of two HxW masks' outlines; a pixel is right within `tolerance_px` of the other outline.

    NaN where neither mask has an outline. Csurka et al. 2013, What is a good evaluation measure for semantic
    segmentation?
    """
    true_line, predicted_line = _outline(truth), _outline(prediction)
    if not true_line.any() and not predicted_line.any():
        return float("nan")
    if not true_line.any() or not predicted_line.any():
        return 0.0
    found = float((_distance_px(predicted_line)[true_line] <= tolerance_px).mean())
    right = float((_distance_px(true_line)[predicted_line] <= tolerance_px).mean())
    return 2 * found * right / (found + right) if found + right else 0.0


def _outline(mask: Bools) -> Bools:
    """Return the pixels of the mask that touch what is outside it; the photo's edge is no outline."""
    if not mask.size:
        return mask
    filled = mask.astype(np.uint8)
    inner = cv2.erode(filled, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(mask & (inner == 0))


def _distance_px(outline: Bools) -> NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform((~outline).astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32)


def constant_mean_iou(counts: Confusion, scored: tuple[int, ...]) -> float:
    """Return the mean IoU over `scored` of the majority-class baseline: its share, divided by the classes there are."""
    shares = ratio(counts.sum(axis=1), np.full(len(counts), counts.sum()))
    present = [c for c in scored if shares[c] > 0]
    return float(max(shares[c] for c in present) / len(present)) if present else float("nan")


def mean_iou_over(counts: ValueCounts, class_ids: Sequence[int]) -> float:
    """Return the mean IoU over those of the classes that the truth shows; NaN where it shows none of them."""
    shown = [c for c in class_ids if counts[c].sum() > 0]
    return float(iou(counts)[shown].mean()) if shown else float("nan")


def mean_over(values: Values, scored: tuple[int, ...]) -> float:
    """Return the mean over the scored classes that are not NaN; NaN where all are."""
    chosen = values[list(scored)]
    return float(np.nanmean(chosen)) if not np.isnan(chosen).all() else float("nan")
