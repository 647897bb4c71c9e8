"""A layer of polygons as a file for maps holds it: rings in the file's own coordinates, and attributes as texts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rings:
    """The rings of many polygons: all their points, where each ring ends in these, and whose ring it is.

    `xy` is Nx2. `ends` and `polygons` have an entry a ring; the rings of a polygon follow one another, and every
    polygon has one. What lies within an odd number of a polygon's rings belongs to it.
    """

    xy: Points
    ends: Ints
    polygons: Ints

    @property
    def count(self) -> int:
        """The number of polygons."""
        return int(self.polygons[-1]) + 1 if len(self.polygons) else 0

    def boxes(self) -> Points:
        """Return for each polygon the least x and y and the greatest, Nx4; NaN where a coordinate is no number."""
        if not self.count:
            return np.zeros((0, 4))
        first_rings = np.flatnonzero(np.diff(self.polygons, prepend=-1))
        starts = (self.ends - np.diff(self.ends, prepend=0))[first_rings]
        xy = np.where(np.isfinite(self.xy), self.xy, np.nan)
        return np.concatenate([np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)], axis=1)

    def of(self, polygons: Sequence[int]) -> list[list[Points]]:
        """Return the rings of some polygons."""
        lows = np.searchsorted(self.polygons, polygons, side="left").tolist()
        highs = np.searchsorted(self.polygons, polygons, side="right").tolist()
        starts = self.ends - np.diff(self.ends, prepend=0)
        return [
            [self.xy[starts[ring] : self.ends[ring]] for ring in range(low, high)]
            for low, high in zip(lows, highs, strict=True)
        ]


@dataclass(frozen=True)
class MapLayer:
    """The polygons of a file. `columns` has the texts of each attribute, one a polygon, "" where it is empty.

    `system` is the coordinate system, as rasterio understands it, "" where the file names none; with `is_geojson`
    that may be WGS 84. `without_area` counts points, lines and whatever else covers no area.
    """

    path: Path
    rings: Rings
    columns: Mapping[str, Sequence[str]]
    system: str = ""
    is_geojson: bool = False
    without_area: int = 0

    def __len__(self) -> int:
        return self.rings.count


def rings_of(polygons: Iterable[Sequence[Points]]) -> Rings:
    """Return the rings of polygons, each a sequence of rings Nx2, put together."""
    rings = [(number, ring) for number, polygon in enumerate(polygons) for ring in polygon]
    if not rings:
        return Rings(np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64))
    lengths = np.array([len(ring) for _, ring in rings], dtype=np.int64)
    xy = np.concatenate([ring for _, ring in rings])
    return Rings(xy, np.cumsum(lengths), np.array([number for number, _ in rings], dtype=np.int64))


def some_polygons(layer: MapLayer, polygons: Sequence[int]) -> MapLayer:
    """Return a layer with some of its polygons alone, by their numbers."""
    columns = {key: [texts[number] for number in polygons] for key, texts in layer.columns.items()}
    return replace(layer, rings=rings_of(layer.rings.of(polygons)), columns=columns, without_area=0)


def columns_of(rows: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the attributes of polygons, given as a mapping each, as columns."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: [row.get(key, "") for row in rows] for key in keys}


def text_of(value: object) -> str:
    """Return the value of an attribute as text: whole numbers without a point, "" for none."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
