"""The risk-coverage curve as SVG: the mean IoU of the surest share of the photos."""

from maskwright.evaluation.expected_iou import Risk
from maskwright.report.charts.axis import grid_line

_WIDTH = 360
_LEFT = 46
_RIGHT = 344
_TOP = 12
_BOTTOM = 212


def risk_svg(risk: Risk) -> str:
    """Return the curve over the share of the photos, surest first, with the share that is not unsure marked."""
    last = risk.curve[-1][1]
    sure = 1 - risk.unsure / len(risk.curve)
    label = f"mean IoU of the surest photos: {risk.curve[0][1]:.2f} of the surest one, {last:.2f} of all"
    parts = [f'<svg class="chart" viewBox="0 0 {_WIDTH} 262" role="img" aria-label="{label}">']
    for step in range(6):
        y = _y(step / 5)
        parts.append(grid_line(_LEFT, _RIGHT, y, f"{step / 5:g}"))
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{_x(share):.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{share:.0%}</text>')
    middle = (_LEFT + _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_BOTTOM + 38}" text-anchor="middle">share of the photos, surest first</text>')
    path = " ".join(f"{_x(share):.1f},{_y(iou):.1f}" for share, iou in risk.curve)
    parts.append(f'<polyline class="line" points="{path}"/>')
    if 0 < risk.unsure < len(risk.curve):
        parts.append(f'<line class="median" x1="{_x(sure):.1f}" x2="{_x(sure):.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>')
        parts.append(
            f'<text class="end" x="{_x(sure) - 5:.1f}" y="{_BOTTOM - 8}" text-anchor="end">unsure from here</text>'
        )
    return "".join(parts) + "</svg>"


def _x(share: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * share


def _y(iou: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(max(iou, 0.0), 1.0)
