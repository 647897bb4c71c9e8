"""Faulty scores as people use them: a sum for a union, probabilities cut to integers, one-hot channels in one heap."""

from collections.abc import Sequence

import numpy as np

from maskwright.evaluation.definitions.counts import Counts, SoftSums
from maskwright.evaluation.definitions.libraries import FourCounts, four_counts, jaccard_macro
from maskwright.evaluation.metrics import Values, ratio


def iou_over_a_sum(overlap: Values, predicted: Values, true: Values, *, smooth: float = 0.0) -> Values:
    """Return (I + s) / (A + B + s): a "mean IoU" whose union forgot to subtract I; a perfect mask scores 0.5."""
    return ratio(overlap + smooth, predicted + true + smooth)


def keras_mean_iou(counts: Counts) -> float:
    """Return `keras.metrics.MeanIoU` of integer ids from CxC counts: the mean over the classes that are there."""
    return jaccard_macro(four_counts(counts[None]))


def keras_truncated_mean_iou(softs: Sequence[SoftSums]) -> float:
    """Return `MeanIoU` as compiled on a one-channel sigmoid: probabilities become int, so all below 1 are class 0."""
    return keras_mean_iou(np.sum([s.truncated for s in softs], axis=0))


def keras_truncated_mean_iou_one_hot(softs: Sequence[SoftSums]) -> float:
    """Return `MeanIoU` as compiled on one-hot masks and softmax channels without `sparse_y_* = False`."""
    return keras_mean_iou(np.sum([s.one_hot_truncated for s in softs], axis=0))


def truncated_to_nothing(counts: Counts) -> float:
    """Return the truncated `MeanIoU` for probabilities that are all below 1, from the CxC counts alone.

    Everything is class 0: its share is its IoU, the other classes have 0.
    """
    true = counts.sum(axis=1)
    return float(true[0] / true.sum() / np.count_nonzero(np.r_[1, true[1:]])) if true.sum() else float("nan")


def binary_accuracy_of_one_hot(softs: Sequence[SoftSums]) -> float:
    """Return Keras' `accuracy` under binary_crossentropy: right (p > 0.5) decisions over all channels of one-hot."""
    counts = np.sum([s.one_hot_halved for s in softs], axis=0)
    return float(np.trace(counts) / counts.sum()) if counts.sum() else float("nan")


def binary_iou_of_one_hot(softs: Sequence[SoftSums]) -> FourCounts:
    """Return the four counts of Keras BinaryIoU fed with one-hot channels: all channels in one heap."""
    return four_counts(np.sum([s.one_hot_halved for s in softs], axis=0)[None])
