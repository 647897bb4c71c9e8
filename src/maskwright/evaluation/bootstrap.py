"""Bootstrap intervals: how far a score would move if other photos had been drawn. Efron 1979."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.evaluation.metrics import Values, iou, iou_of_areas


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
    scores = iou_of_areas(np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2), drawn.sum(axis=1))
    return [_interval(float(whole[c]), scores[:, c]) for c in range(len(whole))]


def _interval(value: float, scores: Values) -> Interval:
    known = scores[~np.isnan(scores)]
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(low), float(high))
