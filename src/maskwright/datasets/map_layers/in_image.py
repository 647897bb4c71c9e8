"""The polygons of a map layer in the pixels of an image: reprojected, or as they are where they are pixels already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.map_layers.layer import MapLayer, Points
from maskwright.errors import DataError
from maskwright.imaging.large_images import rasterio_module
from maskwright.imaging.maps.place import Place

WGS84 = "OGC:CRS84"
MOST_DEGREES = 180.0
"""Coordinates that all lie within it may be longitudes and latitudes, and are no pixels of an image with a place."""
OUTSIDE_PX = 2.0
"""So far beyond the edge of an image pixel coordinates may reach, as of polygons that are drawn to its end."""
INSIDE_LEAST = 0.5
"""The share of the polygons that lie in an image where their coordinates are taken for its pixels."""


@dataclass(frozen=True)
class ImagePlace:
    """An image with its size and its coordinates."""

    path: Path
    size_hw: tuple[int, int]
    place: Place

    def box(self) -> Points:
        """Return the least x and y of the image's coordinates and the greatest."""
        height, width = self.size_hw
        corners = np.array([(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)])
        moved = self.place.coordinates(corners)
        return np.concatenate([moved.min(axis=0), moved.max(axis=0)])


@dataclass(frozen=True)
class _Reading:
    """One way to understand the coordinates of a layer: what is said of it, "" for the plain one, and the pixels."""

    said: str
    pixels: Callable[[Points], Points]
    are_pixels: bool = False


def in_image(layer: MapLayer, image: ImagePlace) -> tuple[MapLayer, str] | None:
    """Return the layer in pixel corners x, y of an image, y down, and a sentence where that was a choice.

    A layer without a coordinate system is WGS 84 if it is GeoJSON, else it has the image's coordinates, or its pixels:
    the first of these by which polygons lie in the image. None where none does.
    """
    for reading in _readings(layer, image):
        moved = replace(layer, rings=replace(layer.rings, xy=reading.pixels(layer.rings.xy)))
        inside = in_size(moved.rings.boxes(), image.size_hw)
        if inside.any() and not (reading.are_pixels and not _may_be_pixels(layer, moved, inside, image)):
            return moved, reading.said
    return None


def not_in_image(layer: MapLayer, image: ImagePlace) -> DataError:
    """Return the error for a layer of which no polygon lies in an image."""
    return DataError(
        f"no polygon of {layer.path} lies in {image.path}: the file has {_system_of(layer)} with {_ends(layer)}; the "
        f"image has {_system_of_image(image)} and {_image_ends(image)}. {_what_now(layer, image)}"
    )


def in_size(boxes: Points, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which boxes, Nx4 in pixels, have a part in an image."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return np.asarray((high > 0).all(axis=1) & (low < size_hw[::-1]).all(axis=1))


def _readings(layer: MapLayer, image: ImagePlace) -> Iterator[_Reading]:
    """Yield the ways to understand a layer's coordinates, the likeliest first."""
    name, place = layer.path.name, image.place
    if layer.system and place.wkt:
        yield _Reading("", lambda xy: place.pixels(_reprojected(xy, layer.system, place.wkt, layer.path)))
        return
    if layer.is_geojson and not layer.system and place.wkt:
        said = f"{name} names no coordinate system: its coordinates are longitude and latitude (WGS 84)"
        yield _Reading(said, lambda xy: place.pixels(_reprojected(xy, WGS84, place.wkt, layer.path)))
    if layer.system:
        without, its = f"{image.path.name} names no coordinate system", f"the coordinates of {name}"
    else:
        without, its = f"{name} names no coordinate system", "its coordinates"
    if not place.is_unplaced:
        yield _Reading(f"{without}: {its} are those of {image.path.name}", place.pixels)
    yield _Reading(f"{without}: {its} are pixels of the image, y down", lambda xy: xy, True)
    upwards = f"{without}: {its} are pixels of the image, y negative downwards, as QGIS shows them"
    yield _Reading(upwards, lambda xy: xy * np.array([1.0, -1.0]), True)


def _may_be_pixels(layer: MapLayer, moved: MapLayer, inside: NDArray[np.bool_], image: ImagePlace) -> bool:
    """Tell whether coordinates can be pixels: most polygons lie in the image, of one with a place all of them do."""
    if not image.place.wkt:
        return bool(inside.mean() >= INSIDE_LEAST)
    width_height = image.size_hw[::-1]
    xy = moved.rings.xy
    fit = bool(((xy >= -OUTSIDE_PX) & (xy <= np.add(width_height, OUTSIDE_PX))).all())
    return fit and bool(np.abs(layer.rings.xy).max() > MOST_DEGREES)


def _reprojected(xy: Points, system: str, wkt: str, path: Path) -> Points:
    """Return coordinates in another system; infinite where a point has no place in it."""
    rasterio = rasterio_module()
    from rasterio.warp import transform

    source = coordinate_system(system, path)
    target = rasterio.crs.CRS.from_wkt(wkt)
    if source == target or not len(xy):
        return xy
    xs, ys = transform(source, target, xy[:, 0].tolist(), xy[:, 1].tolist())
    return np.stack([np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)], axis=1)


def coordinate_system(system: str, path: Path) -> Any:  # noqa: ANN401 - a CRS of rasterio
    """Return a coordinate system by its name or its WKT; DataError where rasterio does not know it."""
    rasterio = rasterio_module()
    try:
        return rasterio.crs.CRS.from_user_input(system)
    except rasterio.errors.CRSError as error:
        raise DataError(
            f"{path} has the coordinate system {system[:80]!r}, which is not known: save it in another one, as with "
            f"`ogr2ogr -t_srs EPSG:4326 new.gpkg {path.name}`"
        ) from error


def _system_of(layer: MapLayer) -> str:
    return f"the coordinate system {_short(layer.system)}" if layer.system else "no coordinate system"


def _system_of_image(image: ImagePlace) -> str:
    if image.place.epsg is not None:
        return f"EPSG:{image.place.epsg}"
    return "a coordinate system of its own" if image.place.wkt else "no coordinate system"


def _short(system: str) -> str:
    return system if len(system) <= 40 else f"{system[:40]}..."


def _ends(layer: MapLayer) -> str:
    if not len(layer):
        return "no polygon"
    low, high = layer.rings.xy.min(axis=0), layer.rings.xy.max(axis=0)
    return f"x {low[0]:.6g} to {high[0]:.6g} and y {low[1]:.6g} to {high[1]:.6g}"


def _image_ends(image: ImagePlace) -> str:
    left, low, right, high = image.box().tolist()
    return f"x {left:.6g} to {right:.6g} and y {low:.6g} to {high:.6g}"


def _what_now(layer: MapLayer, image: ImagePlace) -> str:
    if layer.system and not image.place.wkt:
        return (
            "Give the image its place, as with `gdal_edit.py -a_srs EPSG:NUMBER -a_ullr LEFT TOP RIGHT BOTTOM "
            f"{image.path.name}`, or give polygons in its pixels"
        )
    if not layer.system and not layer.is_geojson:
        return f"Name the system of the polygons, as with `ogr2ogr -a_srs EPSG:NUMBER new.gpkg {layer.path.name}`"
    return "Give the polygons of this image"
