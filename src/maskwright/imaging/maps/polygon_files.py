"""Polygons with holes in files for maps: GeoJSON, and GeoPackage, which is an SQLite file (OGC 12-128r18)."""

import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.imaging.maps.place import Place
from maskwright.imaging.mask_geometry import Points

TABLE = "objects"
OWN_SYSTEM = 100_000
"""The number of a coordinate system that has none in the list of EPSG."""
NO_SYSTEM = -1
APPLICATION, VERSION = 0x47504B47, 10_300
"""What marks a GeoPackage, version 1.3."""
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL REFERENCES gpkg_contents(table_name),
  column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL
  REFERENCES gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL, m TINYINT NOT NULL,
  PRIMARY KEY (table_name, column_name));
CREATE TABLE {TABLE} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON, class TEXT, class_id INTEGER);
"""
SYSTEMS = (
    ("undefined Cartesian", NO_SYSTEM, "NONE", NO_SYSTEM, "undefined", None),
    ("undefined geographic", 0, "NONE", 0, "undefined", None),
    (
        "WGS 84",
        4326,
        "EPSG",
        4326,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]',
        None,
    ),
)
"""Those that every GeoPackage holds."""


@dataclass(frozen=True)
class MapPolygon:
    """One object: its class, and its rings, the outline first, Nx2 coordinates without repeating the first point."""

    name: str
    class_id: int
    rings: tuple[Points, ...]

    def closed(self) -> list[Points]:
        """Return the rings closed, the outline counterclockwise and the holes clockwise, as GeoJSON wants them."""
        turned = [ring if (_area(ring) > 0) == (place == 0) else ring[::-1] for place, ring in enumerate(self.rings)]
        return [np.concatenate([ring, ring[:1]]) for ring in turned]


def write_geojson(file: Path, polygons: Iterable[MapPolygon], place: Place) -> None:
    """Write polygons as GeoJSON, a line each; the coordinate system is named as GDAL and QGIS read it."""
    head = '{"type":"FeatureCollection",'
    if place.epsg is not None:
        name = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{place.epsg}"}}
        head += f'"crs":{json.dumps(name)},'

    def lines() -> Iterator[str]:
        yield f'{head}"features":['
        between = ""
        for polygon in polygons:
            yield f"{between}\n{_feature(polygon)}"
            between = ","
        yield "\n]}\n"

    with file.open("w", encoding="utf-8") as text:
        text.writelines(lines())


def _feature(polygon: MapPolygon) -> str:
    return json.dumps(
        {
            "type": "Feature",
            "properties": {"class": polygon.name, "class_id": polygon.class_id},
            "geometry": {"type": "Polygon", "coordinates": [ring.tolist() for ring in polygon.closed()]},
        },
        separators=(",", ":"),
    )


def write_geopackage(file: Path, polygons: Iterable[MapPolygon], place: Place) -> None:
    """Write polygons as the layer "objects" of a GeoPackage into an empty file; OSError where it cannot be written."""
    system = NO_SYSTEM if not place.wkt else place.epsg or OWN_SYSTEM
    known, organization = {row[1] for row in SYSTEMS}, "EPSG" if place.epsg else "NONE"
    own = () if system in known else (("the image's", system, organization, system, place.wkt, None),)
    try:
        with closing(sqlite3.connect(file)) as table, table:
            table.executescript(SCHEMA)
            table.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", (*SYSTEMS, *own))
            _fill(table, polygons, system)
    except sqlite3.Error as error:  # a full disk is one of them
        raise OSError(str(error)) from error


def _fill(table: sqlite3.Connection, polygons: Iterable[MapPolygon], system: int) -> None:
    """Enter the polygons, and where they lie."""
    lowest, highest = np.full(2, np.inf), np.full(2, -np.inf)
    table.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
        (TABLE, TABLE, system),
    )
    table.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)", (TABLE, system))
    for polygon in polygons:
        outline = polygon.rings[0]
        lowest, highest = np.minimum(lowest, outline.min(axis=0)), np.maximum(highest, outline.max(axis=0))
        row = (_geometry(polygon, system), polygon.name, polygon.class_id)
        table.execute(f"INSERT INTO {TABLE} (geom, class, class_id) VALUES (?, ?, ?)", row)
    if np.isfinite(lowest).all():
        ends = (*lowest.tolist(), *highest.tolist())
        table.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?", ends)


def _geometry(polygon: MapPolygon, system: int) -> bytes:
    """Return a polygon as a GeoPackage stores it: a header with its box, and well-known binary."""
    rings = polygon.closed()
    (left, low), (right, high) = rings[0].min(axis=0), rings[0].max(axis=0)
    header = struct.pack("<2sBBi4d", b"GP", 0, 0b11, system, left, right, low, high)
    parts = [struct.pack("<I", len(ring)) + ring.astype("<f8").tobytes() for ring in rings]
    return header + struct.pack("<BII", 1, 3, len(rings)) + b"".join(parts)


def _area(ring: Points) -> float:
    """Return the area inside a ring, positive where it runs counterclockwise."""
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
