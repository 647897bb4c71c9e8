"""Training curves as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np


@dataclass(frozen=True)
class LoggedStep:
    """One logged step of a training; `validation_iou` is None between validations."""

    step: int
    minutes: float
    loss: float
    validation_iou: float | None = None


def loss_curve_svg(curve: Sequence[LoggedStep]) -> str:
    """Return the training loss against minutes as inline SVG: every logged value pale, their running mean strong."""
    points = [(p.minutes, p.loss) for p in curve if math.isfinite(p.loss)]
    means = list(zip([x for x, _ in points], _running_mean([y for _, y in points]), strict=True))
    top = _ceiling(max((y for _, y in points), default=1.0))
    every = 1 + len(points) // 600
    return _chart(
        [_polyline(points[::every], "raw"), _polyline(means[::every], "line")], points, top=top, name="training loss"
    )


def iou_curve_svg(curve: Sequence[LoggedStep]) -> str:
    """Return the validation IoU (0 to 1) against minutes as inline SVG, a dot for every validation."""
    points = [
        (p.minutes, p.validation_iou) for p in curve if p.validation_iou is not None and math.isfinite(p.validation_iou)
    ]
    return _chart([_polyline(points, "line"), _Dots(tuple(points))], points, top=1.0, name="validation IoU")


@dataclass(frozen=True)
class _Polyline:
    points: tuple[tuple[float, float], ...]
    css: str


@dataclass(frozen=True)
class _Dots:
    points: tuple[tuple[float, float], ...]


_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 250, 48, 446, 16, 208


def _polyline(points: Sequence[tuple[float, float]], css: str) -> _Polyline:
    return _Polyline(tuple(points), css)


def _chart(marks: Sequence[_Polyline | _Dots], points: Sequence[tuple[float, float]], *, top: float, name: str) -> str:
    """Return axes, grid lines, ticks, labels and the marks; colours are left to CSS (class "chart")."""
    if not points:
        return f'<p class="muted">No {escape(name)} was logged.</p>'
    right = _ceiling(max(x for x, _ in points))
    first, last = points[0][1], points[-1][1]
    label = f"{name} against minutes: from {first:.3g} at the start to {last:.3g} after {points[-1][0]:.1f} minutes"
    parts = [f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">']
    parts += [_y_tick(value, top) for value in _ticks(top)] + [_x_tick(value, right) for value in _ticks(right)]
    parts += [_mark(mark, right, top) for mark in marks]
    parts.append(f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">minutes</text></svg>')
    return "".join(parts)


def _mark(mark: _Polyline | _Dots, right: float, top: float) -> str:
    places = [(_x(x, right), _y(y, top)) for x, y in mark.points]
    match mark:
        case _Polyline(_, css):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            return f'<polyline class="{css}" points="{path}"/>'
        case _Dots():
            return "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)


def _y_tick(value: float, top: float) -> str:
    y = _y(value, top)
    line = f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'


def _x_tick(value: float, right: float) -> str:
    return f'<text x="{_x(value, right):.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{value:.4g}</text>'


def _x(value: float, right: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * value / right


def _y(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(max(value, 0.0), top) / top


def _spacing(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts `span` into two to five parts."""
    unit: float = 10.0 ** math.floor(math.log10(span))
    return next(unit * f for f in (0.2, 0.5, 1.0, 2.0) if span / (unit * f) <= 5)


def _ceiling(span: float) -> float:
    """Return the next tick at or above `span`."""
    span = max(span, 1e-6)
    step = _spacing(span)
    return math.ceil(span / step - 1e-9) * step


def _ticks(top: float) -> list[float]:
    step = _spacing(top)
    return [i * step for i in range(round(top / step) + 1)]


def _running_mean(values: Sequence[float]) -> list[float]:
    """Return the mean over a window of about a fifteenth of the values, narrower at both ends."""
    half = max(1, len(values) // 30)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    reach = np.minimum(half, np.minimum(at, len(values) - 1 - at))
    return [float(v) for v in (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)]
