"""Masks of single shapes, filled as the shapes of label files are."""

import numpy as np

from maskwright.imaging.mask_geometry import Bools, Points
from maskwright.imaging.rasterize import paint_ellipse, paint_polygons


def fill_polygon(xy: Points, size_hw: tuple[int, int]) -> Bools:
    """Return the HxW mask of the pixels whose centre lies in the closed polygon `xy` (Nx2), even-odd rule.

    A square from corner 0 to corner 10 is 100 pixels. Parts outside the canvas are cut off.
    """
    mask = np.zeros(size_hw, dtype=np.bool_)
    paint_polygons(mask, [[xy]], [True])
    return mask


def fill_ellipse(
    centre_xy: tuple[float, float], radii_xy: tuple[float, float], size_hw: tuple[int, int], *, angle_rad: float = 0.0
) -> Bools:
    """Return the HxW mask of the pixels whose centre lies in the ellipse, turned by `angle_rad` clockwise."""
    mask = np.zeros(size_hw, dtype=np.bool_)
    paint_ellipse(mask, centre_xy, radii_xy, angle_rad=angle_rad, value=True)
    return mask
