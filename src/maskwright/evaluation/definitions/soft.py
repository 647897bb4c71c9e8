"""Scores that people compute from probabilities without a threshold: soft IoU and soft Dice."""

from collections.abc import Sequence

from maskwright.evaluation.definitions.counts import PhotoTally, SoftSums
from maskwright.evaluation.metrics import Values, ratio


def soft_sums(tallies: Sequence[PhotoTally]) -> tuple[SoftSums, ...]:
    """Return the soft sums of all photos, none at all if one photo has none."""
    known = tuple(tally.soft for tally in tallies if tally.soft is not None)
    return known if len(known) == len(tallies) else ()


def soft_iou(overlap: Values, predicted: Values, true: Values, *, smooth: float = 0.0) -> Values:
    """Return (I + s) / (A + B - I + s), I = sum of p*t; NaN where nothing is there and `smooth` is 0."""
    return ratio(overlap + smooth, predicted + true - overlap + smooth)


def soft_dice(overlap: Values, predicted: Values, true: Values, *, smooth: float = 0.0) -> Values:
    """Return (2I + s) / (A + B + s)."""
    return ratio(2 * overlap + smooth, predicted + true + smooth)
