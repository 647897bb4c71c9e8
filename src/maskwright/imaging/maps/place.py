"""Where an image lies on the ground: its coordinates, and how much of the ground a pixel covers. Read by rasterio."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.imaging.large_images import rasterio_module
from maskwright.imaging.mask_geometry import Points

PLACED_SUFFIXES = (".tif", ".tiff", ".jp2")
LONGITUDES = "EPSG:4326"
SQUARE = 0.01
"""A pixel's width and height, and its corner from a right angle, may differ by this share: else lengths have none."""


@dataclass(frozen=True)
class Place:
    """The coordinates of an image: of the pixel corner x, y they are ax + by + c, dx + ey + f.

    `wkt` and `epsg` name the coordinate system, "" and None where the image names none.
    """

    transform: tuple[float, float, float, float, float, float]
    wkt: str = ""
    epsg: int | None = None

    @property
    def is_unplaced(self) -> bool:
        """True if the coordinates are pixel corners."""
        return self.transform == (1, 0, 0, 0, 1, 0)

    def coordinates(self, corners: Points) -> Points:
        """Return the coordinates of Nx2 pixel corners x, y."""
        a, b, c, d, e, f = self.transform
        x, y = corners[:, 0], corners[:, 1]
        return np.stack([a * x + b * y + c, d * x + e * y + f], axis=1)

    def pixels(self, coordinates: Points) -> Points:
        """Return the pixel corners x, y of Nx2 coordinates."""
        a, b, c, d, e, f = self.transform
        inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
        return np.asarray((coordinates - np.array([c, f])) @ inverse.T)


@dataclass(frozen=True)
class Ground:
    """What a pixel covers: square metres, and metres along its side, None where it is no square."""

    area_m2: float
    side_m: float | None


def place_of(path: Path) -> Place:
    """Return the coordinates of an image; pixel corners, y down, where it has none."""
    with _opened(path) as source:
        return place_in(source)


def place_in(source: Any) -> Place:  # noqa: ANN401 - an open dataset of rasterio
    """Return the coordinates of an open dataset of rasterio."""
    a, b, c, d, e, f = (float(value) for value in tuple(source.transform)[:6])
    crs = source.crs
    return Place((a, b, c, d, e, f), crs.to_wkt() if crs else "", crs.to_epsg() if crs else None)


def ground_of(path: Path) -> Ground | None:
    """Return what a pixel in the middle of an image covers; None where the file does not say, or rasterio is missing.

    It is measured on the ellipsoid, so that degrees, feet and the metres of a Mercator map come out right.
    """
    if path.suffix.lower() not in PLACED_SUFFIXES or find_spec("rasterio") is None:
        return None
    rasterio = rasterio_module()
    try:
        with _opened(path) as source:
            if not source.crs:
                return None
            return _ground(source)
    except (rasterio.errors.RasterioError, ValueError):  # no image for rasterio, or coordinates of no place on Earth
        return None


def _ground(source: Any) -> Ground | None:  # noqa: ANN401 - an open dataset of rasterio
    """Return what a pixel in the middle covers, from steps of a tenth of the image's shorter side."""
    from rasterio.warp import transform

    step = max(1.0, min(source.height, source.width) / 10)
    x, y = source.width / 2, source.height / 2
    corners = place_in(source).coordinates(np.array([(x, y), (x + step, y), (x, y + step)]))
    longitudes, latitudes = transform(source.crs, LONGITUDES, *corners.T.tolist())
    if not np.isfinite([*longitudes, *latitudes]).all():
        return None
    east, north = _metres_a_degree(latitudes[0])
    right, down = (
        (
            ((longitudes[i] - longitudes[0] + 180) % 360 - 180) * east / step,
            (latitudes[i] - latitudes[0]) * north / step,
        )
        for i in (1, 2)
    )
    area = abs(right[0] * down[1] - right[1] * down[0])
    width, height = math.hypot(*right), math.hypot(*down)
    is_square = abs(width - height) <= SQUARE * height and area >= (1 - SQUARE) * width * height
    return Ground(area, math.sqrt(area) if is_square else None) if area > 0 else None


def _metres_a_degree(latitude: float) -> tuple[float, float]:
    """Return the metres of a degree eastwards and northwards on the ellipsoid WGS 84."""
    axis, squashed, angle = 6_378_137.0, 0.006_694_380, math.radians(latitude)
    root = 1 - squashed * math.sin(angle) ** 2
    return math.radians(axis * math.cos(angle) / math.sqrt(root)), math.radians(axis * (1 - squashed) / root**1.5)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    rasterio = rasterio_module()
    with warnings.catch_warnings(), rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path) as source:
            yield source
