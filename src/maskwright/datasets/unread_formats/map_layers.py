"""Polygons in files for maps: not read beside photos, but known, so that the refusal says how to cut both."""

import re
from pathlib import Path
from shlex import quote

from maskwright.datasets.parsing.text_files import beginning, json_outline
from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

IN_DEGREES = (180.0, 90.0)
FARTHEST_PHOTO_PX = 100_000.0
"""Beyond it coordinates are metres on a map."""
POINTS_LEAST = 3
QUPATH_WORDS = ('"classification"', '"objectType"')
_POINT = re.compile(r"\[\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*,\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*[,\]]")


def is_map_geojson(path: Path) -> bool:
    """Tell whether a file is GeoJSON of a map: it names its system, or has degrees or metres where photos have pixels.

    What QuPath wrote is of pixels, wherever they lie.
    """
    keys = json_outline(path).keys
    if not {"type", "features"} <= keys:
        return False
    if "crs" in keys:
        return True
    text = beginning(path)
    points = [(abs(float(x)), abs(float(y))) for x, y in _POINT.findall(text)]
    if len(points) < POINTS_LEAST or any(word in text for word in QUPATH_WORDS):
        return False
    are_whole = all(x.is_integer() and y.is_integer() for x, y in points)
    in_degrees = all(x <= IN_DEGREES[0] and y <= IN_DEGREES[1] for x, y in points)
    return (in_degrees and not are_whole) or min(map(max, points)) > FARTHEST_PHOTO_PX


def map_layer_way(path: Path) -> str:
    """Return what to do with a map layer: the command that cuts the images beside it and the layer into tiles."""
    readable = path.suffix.lower() in (".gpkg", ".geojson", ".json")
    layer = path if readable else path.with_suffix(".gpkg")
    first = "" if readable else f"make a GeoPackage of it: ogr2ogr {quote(str(layer))} {quote(str(path))}; then "
    out = quote(str(path.parent.with_name(f"{path.parent.resolve().name}-tiles")))
    images, labels = _images_and_labels(path, layer)
    command = f"maskwright cut {quote(images)} --labels {quote(labels)} --out {out}"
    return f"{first}cut images and labels into tiles: {command}"


def _images_and_labels(path: Path, layer: Path) -> tuple[str, str]:
    """Return the image that a layer beside it may be of and the layer, or their folder where there are several.

    IMAGE stands for an image that is elsewhere.
    """
    try:
        beside = sorted(path.parent.iterdir())
    except OSError as error:
        raise DataError(f"{path.parent} cannot be read: {error.strerror}") from error
    images = [other for other in beside if other.suffix.lower() in IMAGE_SUFFIXES]
    named = [image for image in images if image.stem == path.stem]
    layers = [other for other in beside if other.suffix.lower() == path.suffix.lower()]
    if len(images) > 1 and named and len(layers) > 1:
        return str(path.parent), str(path.parent)
    chosen = named or images
    return str(chosen[0] if len(chosen) == 1 else path.parent) if chosen else "IMAGE", str(layer)
