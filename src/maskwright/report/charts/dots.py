"""One dot for each photo on an axis of IoU, as SVG."""

import math
from collections.abc import Sequence
from html import escape

PhotoIou = tuple[str, float]
"""Name and IoU of a photo, 0..1, NaN without an object."""

_WIDTH = 480
_LEFT = 24
_RIGHT = 456
_FLOOR = 78
"""Height of the axis, on which the lowest dots stand."""
_STACK = 6
"""Height of a dot in a column of several."""
_PLACES = 48


def dots_svg(photos: Sequence[PhotoIou]) -> str:
    """Return one dot a photo from 0 to 1, named on hover, the median marked, as inline SVG; "" without scores."""
    known = sorted(((iou, name) for name, iou in photos if not math.isnan(iou)), key=lambda one: one[0])
    if not known:
        return ""
    ious = [iou for iou, _ in known]
    median = (ious[(len(ious) - 1) // 2] + ious[len(ious) // 2]) / 2
    label = f"IoU of {len(known)} photos from {ious[0]:.2f} to {ious[-1]:.2f}, median {median:.2f}"
    parts = [f'<svg class="chart" viewBox="0 0 {_WIDTH} 112" role="img" aria-label="{label}">', _axis()]
    parts.append(f'<line class="median" x1="{_x(median):.1f}" x2="{_x(median):.1f}" y1="14" y2="{_FLOOR}"/>')
    parts.append(_median_text(median))
    height: dict[int, int] = {}
    for iou, name in known:
        place = round(iou * _PLACES)
        height[place] = height.get(place, 0) + 1
        parts.append(_dot(iou, f"{name} {iou:.3f}", height[place]))
    return "".join(parts) + "</svg>"


def _axis() -> str:
    line = f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{_FLOOR}" y2="{_FLOOR}"/>'
    values = (0, 0.25, 0.5, 0.75, 1)
    texts = [f'<text x="{_x(v):.0f}" y="{_FLOOR + 18}" text-anchor="middle">{v:g}</text>' for v in values]
    return (
        line
        + "".join(texts)
        + f'<text x="{_x(0.5):.0f}" y="{_FLOOR + 33}" text-anchor="middle">IoU of the photo</text>'
    )


def _median_text(median: float) -> str:
    anchor, shift = ("end", -5) if median > 0.5 else ("start", 5)
    return f'<text class="end" x="{_x(median) + shift:.1f}" y="20" text-anchor="{anchor}">median {median:.2f}</text>'


def _dot(iou: float, title: str, row: int) -> str:
    y = _FLOOR - 7 - 9 * (min(row, _STACK) - 1)
    return f'<circle class="dot" cx="{_x(iou):.1f}" cy="{y}" r="4"><title>{escape(title)}</title></circle>'


def _x(value: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * value
