"""Masks of windows from polygons: the pixels whose centre lies in a polygon, and what is not annotated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.map_layers.in_image import in_size
from maskwright.datasets.map_layers.layer import Points, Rings
from maskwright.imaging.maps.large_windows import Window
from maskwright.imaging.mask_geometry import Bools, Mask
from maskwright.imaging.rasterize import paint_polygons


@dataclass(frozen=True)
class Drawn:
    """Polygons in pixels of an image, with their boxes, Nx4."""

    rings: Rings
    boxes: Points

    def within(self, window: Window) -> list[int]:
        """Return the polygons whose boxes reach into a window."""
        corner = (window.left, window.top, window.left, window.top)
        inside = in_size(self.boxes - np.array(corner, dtype=np.float64), (window.height, window.width))
        return [int(number) for number in np.flatnonzero(inside)]

    def moved(self, polygons: Sequence[int], window: Window) -> list[list[Points]]:
        """Return the rings of polygons in pixels of a window."""
        corner = np.array([window.left, window.top], dtype=np.float64)
        return [[ring - corner for ring in rings] for rings in self.rings.of(polygons)]


def drawn(rings: Rings) -> Drawn:
    """Return polygons with their boxes."""
    return Drawn(rings, rings.boxes())


@dataclass(frozen=True)
class PolygonLabels:
    """Labels of an image as polygons: their class ids (255: of no known class), and the area that was annotated.

    `rest` is the class id of what no polygon covers. Later polygons lie above earlier ones. Outside of the `area`
    nothing counts. Without one, a window that no polygon reaches into is not annotated, and all others are.
    """

    polygons: Drawn
    class_ids: NDArray[np.uint8]
    area: Drawn | None = None
    rest: int = 0

    def mask(self, window: Window) -> tuple[Mask, NDArray[np.int32]]:
        """Return the class ids of a window, 255 for what is not annotated, and the polygon of each pixel, -1 for none.

        Both are HxW. What is not annotated has no polygon.
        """
        above = np.zeros((window.height, window.width), dtype=np.int32)
        within = self.polygons.within(window)
        paint_polygons(above, self.polygons.moved(within, window), [number + 1 for number in within])
        mask = np.concatenate([np.full(1, self.rest, np.uint8), self.class_ids])[above]
        if self.area is not None:
            outside = ~self._annotated(window)
            mask[outside], above[outside] = IGNORE, 0
        elif not above.any():
            mask[:] = IGNORE
        return mask, above - 1

    def _annotated(self, window: Window) -> Bools:
        inside = np.zeros((window.height, window.width), dtype=np.bool_)
        if self.area is not None:
            within = self.area.within(window)
            paint_polygons(inside, self.area.moved(within, window), [1] * len(within))
        return inside

    @property
    def labelled_boxes(self) -> Points:
        """The boxes of what is annotated, Nx4 in pixels."""
        return (self.area or self.polygons).boxes
