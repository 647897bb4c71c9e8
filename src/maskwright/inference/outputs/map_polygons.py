"""The objects of a mask that lies as a TIFF on disk, as polygons in the image's own coordinates."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from maskwright.classes import ClassTable
from maskwright.files import write_with
from maskwright.imaging.large_images import CACHE_MB, rasterio_module
from maskwright.imaging.maps.place import Place, place_of
from maskwright.imaging.maps.polygon_files import MapPolygon, write_geojson, write_geopackage
from maskwright.imaging.mask_geometry import Mask, Points, trace_rings

MOST_PIXELS = 24_000_000
"""Of the mask that is traced, more than the network saw of the image; a larger one is reduced."""
TOLERANCE_PX = 0.5
"""Of the traced mask."""


def write_map_polygons(mask_tiff: Path, stem: Path, classes: ClassTable) -> tuple[Path, ...]:
    """Write `stem`.gpkg, and `stem`.geojson unless the coordinate system has no EPSG number; return the files.

    Coordinates are those of the TIFF, pixel corners with y down where it has none. Memory does not grow with it.
    """
    place, (mask, step_xy) = place_of(mask_tiff), _reduced_mask(mask_tiff)
    polygons = list(_polygons(mask, step_xy, classes, place))
    files = [stem.with_name(f"{stem.name}.gpkg")]
    write_with(files[0], lambda file: write_geopackage(file, polygons, place))
    if not place.wkt or place.epsg is not None:
        files.append(stem.with_name(f"{stem.name}.geojson"))
        write_with(files[1], lambda file: write_geojson(file, polygons, place))
    return tuple(files)


def _reduced_mask(path: Path) -> tuple[Mask, Points]:
    """Return the mask, each pixel that of a pixel of the file, and how many pixels of the file one of it stands for."""
    rasterio = rasterio_module()
    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path) as source:
            shrink = min(1.0, (MOST_PIXELS / (source.height * source.width)) ** 0.5)
            size_hw = (max(1, round(source.height * shrink)), max(1, round(source.width * shrink)))
            mask = source.read(1, out_shape=size_hw, resampling=rasterio.enums.Resampling.nearest)
            return np.asarray(mask), np.array([source.width / size_hw[1], source.height / size_hw[0]])


def _polygons(mask: Mask, step_xy: Points, classes: ClassTable, place: Place) -> Iterator[MapPolygon]:
    for class_id in classes.scored:
        for outline, holes in trace_rings(np.asarray(mask == class_id), tolerance_px=TOLERANCE_PX):
            rings = tuple(place.coordinates(ring * step_xy) for ring in (outline, *holes))
            yield MapPolygon(classes.names[class_id], class_id, rings)
