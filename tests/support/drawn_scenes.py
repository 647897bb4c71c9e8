"""Large images, drawn: GeoTIFFs with fields and houses, and their polygons in files for maps."""

import json
import sqlite3
import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine

from maskwright.imaging.maps.place import Place
from maskwright.imaging.maps.polygon_files import MapPolygon, write_geopackage

SYSTEM = "EPSG:32633"
ORIGIN = Affine(0.5, 0.0, 500_000.0, 0.0, -0.5, 5_400_000.0)
COLOURS = {"": (90, 140, 70), "house": (200, 80, 60), "pond": (60, 90, 190)}

Ring = list[tuple[float, float]]
Feature = tuple[Mapping[str, object], list[Ring]]
"""Attributes, and rings in pixels of the image."""


def circle(x: float, y: float, radius: float, corners: int = 24) -> Ring:
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return [(x + radius * float(np.cos(turn)), y + radius * float(np.sin(turn))) for turn in turns]


def random_features(size_hw: tuple[int, int], count: int, seed: int = 0) -> list[Feature]:
    """Return circles of houses and ponds, some with a hole, some across the edge of the image."""
    rng = np.random.default_rng(seed)
    features: list[Feature] = []
    for number in range(count):
        x, y, radius = rng.uniform(0, size_hw[1]), rng.uniform(0, size_hw[0]), rng.uniform(6, 40)
        rings = [circle(x, y, radius), *([circle(x, y, radius / 2)] if number % 3 == 0 else [])]
        features.append(({"class": ("house", "pond")[number % 2], "height": float(number) / 7}, rings))
    return features


def truth_of(features: Sequence[Feature], size_hw: tuple[int, int], ids: Mapping[str, int]) -> np.ndarray:
    """Return the class ids of an image by rasterio's own rasterize."""
    from rasterio.features import rasterize

    shapes = [
        ({"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]}, ids[str(values["class"])])
        for values, rings in features
    ]
    return np.asarray(rasterize(shapes, out_shape=size_hw, transform=Affine.identity(), fill=0, dtype="uint8"))


def scene(
    path: Path,
    features: Sequence[Feature],
    size_hw: tuple[int, int],
    *,
    crs: str | None = SYSTEM,
    transform: Affine | None = ORIGIN,
    **facts: object,
) -> Path:
    """Write an image that shows the features in their colours, with a little noise."""
    ids = {name: number for number, name in enumerate(COLOURS)}
    truth = truth_of(features, size_hw, ids)
    pixels = np.array(list(COLOURS.values()), dtype=np.int16)[truth]
    pixels = pixels + np.random.default_rng(1).integers(-9, 10, (*size_hw, 3), dtype=np.int16)
    write_raster(
        path, np.moveaxis(np.clip(pixels, 0, 255).astype(np.uint8), 2, 0), crs=crs, transform=transform, **facts
    )
    return path


def write_raster(path: Path, bands: np.ndarray, *, crs: str | None, transform: Affine | None, **facts: object) -> Path:
    """Write bands, BxHxW, as a GeoTIFF, or as a TIFF without a place."""
    size = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", **size, **facts, crs=crs, transform=transform) as file:
            file.write(bands)
    return path


def on_ground(rings: Sequence[Ring], transform: Affine = ORIGIN) -> list[Ring]:
    return [[(transform.a * x + transform.c, transform.e * y + transform.f) for x, y in ring] for ring in rings]


def geojson(path: Path, features: Sequence[Feature], crs: str | None = None) -> Path:
    """Write rings as they are given as GeoJSON."""
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    written = [
        {
            "type": "Feature",
            "properties": dict(values),
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]},
        }
        for values, rings in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", **named, "features": written}))
    return path


def geopackage(path: Path, features: Sequence[Feature], epsg: int | None) -> Path:
    """Write rings as they are given as a GeoPackage, with all attributes as columns."""
    path.touch()
    polygons = [MapPolygon("", 0, tuple(np.array(ring) for ring in rings)) for _, rings in features]
    wkt = rasterio.crs.CRS.from_epsg(epsg).to_wkt() if epsg else ""
    write_geopackage(path, polygons, Place((1, 0, 0, 0, 1, 0), wkt, epsg))
    keys = dict.fromkeys(key for values, _ in features for key in values)
    with closing(sqlite3.connect(path)) as table, table:
        for column in ("class", "class_id"):
            table.execute(f'ALTER TABLE objects DROP COLUMN "{column}"')
        for key in keys:
            table.execute(f'ALTER TABLE objects ADD COLUMN "{key}"')
            rows = [(values.get(key), number) for number, (values, _) in enumerate(features, 1)]
            table.executemany(f'UPDATE objects SET "{key}" = ? WHERE fid = ?', rows)
    return path


def placed(features: Sequence[Feature]) -> list[Feature]:
    """Return features whose rings are in coordinates of the ground."""
    return [(values, on_ground(rings)) for values, rings in features]
