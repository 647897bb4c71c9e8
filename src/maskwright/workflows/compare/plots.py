"""Plots of a comparison as inline SVG: differences with their intervals, and curves."""

import math
from collections.abc import Sequence
from html import escape

from maskwright.evaluation.bootstrap import Interval
from maskwright.report.charts.axis import grid_line
from maskwright.report.rendering import with_minus
from maskwright.workflows.compare.arm_rows import Plot, PlotPoint

WIDTH = 460
HEIGHT = 270
LEFT = 44
RIGHT = 446
TOP = 14
BOTTOM = 214
MOST_LINES = 4


def difference_svg(interval: Interval, reach: float) -> str:
    """Return a bar from zero to the difference, on an axis from -reach to +reach, with its interval, as inline SVG."""
    if math.isnan(interval.value):
        return ""

    def x(value: float) -> float:
        return 130 + 104 * max(-1.0, min(1.0, value / reach))

    kind = "better" if interval.low > 0 else "worse" if interval.high < 0 else "open"
    low, high = (interval.value if math.isnan(v) else v for v in (interval.low, interval.high))
    left, right = sorted((x(0), x(interval.value)))
    label = with_minus(f"difference {interval.value:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}")
    return (
        f'<svg class="diff {kind}" viewBox="0 0 260 40" role="img" aria-label="{label}">'
        f'<rect x="{left:.1f}" y="5" width="{max(1.0, right - left):.1f}" height="14" rx="2"/>'
        f'<line class="span" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="12" y2="12"/>'
        '<line class="zero" x1="130" x2="130" y1="0" y2="24"/>'
        f'<text x="26" y="37" text-anchor="middle">−{reach:.2g}</text>'
        '<text x="130" y="37" text-anchor="middle">0</text>'
        f'<text x="234" y="37" text-anchor="middle">+{reach:.2g}</text></svg>'
    )


def plot_svg(plot: Plot) -> str:
    """Return a plot's curves (mean IoU, 0 to 1) over evenly spaced places, as inline SVG."""
    places = sorted({point.at for _, points in plot.lines for point in points})
    label = f"{plot.title}: mean IoU over {plot.x}"
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    for tick in range(6):
        y = _y(tick / 5)
        parts.append(grid_line(LEFT, RIGHT, y, f"{tick / 5:g}"))
    for place in places:
        parts.append(f'<text x="{_x(place, places):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{place:g}</text>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{BOTTOM + 38}" text-anchor="middle">{escape(plot.x)}</text>')
    for index, (_, points) in enumerate(plot.lines):
        parts.append(_line(points, places, index % MOST_LINES))
    return "".join(parts) + "</svg>"


def _line(points: Sequence[PlotPoint], places: list[float], index: int) -> str:
    known = [p for p in points if not math.isnan(p.iou.value)]
    shift = (index - 0.5) * 5
    path = " ".join(f"{_x(p.at, places) + shift:.1f},{_y(p.iou.value):.1f}" for p in known)
    marks = [f'<polyline class="line" points="{path}"/>']
    for p in known:
        x = _x(p.at, places) + shift
        if not math.isnan(p.iou.low):
            low, high = _y(p.iou.low), _y(p.iou.high)
            marks.append(f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>')
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{_y(p.iou.value):.1f}" r="4"/>')
    return f'<g class="line{index}">{"".join(marks)}</g>'


def _x(place: float, places: list[float]) -> float:
    return LEFT + (RIGHT - LEFT) * (places.index(place) + 0.5) / len(places)


def _y(value: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * min(max(value, 0.0), 1.0)
