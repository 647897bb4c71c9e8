"""What every common definition of a score can be computed from: counts of one photo, and sums of its probabilities."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.evaluation.metrics import Confusion, Values, confusion
from maskwright.imaging.mask_geometry import Mask

Counts = NDArray[np.int64]
Probabilities = NDArray[np.floating]
"""CxHxW in 0..1, one channel a class; or HxW, the probability of class 1 of 2."""

HALF_OF_LOGITS = 1 / (1 + math.exp(-0.5))
"""The probability that a logit of 0.5 stands for: where a threshold of 0.5 cuts if the sigmoid was forgotten."""


@dataclass(frozen=True)
class SoftSums:
    """Sums over the counted pixels of one photo that need probabilities p and one-hot truth t.

    `overlap`, `predicted`, `true`: sums of p*t, p and t by class (C). `one_hot_truncated` and `one_hot_halved`:
    2x2 counts of t against int(p), and against p > 0.5, over all channels. For two classes, else all 0:
    `truncated`, 2x2 counts of the truth against int(p) of class 1, and `logits_halved`, of a mask that was cut
    where a logit, not a probability, passes 0.5.
    """

    overlap: Values
    predicted: Values
    true: Values
    one_hot_truncated: Confusion
    one_hot_halved: Confusion
    truncated: Confusion
    logits_halved: Confusion


@dataclass(frozen=True)
class PhotoTally:
    """One photo: CxC `counts` (row = truth), predicted classes `over_ignored` pixels (C), and soft sums if known."""

    counts: Confusion
    over_ignored: Counts
    soft: SoftSums | None = None


def tally_photo(
    truth: Mask, prediction: Mask, class_count: int, *, probabilities: Probabilities | None = None
) -> PhotoTally:
    """Return the tally of HxW class-id masks; pixels whose truth is 255 count only as `over_ignored`."""
    over = np.bincount(prediction[truth == IGNORE], minlength=class_count).astype(np.int64)
    counts = confusion(truth, prediction, class_count)
    soft = None if probabilities is None else _soft_sums(truth, probabilities, class_count)
    return PhotoTally(counts, over, soft)


def _soft_sums(truth: Mask, probabilities: Probabilities, class_count: int) -> SoftSums:
    counted = truth != IGNORE
    chosen = slice(None) if counted.all() else counted.ravel()
    known = truth.ravel()[chosen]
    channels = [channel.ravel()[chosen] for channel in as_channels(probabilities)]
    hot = [known == class_id for class_id in range(class_count)]
    pairs = list(zip(hot, channels, strict=True))
    return SoftSums(
        overlap=np.array([p[t].sum(dtype=np.float64) for t, p in pairs]),
        predicted=np.array([p.sum(dtype=np.float64) for _, p in pairs]),
        true=np.array([t.sum() for t, _ in pairs], dtype=np.float64),
        one_hot_truncated=_summed([_counts(t, p >= 1) for t, p in pairs]),
        one_hot_halved=_summed([_counts(t, p > 0.5) for t, p in pairs]),
        truncated=_counts(hot[1], channels[1] >= 1) * (class_count == 2),
        logits_halved=_counts(hot[1], channels[1] >= HALF_OF_LOGITS) * (class_count == 2),
    )


def as_channels(probabilities: Probabilities) -> Probabilities:
    """Return CxHxW: what is given, or 1 - p and p of a single channel."""
    single = probabilities[None] if probabilities.ndim == 2 else probabilities
    return np.concatenate([1 - single, single]) if len(single) == 1 else single


def _counts(truth: NDArray[np.bool_], prediction: NDArray[np.bool_]) -> Confusion:
    """Return the 2x2 counts, from four counts of true values: no pixel is sorted into bins."""
    both, true, predicted = (int(np.count_nonzero(mask)) for mask in (truth & prediction, truth, prediction))
    return np.array([[truth.size - true - predicted + both, predicted - both], [true - both, both]], dtype=np.int64)


def _summed(counts: Sequence[Confusion]) -> Confusion:
    return np.asarray(np.sum(counts, axis=0), dtype=np.int64)


def stacked(tallies: Sequence[PhotoTally]) -> Counts:
    """Return the PxCxC counts of P photos."""
    return np.array([tally.counts for tally in tallies], dtype=np.int64)


def batched(tallies: Sequence[PhotoTally], photos_per_batch: int) -> Counts:
    """Return the BxCxC counts of batches of consecutive photos, the last one smaller where it does not divide."""
    starts = np.arange(0, len(tallies), photos_per_batch)
    return np.add.reduceat(stacked(tallies), starts, axis=0)
