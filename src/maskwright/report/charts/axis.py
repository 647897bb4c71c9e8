"""Axes of charts: round ticks, and the line that a chart draws across itself at each."""

import math


def ceiling(span: float) -> float:
    """Return the next tick at or above `span`."""
    span = max(span, 1e-6)
    step = spacing(span)
    return math.ceil(span / step - 1e-9) * step


def ticks(top: float) -> list[float]:
    """Return the ticks from 0 to `top`, which is one itself."""
    step = spacing(top)
    return [i * step for i in range(round(top / step) + 1)]


def spacing(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts `span` into two to five parts."""
    unit: float = 10.0 ** math.floor(math.log10(span))
    return next(unit * f for f in (0.2, 0.5, 1.0, 2.0) if span / (unit * f) <= 5)


def grid_line(left: float, right: float, y: float, text: str) -> str:
    """Return a line from `left` to `right` at height `y`, its value written before it, as inline SVG."""
    line = f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="{left - 7:g}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
