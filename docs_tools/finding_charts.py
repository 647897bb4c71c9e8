"""Small charts for the pages of findings: curves of a training, bars of shares, histograms of probabilities."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from maskwright.imaging.photos import Photo

Series = Sequence[Sequence[float]]
PENS = ((230, 57, 70), (69, 123, 230), (40, 150, 90))
MARGIN_PX = 12


def _canvas(size_hw: tuple[int, int]) -> Photo:
    canvas = np.full((*size_hw, 3), 250, np.uint8)
    height, width = size_hw
    cv2.line(canvas, (MARGIN_PX, height - MARGIN_PX), (width - 4, height - MARGIN_PX), (120, 120, 120), 1)
    cv2.line(canvas, (MARGIN_PX, 4), (MARGIN_PX, height - MARGIN_PX), (120, 120, 120), 1)
    return canvas


def curves(series: Series, size_hw: tuple[int, int]) -> Photo:
    """Return lines of values 0..1 over time: the first red (training), the second blue (validation)."""
    canvas, (height, width) = _canvas(size_hw), size_hw
    for values, pen in zip(series, PENS, strict=False):
        xs = np.linspace(MARGIN_PX + 2, width - 6, len(values))
        ys = [height - MARGIN_PX - 2 - (height - 2 * MARGIN_PX) * v for v in values]
        points = [(round(float(x)), round(float(y))) for x, y in zip(xs, ys, strict=True) if not math.isnan(y)]
        cv2.polylines(canvas, [np.array(points, np.int32)], False, pen, 2, cv2.LINE_AA)
    return canvas


def bars(values: Sequence[float], size_hw: tuple[int, int]) -> Photo:
    """Return bars of values 0..1."""
    canvas, (height, width) = _canvas(size_hw), size_hw
    step = (width - 2 * MARGIN_PX) / len(values)
    for index, value in enumerate(values):
        left = round(MARGIN_PX + 4 + index * step)
        top = round(height - MARGIN_PX - 1 - (height - 2 * MARGIN_PX) * value)
        cv2.rectangle(canvas, (left, top), (round(left + 0.7 * step), height - MARGIN_PX - 1), PENS[index % 3], -1)
    return canvas


def histogram(values: Sequence[float], size_hw: tuple[int, int]) -> Photo:
    """Return bars of how often each tenth of 0..1 occurs, with a line at 0.5."""
    canvas = bars(values, size_hw)
    cv2.line(canvas, (size_hw[1] // 2, 4), (size_hw[1] // 2, size_hw[0] - MARGIN_PX), (60, 60, 60), 1)
    return canvas


def _fall(to: float, start: float = 0.9, pace: float = 6.0) -> list[float]:
    return [to + (start - to) * math.exp(-pace * t / 39) for t in range(40)]


def _rise(to: float, pace: float = 5.0) -> list[float]:
    return [to * (1 - math.exp(-pace * t / 39)) for t in range(40)]


def _wild(middle: float, reach: float) -> list[float]:
    rng = np.random.default_rng(3)
    return [float(np.clip(middle + reach * rng.normal(), 0.02, 0.98)) for _ in range(40)]


SPREAD = (0.9, 0.2, 0.1, 0.05, 0.04, 0.04, 0.05, 0.1, 0.2, 0.6)
GOOD = (_fall(0.12), _fall(0.2))
FLAT = [0.85] * 40
CURVES: dict[str, tuple[Series, Series]] = {
    "lr-too-high": (([0.6, 0.5, *_wild(0.75, 0.18)],), GOOD),
    "lr-too-low": ((_fall(0.82, pace=1.0), _fall(0.84, pace=1.0)), GOOD),
    "loss-not-finite": (([*_fall(0.3)[:22], 0.6, 0.95, *[math.nan] * 16],), GOOD),
    "loss-flat": ((FLAT,), GOOD),
    "loss-negative": (([0.9 - 0.025 * t for t in range(36)],), GOOD),
    "score-minimised": ((_fall(0.02), _fall(0.01, start=0.5)), (_fall(0.1), _rise(0.8))),
    "grad-dead": (([0.0] * 40,), (_fall(0.15, start=0.5),)),
    "grad-exploding": (([min(0.97, 0.05 * 1.11**t) for t in range(40)],), (_fall(0.15, start=0.5),)),
    "bn-tiny-batch": ((_fall(0.1), _wild(0.6, 0.15)), GOOD),
    "val-below-constant": ((_fall(0.2), [0.15] * 40), (_fall(0.2), _rise(0.8))),
    "rescued": (([*_wild(0.8, 0.1)[:14], *_fall(0.12)[:26]],), GOOD),
    "overfitting": ((_fall(0.03), [*_fall(0.4)[:14], *(0.47 + 0.012 * t for t in range(26))]), GOOD),
    "underfitting": ((_fall(0.62), _fall(0.66)), GOOD),
    "metric-flat": ((_fall(0.1), [0.48] * 40), (_fall(0.1), _rise(0.85))),
    "metric-truncated": ((_rise(0.95), [0.49] * 40), (_rise(0.95), _rise(0.85))),
    "validation-stuck": ((_fall(0.08), [0.8] * 40), GOOD),
    "validation-noisy": ((_fall(0.1), _wild(0.45, 0.17)), GOOD),
    "validation-better": ((_fall(0.3), _fall(0.12)), GOOD),
    "stopped-early": ((_fall(0.1, pace=1.6)[:24], _fall(0.15, pace=1.6)[:24]), GOOD),
    "log-warns": ((_fall(0.1), _fall(0.7)), GOOD),
    "lr-schedule": (([*[0.6] * 25, *_fall(0.15, start=0.6)[:15]],), GOOD),
}
BARS: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "class-rare": ((0.97, 0.03), (0.6, 0.4)),
    "class-ids-differ": ((0.7, 0.1, 0.05), (0.7, 0.65, 0.6)),
    "class-absent": ((0.6, 0.4, 0.0), (0.5, 0.35, 0.15)),
    "class-one-part": ((0.7, 0.0, 0.6), (0.5, 0.4, 0.45)),
    "class-guessed": ((0.6, 0.4), (0.5, 0.35, 0.15)),
    "class-shares": ((0.95, 0.03, 0.02), (0.95, 0.03, 0.02)),
    "accuracy-majority": ((0.93, 0.93, 0.0), (0.98, 0.93, 0.8)),
    "score-none": ((0.95, 0.0), (0.95, 0.78)),
    "metric-named": ((0.82, 0.61, 0.74), (0.61, 0.61, 0.61)),
    "metric-unknown": ((0.91, 0.61, 0.74), (0.61, 0.61, 0.61)),
    "metric-choice": ((0.55, 0.95), (0.9, 0.95)),
}
HISTOGRAMS: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "softmax-one-channel": ((0, 0, 0, 0, 0, 0, 0, 0, 0, 1), SPREAD),
    "sigmoid-twice": ((0, 0, 0, 0, 0, 0.9, 0.2, 0.6, 0, 0), SPREAD),
    "threshold-off": (
        (0.9, 0.5, 0.1, 0.3, 0.4, 0.05, 0, 0, 0, 0),
        (0.9, 0.4, 0.1, 0.02, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4),
    ),
    "probabilities-sum": ((0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.6, 0.7, 0.8), (0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
}
"""By code: failure, cure."""
