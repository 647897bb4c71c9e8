"""Photos unlike the training photos: light, colour, sharpness or size outside what training showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.photos import Photo

LONG_SIDE_PX = 256
"""Long side of the copies that are measured."""
FAR = 8.0
"""Robust deviations from the training photos' median, and outside their range: then a photo is unlike them."""
FEWEST_TRAINING = 8
"""Training photos that must be known."""
FEWEST_UNLIKE = 2
"""Photos unlike them: single odd ones are in every healthy set."""
LEAST_SHARE = 0.2
"""Their share of all photos; two that are a fifth of all are in no healthy set (decision 150)."""
HARM = 0.1
"""IoU lost on the unlike photos from which on the finding is a warning."""
CHANCE = 0.05
"""How often chance may do as much then."""

STATISTICS = ("brightness", "contrast", "red against green", "blue against green", "colourfulness", "sharpness", "size")
FLOORS = (6.0, 4.0, 0.02, 0.02, 4.0, 0.15, 0.05)
"""The least deviation of each statistic, so that a set of equal photos does not make every other photo unlike."""

Statistics = NDArray[np.float64]


@dataclass(frozen=True)
class Outlier:
    """One photo, the statistic in which it is farthest out, its value, and the range of the training photos."""

    name: str
    statistic: str
    value: float
    low: float
    high: float
    deviations: float


def statistics_of(photo: Photo, size_hw: tuple[int, int]) -> Statistics:
    """Return brightness and contrast (0..255), log ratios of the colours, colourfulness, log sharpness, log size.

    `photo` is HxWx3 uint8 RGB, of any reduced size; `size_hw` is the size of its file.
    """
    factor = LONG_SIDE_PX / max(photo.shape[:2])
    size_wh = (max(8, round(photo.shape[1] * factor)), max(8, round(photo.shape[0] * factor)))
    small = np.asarray(cv2.resize(photo, size_wh, interpolation=cv2.INTER_AREA), dtype=np.float64)
    grey = small @ (0.299, 0.587, 0.114)
    red, green, blue = (small[..., c].mean() + 1 for c in range(3))
    colourful = np.abs(small - small.mean(axis=2, keepdims=True)).mean()
    edges = cv2.Laplacian(grey, cv2.CV_64F).std() / (grey.std() + 4)
    size = np.log(max(size_hw))
    return np.array(
        [grey.mean(), grey.std(), np.log(red / green), np.log(blue / green), colourful, np.log(edges + 0.01), size]
    )


def outliers(training: Iterable[Statistics], others: Iterable[tuple[str, Statistics]]) -> tuple[Outlier, ...]:
    """Return the photos among `others` that are far outside what training showed; none for fewer than 8 photos."""
    known = np.array(list(training))
    if len(known) < FEWEST_TRAINING:
        return ()
    middle = np.median(known, axis=0)
    deviation = np.maximum(1.4826 * np.median(np.abs(known - middle), axis=0), FLOORS)
    low, high = known.min(axis=0), known.max(axis=0)
    unlike = []
    for name, values in others:
        beyond = np.maximum(low - values, values - high) / deviation
        distances = np.where(beyond > 1, np.abs(values - middle) / deviation, 0.0)
        worst = int(np.argmax(distances))
        if distances[worst] > FAR:
            numbers = (float(values[worst]), float(low[worst]), float(high[worst]), float(distances[worst]))
            unlike.append(Outlier(name, STATISTICS[worst], *numbers))
    return tuple(unlike)


def unlike_findings(unlike: Sequence[Outlier], ious: Mapping[str, float]) -> list[Finding]:
    """Return one finding about photos unlike the training photos, a warning where their IoU is measurably lower.

    `ious` is the IoU of every photo looked at, by name; NaN where it has none. Nothing is said of single photos.
    """
    if len(unlike) < FEWEST_UNLIKE or len(unlike) < LEAST_SHARE * len(ious):
        return []
    names = [outlier.name for outlier in unlike]
    groups = [
        [iou for name, iou in ious.items() if (name in names) is inside and iou == iou] for inside in (True, False)
    ]
    harm, chance = _harm(np.array(groups[0]), np.array(groups[1]))
    harmful = harm >= HARM and chance < CHANCE
    worst = max(unlike, key=lambda outlier: outlier.deviations)
    evidence = (
        f"{len(unlike)} of {len(ious)} photos ({some(names, most=3)}), such as {worst.name}: "
        f"{worst.statistic} {worst.value:.3g}, training photos {worst.low:.3g} to {worst.high:.3g} "
        f"({worst.deviations:.0f} deviations from their median)"
    )
    cost = f"; their IoU is {harm:.2f} lower than the others' (by chance: p = {chance:.3f})" if harmful else ""
    severity: Severity = "warning" if harmful else "note"
    return [make_finding("photos-unlike", evidence + cost, photos=names, severity=severity)]


def _harm(unlike: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    """Return how much lower the IoU of the unlike photos is, and the chance of that (a permutation test)."""
    if len(unlike) < 2 or len(others) < 2:
        return 0.0, 1.0
    from scipy.stats import permutation_test  # here, since importing it takes most of a second

    def lower(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
        return float(outside.mean() - inside.mean())

    rng = np.random.default_rng(0)
    test = permutation_test((unlike, others), lower, alternative="greater", n_resamples=2000, rng=rng)
    return float(test.statistic), float(test.pvalue)
