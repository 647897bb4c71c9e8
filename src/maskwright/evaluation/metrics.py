"""Scores: pure functions of a confusion matrix. A class in neither truth nor prediction has NaN, never 0 or 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.imaging.geometry import Mask

Confusion = NDArray[np.int64]
"""CxC pixel counts: row = truth, column = prediction; ignored pixels are in no cell."""

Values = NDArray[np.float64]


def confusion(truth: Mask, prediction: Mask, class_count: int) -> Confusion:
    """Return the CxC counts of two HxW class-id masks; pixels whose truth is 255 do not count."""
    counted = truth != IGNORE
    pairs = truth[counted].astype(np.int64) * class_count + prediction[counted]
    return np.bincount(pairs, minlength=class_count**2).reshape(class_count, class_count).astype(np.int64)


def iou(counts: Confusion) -> Values:
    """Return intersection over union by class, NaN where a class is in neither truth nor prediction."""
    hits = np.diag(counts)
    return _ratio(hits, counts.sum(axis=0) + counts.sum(axis=1) - hits)


def dice(counts: Confusion) -> Values:
    """Return Dice = F1 by class, NaN where a class is in neither truth nor prediction."""
    return _ratio(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))


def precision(counts: Confusion) -> Values:
    """Return the share of each class's predicted pixels that are right, NaN where none is predicted."""
    return _ratio(np.diag(counts), counts.sum(axis=0))


def recall(counts: Confusion) -> Values:
    """Return the share of each class's true pixels that are found, NaN where there are none."""
    return _ratio(np.diag(counts), counts.sum(axis=1))


def pixel_accuracy(counts: Confusion) -> float:
    """Return the share of counted pixels that are right, NaN where none counts."""
    return float(_ratio(np.diag(counts).sum(keepdims=True), counts.sum(keepdims=True).ravel())[0])


def constant_accuracy(counts: Confusion) -> float:
    """Return the pixel accuracy of the best constant class: the share of the commonest class in the truth."""
    return float(_ratio(counts.sum(axis=1).max(keepdims=True), counts.sum(keepdims=True).ravel())[0])


def constant_mean_iou(counts: Confusion, scored: tuple[int, ...]) -> float:
    """Return the mean IoU over `scored` of the best constant class: its share, divided by the classes there are."""
    shares = _ratio(counts.sum(axis=1), np.full(len(counts), counts.sum()))
    present = [c for c in scored if shares[c] > 0]
    return float(max(shares[c] for c in present) / len(present)) if present else float("nan")


def mean_over(values: Values, scored: tuple[int, ...]) -> float:
    """Return the mean over the scored classes that are not NaN; NaN where all are."""
    chosen = values[list(scored)]
    return float(np.nanmean(chosen)) if not np.isnan(chosen).all() else float("nan")


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its bootstrap interval."""

    value: float
    low: float
    high: float


def bootstrap_over_photos(values: Values, *, draws: int = 2000, level: float = 0.95, seed: int = 0) -> Interval:
    """Return the mean of one value a photo (NaN left out) with its percentile interval over redrawn photos.

    With fewer than two values the interval is NaN.
    """
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return Interval(float(known.mean()) if len(known) else float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    means = known[rng.integers(0, len(known), (draws, len(known)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(known.mean()), float(low), float(high))


def bootstrap_dataset_iou(counts: NDArray[np.int64], *, draws: int = 1000, seed: int = 0) -> list[Interval]:
    """Return the dataset IoU of each class with its 95 % interval over redrawn photos; `counts` is PxCxC."""
    whole = iou(counts.sum(axis=0))
    if len(counts) < 2:
        return [Interval(float(v), float("nan"), float("nan")) for v in whole]
    rng = np.random.default_rng(seed)
    # How often each photo is drawn, times its counts, summed: one matrix product for all draws.
    often = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=draws)
    drawn = np.tensordot(often, counts, axes=(1, 0))
    hits = np.diagonal(drawn, axis1=1, axis2=2)
    scores = _ratio(hits, drawn.sum(axis=1) + drawn.sum(axis=2) - hits)
    return [_interval(float(whole[c]), scores[:, c]) for c in range(len(whole))]


def _interval(value: float, scores: Values) -> Interval:
    known = scores[~np.isnan(scores)]
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Values:
    out = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) > 0)
    return out
