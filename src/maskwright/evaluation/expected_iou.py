"""Which masks to check by hand: the IoU that a network expects of itself, and how well that finds the poor ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

POOR_IOU = 0.5
"""A mask below this is one that a person should look at."""
LEAST_EXPECTED_IOU = 0.6
"""Below it a photo is marked as unsure, where a run has no threshold of its own."""
USUAL_PHOTOS = 4.0
"""Corrected networks expect what they reach, in the mean over sets; so many inner photos that experience is worth."""


def expected_iou(probabilities: NDArray[np.float32], chosen: NDArray[np.integer[Any]], shown: Sequence[int]) -> float:
    """Return the IoU that probabilities CxHxW promise for the classes HxW chosen, 0..1, NaN without an object.

    `shown`: the scored classes of the finished mask; a class of which cleaning left nothing does not count. For each
    that is chosen: the probability in its pixels, over these pixels and the probability outside. All count alike, as
    in the IoU of a photo. It is as right as the probabilities are; no truth is needed.
    """
    ious = []
    for class_id in shown:
        inside = chosen == class_id
        if inside.any():
            within = float(probabilities[class_id][inside].sum())
            union = float(np.count_nonzero(inside)) + float(probabilities[class_id].sum()) - within
            ious.append(within / union)
    return math.fsum(ious) / len(ious) if ious else float("nan")


def classes_shown(mask: NDArray[np.uint8], scored: Sequence[int]) -> tuple[int, ...]:
    """Return those of the scored classes that an HxW mask shows."""
    return tuple(class_id for class_id in scored if (mask == class_id).any())


def stored_threshold(threshold: float, shifts: Sequence[float], scored: Sequence[int]) -> float:
    """Return a run's own threshold, or the usual one where an earlier version chose it and several classes are scored.

    Earlier versions have no `shifts`, and counted all pixels of all classes together: that is another measure.
    """
    return threshold if shifts or len(scored) == 1 else LEAST_EXPECTED_IOU


def threshold_from(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the expected IoU below which a mask is probably poor, from (expected, true) IoU of held-out photos.

    It is POOR_IOU plus what the network expects too much; that is measured on these photos, and on few of them it
    stays near 0.
    """
    excess = [expected - true for expected, true in pairs if math.isfinite(expected) and math.isfinite(true)]
    mean = math.fsum(excess) / (len(excess) + USUAL_PHOTOS)
    return round(min(max(POOR_IOU + mean, 0.2), 0.9), 4)


@dataclass(frozen=True)
class Risk:
    """How well the expected IoU finds poor masks on scored photos.

    `threshold`: below it a photo is unsure; `unsure`, `poor`, `found`: photos that are unsure, have an IoU below 0.5,
    and both. `curve`: (share of the photos, surest first; their mean IoU).
    """

    threshold: float
    unsure: int
    poor: int
    found: int
    curve: tuple[tuple[float, float], ...]

    @property
    def precision(self) -> float:
        """The share of unsure photos that are poor; NaN where none is unsure."""
        return self.found / self.unsure if self.unsure else math.nan

    @property
    def recall(self) -> float:
        """The share of poor photos that are unsure; NaN where none is poor."""
        return self.found / self.poor if self.poor else math.nan


def risk_of(expected: Sequence[float], true: Sequence[float], threshold: float) -> Risk | None:
    """Return how well `expected` IoUs find low `true` ones, photo by photo; None where no photo has both."""
    pairs = [(e, t) for e, t in zip(expected, true, strict=True) if math.isfinite(t) and math.isfinite(e)]
    if not pairs:
        return None
    pairs.sort(key=lambda pair: -pair[0])
    means = np.cumsum([t for _, t in pairs]) / np.arange(1, len(pairs) + 1)
    curve = tuple((round((i + 1) / len(pairs), 4), round(float(mean), 4)) for i, mean in enumerate(means))
    unsure = [e < threshold for e, _ in pairs]
    poor = [t < POOR_IOU for _, t in pairs]
    found = sum(u and p for u, p in zip(unsure, poor, strict=True))
    return Risk(threshold, sum(unsure), sum(poor), found, curve)


def risk_in_words(risk: Risk) -> str:
    """Return in one sentence what the flag of unsure photos is worth here."""
    photos = len(risk.curve)
    if not risk.poor:
        flagged = f"; {risk.unsure} marked as unsure" if risk.unsure else ", and none was marked as unsure"
        return f"No photo of {photos} is below an IoU of {POOR_IOU}{flagged}."
    found = f"Of {risk.poor} photos below an IoU of {POOR_IOU}, {risk.found} were marked as unsure"
    wrong = risk.unsure - risk.found
    return f"{found}; of the {photos - risk.poor} others, {wrong}."
