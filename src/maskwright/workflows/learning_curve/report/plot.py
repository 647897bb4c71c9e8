"""The plot of a learning curve as inline SVG: measured scores, the forecast with its band, and what labels allow."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.report.charts.axis import grid_line, spacing
from maskwright.workflows.learning_curve.curve import LearningCurve
from maskwright.workflows.learning_curve.points import Point

WIDTH = 720
HEIGHT = 380
LEFT = 46
RIGHT = 704
TOP = 22
BOTTOM = 322
STEPS = 48
FARTHEST = 4
"""The plot ends at so many times the photos."""


@dataclass(frozen=True)
class _Axes:
    """Where numbers of photos (logarithmic) and scores lie in the plot."""

    fewest: float
    most: float
    low: float
    high: float

    def x(self, photos: float) -> float:
        return LEFT + (RIGHT - LEFT) * math.log(photos / self.fewest) / math.log(self.most / self.fewest)

    def y(self, iou: float) -> float:
        share = (min(max(iou, self.low), self.high) - self.low) / (self.high - self.low)
        return BOTTOM - (BOTTOM - TOP) * share


def curve_svg(curve: LearningCurve) -> str:
    """Return the plot: a dot with its interval for each subset, the median curve, its 80 % band, and the ceiling."""
    axes = _axes_of(curve)
    label = f"mean IoU against photos: {curve.sentence}"
    parts = [f'<svg class="chart curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">']
    parts += _grid(axes, curve)
    parts += _band(axes, curve)
    for arm in curve.arms:
        if arm.arm == "scratch":
            parts.append(_dots(axes, arm.points, "scratch"))
    parts.append(_dots(axes, curve.points, "main"))
    parts += _marks(axes, curve)
    return "".join(parts) + "</svg>"


def _axes_of(curve: LearningCurve) -> _Axes:
    fewest, most = curve.points[0].photos * 0.85, FARTHEST * curve.photos
    scores = [point.iou for point in curve.points]
    scores += [point.iou for arm in curve.arms if arm.arm == "scratch" for point in arm.points]
    scores += [curve.forecast.at(most), curve.forecast.at(curve.photos)]
    known = [v for s in scores for v in (s.value, s.low, s.high) if math.isfinite(v)]
    low, high = min(known), max(known)
    step = spacing(max(high - low, 0.1))
    low, high = math.floor(low / step - 0.2) * step, math.ceil(high / step + 0.2) * step
    return _Axes(fewest, most, max(0.0, low), min(1.0, high))


def _grid(axes: _Axes, curve: LearningCurve) -> list[str]:
    step = spacing(axes.high - axes.low)
    parts = []
    for tick in range(math.ceil(axes.low / step - 1e-9), math.floor(axes.high / step + 1e-9) + 1):
        y = axes.y(tick * step)
        parts.append(grid_line(LEFT, RIGHT, y, f"{tick * step:.2g}"))
    for photos in _ticks(curve):
        parts.append(f'<text x="{axes.x(photos):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{photos:g}</text>')
    parts.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 44}" text-anchor="middle">photos to learn from</text>')
    return parts


def _ticks(curve: LearningCurve) -> list[float]:
    measured = [round(point.photos) for point in curve.points if point.photos < 0.85 * curve.photos]
    return [*measured, curve.photos, 2 * curve.photos, FARTHEST * curve.photos]


def _band(axes: _Axes, curve: LearningCurve) -> list[str]:
    start = curve.points[0].photos
    places = [start * (axes.most / start) ** (i / STEPS) for i in range(STEPS + 1)]
    spread = [curve.forecast.at(photos) for photos in places]
    xs = [f"{axes.x(photos):.1f}" for photos in places]
    upper = [f"{x},{axes.y(s.high):.1f}" for x, s in zip(xs, spread, strict=True)]
    lower = [f"{x},{axes.y(s.low):.1f}" for x, s in zip(xs, spread, strict=True)]
    line = [(photos, f"{x},{axes.y(s.value):.1f}") for photos, x, s in zip(places, xs, spread, strict=True)]
    measured = [text for photos, text in line if photos <= curve.photos]
    ahead = [text for photos, text in line if photos >= curve.photos]
    return [
        f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>',
        f'<polyline class="line" points="{" ".join([*measured, *ahead[:1]])}"/>',
        f'<polyline class="line ahead" points="{" ".join(ahead)}"/>',
    ]


def _dots(axes: _Axes, points: Sequence[Point], kind: str) -> str:
    parts = []
    for point in points:
        if math.isnan(point.iou.value):
            continue
        x = axes.x(point.photos)
        if math.isfinite(point.iou.low):
            low, high = axes.y(point.iou.low), axes.y(point.iou.high)
            parts.append(f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>')
        title = f"{point.photos:g} photos: {point.iou.value:.3f}"
        parts.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{axes.y(point.iou.value):.1f}" r="5"><title>{title}</title></circle>'
        )
    return f'<g class="{kind}">{"".join(parts)}</g>'


def _marks(axes: _Axes, curve: LearningCurve) -> list[str]:
    """Return the marks at all photos and at twice as many, and the line of what the labels allow, if in sight."""
    parts = []
    for photos, words in ((curve.photos, "all you have"), (2 * curve.photos, "twice")):
        x, y = axes.x(photos), axes.y(curve.forecast.at(photos).value)
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}"/>')
        parts.append(f'<text class="mark" x="{x:.1f}" y="{TOP - 8}" text-anchor="middle">{words}</text>')
        parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    if curve.agreement.ceiling <= axes.high:
        y = axes.y(curve.agreement.ceiling)
        parts.append(f'<line class="ceiling" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        words = f"what the labels allow, about {curve.agreement.ceiling:.2f}"
        parts.append(f'<text class="ceiling" x="{LEFT + 4}" y="{y - 6:.1f}">{words}</text>')
    return parts
