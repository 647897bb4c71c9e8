"""Scores as the libraries define them, from PxCxC counts (photo, truth, prediction); tested against the libraries."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.evaluation.definitions.counts import Counts
from maskwright.evaluation.metrics import Values
from maskwright.evaluation.metrics import ratio as ratio_of

Reduction = Literal["micro", "macro", "weighted", "micro-imagewise", "macro-imagewise", "weighted-imagewise"]
Ratio = Callable[["FourCounts"], tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True)
class FourCounts:
    """True and false positives and negatives, each PxC (or summed over an axis)."""

    tp: Counts
    fp: Counts
    fn: Counts
    tn: Counts

    def over(self, axis: int | None) -> "FourCounts":
        """Return the counts summed over photos (0), classes (1), or both (None)."""
        return FourCounts(*(np.asarray(c.sum(axis=axis)) for c in (self.tp, self.fp, self.fn, self.tn)))


def four_counts(counts: Counts, classes: tuple[int, ...] | None = None) -> FourCounts:
    """Return the four counts of the chosen classes (all if None), as smp's `get_stats` gives them."""
    chosen = list(range(counts.shape[1])) if classes is None else list(classes)
    hits = np.diagonal(counts, axis1=1, axis2=2)[:, chosen]
    true, predicted = counts.sum(axis=2)[:, chosen], counts.sum(axis=1)[:, chosen]
    whole = counts.sum(axis=(1, 2))[:, None]
    return FourCounts(hits, predicted - hits, true - hits, whole - true - predicted + hits)


def iou_parts(c: FourCounts) -> tuple[Counts, Counts]:
    """Return intersection and union."""
    return c.tp, c.tp + c.fp + c.fn


def dice_parts(c: FourCounts) -> tuple[Counts, Counts]:
    """Return twice the intersection and the sum of both areas; their ratio is Dice = F1."""
    return 2 * c.tp, 2 * c.tp + c.fp + c.fn


def accuracy_parts(c: FourCounts) -> tuple[Counts, Counts]:
    """Return right decisions and all decisions, a decision being one pixel and one class."""
    return c.tp + c.tn, c.tp + c.fp + c.fn + c.tn


def smp_score(
    ratio: Ratio,
    four: FourCounts,
    reduction: Reduction,
    *,
    zero_division: float = 1.0,
    weights: Values | None = None,
) -> float:
    """Return a score as `segmentation_models_pytorch.metrics` reduces it; a class in neither counts `zero_division`."""
    shares = np.ones(1) if weights is None else np.asarray(weights, dtype=np.float64) / np.sum(weights)
    match reduction:
        case "micro":
            return float(ratio_of(*ratio(four.over(None)), absent=float("nan")))
        case "macro":
            return float((ratio_of(*ratio(four.over(0)), absent=zero_division) * shares).mean())
        case "weighted":
            return float((ratio_of(*ratio(four.over(0)), absent=zero_division) * shares).sum())
        case "micro-imagewise":
            return float(ratio_of(*ratio(four.over(1)), absent=zero_division).mean())
        case "macro-imagewise" | "weighted-imagewise":
            return float((ratio_of(*ratio(four), absent=zero_division).mean(axis=0) * shares).mean())


def torchmetrics_mean_iou(four: FourCounts) -> float:
    """Return `torchmetrics.segmentation.MeanIoU` (1.9): the mean over every photo and class that is there."""
    return mean_of_known(ratio_of(*iou_parts(four)))


def torchmetrics_mean_iou_by_photo(four: FourCounts) -> float:
    """Return the mean over photos of `torchmetrics.functional.segmentation.mean_iou` (classes first, then photos)."""
    return mean_of_known(means_of_known(ratio_of(*iou_parts(four)), axis=1))


def torchmetrics_mean_iou_per_class(four: FourCounts) -> Values:
    """Return MeanIoU(per_class=True): by class the mean over the photos that have it, -1 where none has."""
    return np.nan_to_num(means_of_known(ratio_of(*iou_parts(four)), axis=0), nan=-1.0)


def torchmetrics_dice(four: FourCounts) -> float:
    """Return `torchmetrics.segmentation.DiceScore(average="macro")`: classes first, then photos."""
    return mean_of_known(means_of_known(ratio_of(*dice_parts(four)), axis=1))


def jaccard_macro(four: FourCounts) -> float:
    """Return the mean of dataset IoU over the classes that are there: torchmetrics JaccardIndex, Keras MeanIoU."""
    return mean_of_known(ratio_of(*iou_parts(four.over(0))))


def jaccard_weighted(four: FourCounts) -> float:
    """Return dataset IoU weighted by each class's true pixels: JaccardIndex(average="weighted"), "FWIoU"."""
    whole = four.over(0)
    share = whole.tp + whole.fn
    return float((ratio_of(*iou_parts(whole), absent=0.0) * share).sum() / share.sum()) if share.sum() else float("nan")


def mean_class_accuracy(four: FourCounts) -> float:
    """Return the mean recall over the classes that are there: torchmetrics MulticlassAccuracy(average="macro")."""
    whole = four.over(0)
    there = whole.tp + whole.fp + whole.fn > 0
    return float(ratio_of(whole.tp, whole.tp + whole.fn, absent=0.0)[there].mean()) if there.any() else float("nan")


def nnunet_score(ratio: Ratio, four: FourCounts) -> float:
    """Return nnU-Net's foreground mean: by class the mean over the cases that have it, then over the classes.

    `four` holds the foreground classes. NaN where a class is in no case, as `np.mean` over the classes gives it
    (Isensee et al. 2021; nnunetv2/evaluation/evaluate_predictions.py).
    """
    return float(means_of_known(ratio_of(*ratio(four)), axis=0).mean())


def mean_of_known(values: Values) -> float:
    """Return the mean of what is not NaN, NaN where all is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def means_of_known(values: Values, *, axis: int) -> Values:
    """Return the means along `axis` of what is not NaN, NaN where all is."""
    known = ~np.isnan(values)
    return ratio_of(np.where(known, values, 0).sum(axis=axis), known.sum(axis=axis))
