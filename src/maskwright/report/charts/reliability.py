"""The reliability curve as SVG: the share of right pixels against the probability that the model gave them."""

import math

from maskwright.evaluation.calibration_error import BINS, Calibration
from maskwright.report.charts.axis import grid_line

_SIDE = 250
_LEFT = 46
_TOP = 12
_BOTTOM = _TOP + _SIDE
LEAST_SHARE = 0.0005
"""A bin with fewer of the pixels than this would be a dot of noise."""


def reliability_svg(calibration: Calibration) -> str:
    """Return the curve with a dot for each bin, larger with its pixels, under the diagonal of a calibrated model."""
    points = _points(calibration)
    error = calibration.error
    label = "reliability curve: " + "; ".join(f"{right:.2f} right at {given:.2f}" for given, right, _ in points)
    parts = [f'<svg class="chart square" viewBox="0 0 320 312" role="img" aria-label="{label}">', _axes()]
    path = " ".join(f"{_x(given):.1f},{_y(right):.1f}" for given, right, _ in points)
    parts.append(f'<polyline class="line" points="{path}"/>')
    for given, right, share in points:
        parts.append(
            f'<circle class="dot" cx="{_x(given):.1f}" cy="{_y(right):.1f}" r="{3 + 5 * math.sqrt(share):.1f}"/>'
        )
    if not math.isnan(error):
        parts.append(f'<text class="end" x="{_LEFT + 8}" y="{_TOP + 18}">calibration error {error:.3f}</text>')
    return "".join(parts) + "</svg>"


def _points(calibration: Calibration) -> list[tuple[float, float, float]]:
    """Return (given, right, share of all pixels) of each bin that holds enough pixels."""
    total = max(1, sum(calibration.pixels))
    columns = zip(calibration.given.tolist(), calibration.found.tolist(), calibration.pixels, strict=True)
    return [(given, right, pixels / total) for given, right, pixels in columns if pixels >= max(1, LEAST_SHARE * total)]


def _axes() -> str:
    parts = [f'<line class="median" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>']
    for step in range(0, BINS + 1, 2):
        value = step / BINS
        parts.append(grid_line(_x(0), _x(1), _y(value), f"{value:g}"))
        parts.append(f'<text x="{_x(value):.1f}" y="{_BOTTOM + 17}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{_x(0.5)}" y="{_BOTTOM + 36}" text-anchor="middle">probability given by the model</text>')
    middle = _TOP + _SIDE / 2
    parts.append(
        f'<text transform="rotate(-90 12 {middle})" x="12" y="{middle}" text-anchor="middle">share right</text>'
    )
    return "".join(parts)


def _x(value: float) -> float:
    return _LEFT + _SIDE * value


def _y(value: float) -> float:
    return _BOTTOM - _SIDE * value
