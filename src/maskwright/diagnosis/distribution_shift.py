"""Photos unlike those that a model learnt from: light, colour, sharpness and size outside what training showed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.findings.finding import Finding, some
from maskwright.imaging.photos import Photo

LONG_SIDE_PX = 256
FAR = 5.0
"""Robust deviations from the training photos' median, and outside their range: then a photo is unlike them."""
FEWEST = 8
HARM = 0.1
CHANCE = 0.05

STATISTICS = ("brightness", "contrast", "red against green", "blue against green", "colourfulness", "sharpness", "size")
FLOORS = (6.0, 4.0, 0.02, 0.02, 4.0, 0.15, 0.05)
"""Least deviation that counts as one, so that photos that are all alike do not make every other one strange."""


@dataclass(frozen=True)
class Outlier:
    """One photo, the statistic in which it is farthest out, its value, and the range of the training photos."""

    name: str
    statistic: str
    value: float
    low: float
    high: float
    deviations: float


def statistics_of(photo: Photo) -> NDArray[np.float64]:
    """Return brightness and contrast (0..255), log ratios of the colours, colourfulness, log sharpness, log size.

    `photo` HxWx3 uint8 RGB. Taken at a long side of 256 px, so that they do not hang on resolution; size does.
    """
    factor = LONG_SIDE_PX / max(photo.shape[:2])
    size_wh = (max(8, round(photo.shape[1] * factor)), max(8, round(photo.shape[0] * factor)))
    small = np.asarray(cv2.resize(photo, size_wh, interpolation=cv2.INTER_AREA), dtype=np.float64)
    grey = small @ (0.299, 0.587, 0.114)
    red, green, blue = (small[..., c].mean() + 1 for c in range(3))
    colourful = np.abs(small - small.mean(axis=2, keepdims=True)).mean()
    edges = cv2.Laplacian(grey, cv2.CV_64F).std() / (grey.std() + 4)
    size = np.log(max(photo.shape[:2]))
    return np.array(
        [grey.mean(), grey.std(), np.log(red / green), np.log(blue / green), colourful, np.log(edges + 0.01), size]
    )


def outliers(train: Iterable[Photo], others: Iterable[tuple[str, Photo]], *, far: float = FAR) -> tuple[Outlier, ...]:
    """Return the photos among `others` that are far outside what `train` shows; none where it is fewer than 8."""
    known = np.array([statistics_of(photo) for photo in train])
    if len(known) < FEWEST:
        return ()
    middle = np.median(known, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(known - middle), axis=0), FLOORS)
    low, high = known.min(axis=0), known.max(axis=0)
    found = []
    for name, photo in others:
        values = statistics_of(photo)
        beyond = np.maximum(low - values, values - high) / spread
        deviations = np.where(beyond > 1, np.abs(values - middle) / spread, 0.0)
        worst = int(np.argmax(deviations))
        if deviations[worst] > far:
            one = (float(values[worst]), float(low[worst]), float(high[worst]), float(deviations[worst]))
            found.append(Outlier(name, STATISTICS[worst], *one))
    return tuple(found)


def unlike_findings(found: tuple[Outlier, ...], ious: Mapping[str, float]) -> list[Finding]:
    """Return what to say of photos unlike the training's: a warning only where their IoU is measurably lower.

    `ious` is each test photo's IoU by name, empty where there is no truth.
    """
    if not found:
        return []
    names = {one.name for one in found}
    harm, chance = _harm(
        np.array([v for n, v in ious.items() if n in names and v == v]),
        np.array([v for n, v in ious.items() if n not in names and v == v]),
    )
    harmful = harm >= HARM and chance < CHANCE
    worst = max(found, key=lambda one: one.deviations)
    evidence = (
        f"{worst.name}: {worst.statistic} {worst.value:.3g}, training photos {worst.low:.3g} to {worst.high:.3g} "
        f"({worst.deviations:.0f} deviations from their median)"
    )
    measured = f"; their IoU is {harm:.2f} lower than the others' (by chance: p = {chance:.3f})" if harmful else ""
    return [
        Finding(
            "photos-unlike",
            "warning" if harmful else "note",
            f"{len(found)} photos are unlike those learnt from: {some([one.name for one in found], most=3)}",
            evidence + measured,
            "label some photos of that kind and train with them, or widen --set augment.colour and augment.blur",
            photos=tuple(one.name for one in found),
            mechanism="A network knows the light, colours and sharpness it was shown, and guesses beyond them. What is "
            "measured on photos like the training's says nothing about others.",
            read_more="Hendrycks and Dietterich 2019, Benchmarking robustness: https://arxiv.org/abs/1903.12261",
        )
    ]


def _harm(unlike: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    """Return how much lower the IoU of the photos unlike is, and how often shuffled photos differ as much."""
    if len(unlike) < 2 or len(others) < 2:
        return 0.0, 1.0
    harm = float(others.mean() - unlike.mean())
    pooled, rng = np.concatenate([unlike, others]), np.random.default_rng(0)
    drawn = [rng.permutation(pooled) for _ in range(2000)]
    return harm, float(np.mean([d[len(unlike) :].mean() - d[: len(unlike)].mean() >= harm for d in drawn]))
