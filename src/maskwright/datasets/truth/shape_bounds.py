"""The boxes that hold shapes, of many shapes at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.truth.shapes import Bitmap, Ellipse, Polygon, Shape

Boxes = NDArray[np.float64]
"""Nx4: left, top, right and bottom in pixels."""


def bounds_xyxy(shape: Shape) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a box that holds the shape."""
    left, top, right, bottom = bounds_of([shape])[0].tolist()
    return left, top, right, bottom


def bounds_of(shapes: Sequence[Shape]) -> Boxes:
    """Return the box of each shape, Nx4."""
    boxes = np.empty((len(shapes), 4))
    drawn = [i for i, shape in enumerate(shapes) if isinstance(shape, Polygon)]
    if drawn:
        boxes[drawn] = _of_polygons([shapes[i] for i in drawn])  # type: ignore[misc]  # they are polygons
    for i, shape in enumerate(shapes):
        match shape:
            case Ellipse(_, (x, y), radii):
                reach = max(radii)
                boxes[i] = x - reach, y - reach, x + reach, y + reach
            case Bitmap(_, (x, y), (height, width)):
                boxes[i] = x, y, x + width, y + height
    return boxes


def _of_polygons(polygons: Sequence[Polygon]) -> Boxes:
    points = [np.concatenate(rings) if len(rings := polygon.rings) > 1 else rings[0] for polygon in polygons]
    begins = np.cumsum([0, *map(len, points[:-1])])
    together = np.concatenate(points)
    low, high = (bound.reduceat(together, begins, axis=0) for bound in (np.minimum, np.maximum))
    return np.concatenate([low, high], axis=1)


def are_outside(shapes: Sequence[Shape], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Return for each shape whether no part of it lies on a photo of this size."""
    left, top, right, bottom = bounds_of(shapes).T
    beside: NDArray[np.bool_] = (right <= 0) | (bottom <= 0) | (left >= size_hw[1]) | (top >= size_hw[0])
    return beside
