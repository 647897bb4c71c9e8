"""The course of a training as one SVG: loss and validation IoU over one axis of minutes, with its phases shaded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from maskwright.report.charts.axis import ceiling, grid_line, ticks

Points = Sequence[tuple[float, float]]
"""(minutes, value), in order."""


@dataclass(frozen=True)
class LoggedStep:
    """One logged step of a training; `validation_iou` is None between validations."""

    step: int
    minutes: float
    loss: float
    validation_iou: float | None = None


@dataclass(frozen=True)
class Phase:
    """A stretch of a training, from and to in minutes."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class _Panel:
    """One chart above the common axis: `top` and `bottom` are its y, 0 is at the bottom and `most` at the top."""

    name: str
    top: float
    bottom: float
    most: float
    right: float

    def place(self, minutes: float, value: float) -> tuple[float, float]:
        """Return x and y of a value."""
        share = min(max(value, 0.0), self.most) / self.most
        return _x(minutes, self.right), self.bottom - (self.bottom - self.top) * share


_WIDTH = 480
_HEIGHT = 356
_LEFT = 40
_RIGHT = 432
_LOSS = (40, 156)
"""Top and bottom of the chart of the loss."""
_IOU = (196, 312)
"""Top and bottom of the chart of the validation IoU."""
_AXIS = 312
"""Height of the axis of minutes."""
_LETTER_PX = 5.6


def training_svg(curve: Sequence[LoggedStep], phases: Sequence[Phase] = ()) -> str:
    """Return loss and validation IoU against minutes as inline SVG; colours are left to CSS (class "chart").

    Every logged loss is pale, its running mean strong; each validation has a dot; both end with their last value.
    """
    loss = [(p.minutes, p.loss) for p in curve if math.isfinite(p.loss)]
    iou = _validations(curve)
    if not loss:
        return '<p class="muted">No training loss was logged.</p>'
    right = ceiling(max(x for x, _ in (*loss, *iou)))
    means = list(zip([x for x, _ in loss], running_mean([y for _, y in loss]), strict=True))
    upper = _Panel("training loss", *_LOSS, ceiling(max(y for _, y in loss)), right)
    lower = _Panel("validation IoU", *_IOU, 1.0, right)
    every = 1 + len(loss) // 600
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(_label(means, iou))}">'
    ]
    parts += [_shade(phase, index, right) for index, phase in enumerate(phases)]
    parts += [_frame(upper), _line(upper, loss[::every], "raw"), _line(upper, means[::every], "line")]
    parts += [_end(upper, means), _frame(lower), _line(lower, iou, "line"), _dots(lower, iou), _end(lower, iou)]
    parts += (
        [] if iou else [f'<text x="{_LEFT + 8}" y="{(_IOU[0] + _IOU[1]) / 2}">No validation IoU was logged.</text>']
    )
    return "".join([*parts, *(_minute(value, right) for value in ticks(right)), _axis_name()]) + "</svg>"


def training_in_words(curve: Sequence[LoggedStep]) -> str:
    """Return in one sentence where the validation IoU ended, and whether it was still rising; "" where unknown."""
    ious = [value for _, value in _validations(curve)]
    if len(ious) < 4:
        return ""
    earlier = ious[-1 - max(1, len(ious) // 4)]
    if ious[-1] - earlier > RISING and ious[-1] == max(ious):
        return f"The validation IoU was {ious[-1]:.2f} and still rising when it stopped: more minutes may help."
    return f"The validation IoU was {ious[-1]:.2f} at its last value and no longer rising."


RISING = 0.02


def _validations(curve: Sequence[LoggedStep]) -> list[tuple[float, float]]:
    return [
        (p.minutes, p.validation_iou) for p in curve if p.validation_iou is not None and math.isfinite(p.validation_iou)
    ]


def _label(loss: Points, iou: Points) -> str:
    text = f"training loss against minutes: from {loss[0][1]:.3g} at the start to {loss[-1][1]:.3g}"
    validation = f"; validation IoU from {iou[0][1]:.2f} to {iou[-1][1]:.2f}" if iou else ""
    return f"{text}{validation} after {loss[-1][0]:.1f} minutes"


def _shade(phase: Phase, index: int, right: float) -> str:
    """Return the band of a phase, named above where the name fits."""
    left, end = _x(phase.start, right), _x(min(phase.end, right), right)
    top, name = _LOSS[0] - 24, escape(phase.name)
    size = f'width="{end - left:.1f}" height="{_AXIS - top}"'
    band = f'<rect class="phase phase{index % 2}" x="{left:.1f}" y="{top}" {size}/>'
    if end - left < _LETTER_PX * len(phase.name):
        return band
    return band + f'<text class="small" x="{(left + end) / 2:.1f}" y="{top - 5}" text-anchor="middle">{name}</text>'


def _frame(panel: _Panel) -> str:
    parts = [f'<text class="name" x="{_LEFT}" y="{panel.top - 9}">{panel.name}</text>']
    for value in ticks(panel.most):
        _, y = panel.place(0, value)
        parts.append(grid_line(_LEFT, _RIGHT, y, f"{value:.4g}"))
    return "".join(parts)


def _line(panel: _Panel, points: Points, css: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (panel.place(*point) for point in points))
    return f'<polyline class="{css}" points="{path}"/>' if points else ""


def _dots(panel: _Panel, points: Points) -> str:
    places = [panel.place(*point) for point in points]
    return "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)


def _end(panel: _Panel, points: Points) -> str:
    if not points:
        return ""
    x, y = panel.place(*points[-1])
    return f'<text class="end" x="{x + 7:.1f}" y="{y + 4:.1f}">{points[-1][1]:.2f}</text>'


def _minute(value: float, right: float) -> str:
    return f'<text x="{_x(value, right):.1f}" y="{_AXIS + 18}" text-anchor="middle">{value:.4g}</text>'


def _axis_name() -> str:
    return f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">minutes</text>'


def _x(minutes: float, right: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * minutes / right


def running_mean(values: Sequence[float]) -> list[float]:
    """Return the mean over a window of about a fifteenth of the values, narrower at both ends."""
    half = max(1, len(values) // 30)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    reach = np.minimum(half, np.minimum(at, len(values) - 1 - at))
    return [float(v) for v in (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)]
