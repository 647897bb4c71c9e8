"""Slow, exact references for mask geometry: what a pixel-centre rule means, with whole numbers only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def naive_polygon(xs: Sequence[int], ys: Sequence[int], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels whose centre lies in the polygon: a ray to the left crosses its edges an odd number of times.

    Doubled coordinates make centres odd and corners even, so no division and no rounding happens.
    """
    rows = 2 * np.arange(size_hw[0], dtype=np.int64)[:, None] + 1
    columns = 2 * np.arange(size_hw[1], dtype=np.int64)[None, :] + 1
    inside = np.zeros(size_hw, dtype=np.bool_)
    for i in range(len(xs)):
        x1, y1, x2, y2 = (2 * int(v) for v in (xs[i], ys[i], xs[i - 1], ys[i - 1]))
        if y1 == y2:
            continue
        if y1 > y2:
            x1, y1, x2, y2 = x2, y2, x1, y1
        crosses = (rows > y1) & (rows < y2)
        # The edge is at x1 + (row - y1) * (x2 - x1) / (y2 - y1); it counts if that is at the centre or left of it.
        inside ^= crosses & ((columns - x1) * (y2 - y1) >= (rows - y1) * (x2 - x1))
    return inside


def naive_ellipse(
    centre_xy: tuple[float, float], radii_xy: tuple[float, float], size_hw: tuple[int, int], *, angle_rad: float = 0.0
) -> NDArray[np.bool_]:
    """Return the pixels whose centre, turned back around the ellipse's own, lies in the upright ellipse."""
    mask = np.zeros(size_hw, dtype=np.bool_)
    for row in range(size_hw[0]):
        for column in range(size_hw[1]):
            offset = complex(column + 0.5 - centre_xy[0], row + 0.5 - centre_xy[1]) * np.exp(-1j * angle_rad)
            mask[row, column] = (offset.real / radii_xy[0]) ** 2 + (offset.imag / radii_xy[1]) ** 2 <= 1
    return mask


def shoelace_area(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return the area of a polygon that does not cross itself."""
    return abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(len(xs)))) / 2
