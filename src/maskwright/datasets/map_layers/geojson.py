"""Reading the polygons of a GeoJSON file (RFC 7946, and the older one that names its coordinate system)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from maskwright.datasets.map_layers.layer import MapLayer, Points, columns_of, rings_of, text_of
from maskwright.datasets.parsing.json_values import Record, items, record, records, text
from maskwright.datasets.parsing.text_files import read_label_json
from maskwright.errors import DataError

PARTS_MOST = 1000
"""Geometries of a collection that are read."""


def read_geojson(path: Path) -> MapLayer:
    """Return the polygons of a file; DataError where it is no GeoJSON, or a coordinate is no number."""
    content = read_label_json(path)
    features = records(content if isinstance(content, list) else record(content).get("features"))
    if not features and "geometry" in record(content):
        features = [record(content)]
    if not any("geometry" in feature for feature in features):
        raise DataError(f"{path} holds no GeoJSON features: save the polygons as GeoJSON or GeoPackage")
    shapes = [(_rings(record(feature.get("geometry")), path), feature) for feature in features]
    with_area = [(rings, feature) for rings, feature in shapes if rings]
    return MapLayer(
        path,
        rings_of(rings for rings, _ in with_area),
        columns_of([_attributes(record(feature.get("properties"))) for _, feature in with_area]),
        _system(record(content), path),
        is_geojson=True,
        without_area=len(shapes) - len(with_area),
    )


def _system(content: Record, path: Path) -> str:
    """Return the coordinate system that the file names, "" where it names none."""
    named = record(record(content.get("crs")).get("properties"))
    name = text(named.get("name"))
    if "crs" in content and content["crs"] is not None and not name:
        raise DataError(f"{path} names its coordinate system by a link or a number: save it again, as with QGIS")
    return "OGC:CRS84" if name.upper().endswith("CRS84") else name


def _attributes(properties: Record) -> dict[str, str]:
    """Return attributes as texts; of one that is an object with a name, as QuPath's classification, that name."""
    named = {
        str(key): record(value).get("name") if isinstance(value, dict) else value for key, value in properties.items()
    }
    return {key: text_of(value) for key, value in named.items() if not isinstance(value, dict | list)}


def _rings(geometry: Record, path: Path) -> list[Points]:
    try:
        return [ring for rings in _polygons(geometry) for ring in map(_ring, rings) if len(ring) >= 3]
    except (TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path} holds a polygon with coordinates that are not numbers: save it again") from error


def _polygons(geometry: Record) -> Iterator[Sequence[object]]:
    coordinates = items(geometry.get("coordinates"))
    match text(geometry.get("type")):
        case "Polygon":
            yield coordinates
        case "MultiPolygon":
            yield from map(items, coordinates)
        case "GeometryCollection":
            for part in records(geometry.get("geometries"))[:PARTS_MOST]:
                if text(part.get("type")) != "GeometryCollection":
                    yield from _polygons(part)


def _ring(points: object) -> Points:
    """Return an outline as Nx2 points without repeating the first; heights are left out."""
    xy = np.array([(point[0], point[1]) for point in items(points)], dtype=np.float64).reshape(-1, 2)  # type: ignore[index]
    return xy[:-1] if len(xy) > 1 and (xy[0] == xy[-1]).all() else xy
