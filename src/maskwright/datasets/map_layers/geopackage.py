"""Reading the polygons of a GeoPackage, which is an SQLite file (OGC 12-128r18)."""

import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from maskwright.datasets.map_layers.layer import MapLayer, Points, rings_of, text_of
from maskwright.datasets.map_layers.well_known_binary import polygon_rings
from maskwright.errors import DataError
from maskwright.findings.finding import some

LAYERS = (
    "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c JOIN gpkg_geometry_columns g "
    "ON c.table_name = g.table_name WHERE c.data_type = 'features' ORDER BY c.table_name"
)
SYSTEM = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
EMPTY = 0x10
"""The flag of a geometry without points."""


def read_geopackage(path: Path, layer: str | None = None) -> MapLayer:
    """Return the polygons of a layer; `layer` names it where there are several. DataError where there are none."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as file:
            table, column, system = _chosen(file.execute(LAYERS).fetchall(), path, layer)
            cursor = file.execute(f'SELECT * FROM "{_quoted(table)}"')
            names = [str(described[0]) for described in cursor.description]
            keys = _keys(file, table)
            rows = file.execute(SYSTEM, (system,)).fetchone()
            return _layer(path, cursor.fetchall(), names, column=column, keys=keys, system=_system(rows))
    except sqlite3.Error as error:
        raise DataError(f"{path} is no GeoPackage that can be read ({error}): save the layer again") from error


def _chosen(layers: Sequence[tuple[str, str, int]], path: Path, layer: str | None) -> tuple[str, str, int]:
    named = [table for table, _, _ in layers]
    if not layers:
        raise DataError(f"{path} holds no layer of polygons: save the polygons as GeoPackage or GeoJSON")
    if layer is None and len(layers) > 1:
        raise DataError(f"{path} holds {len(layers)} layers ({some(named)}): choose one, as with --layer {named[0]}")
    if layer is not None and layer not in named:
        raise DataError(f"{path} holds no layer {layer!r}: there is {some(named)}")
    return layers[0] if layer is None else layers[named.index(layer)]


def _keys(file: sqlite3.Connection, table: str) -> set[str]:
    """Return the columns of the primary key, which numbers the polygons and says nothing of them."""
    return {str(row[1]) for row in file.execute(f'PRAGMA table_info("{_quoted(table)}")') if row[5]}


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _system(row: tuple[str, int, str] | None) -> str:
    """Return a coordinate system as rasterio understands it, "" for an undefined one."""
    if row is None or row[2].strip().lower() in ("", "undefined"):
        return ""
    return f"EPSG:{row[1]}" if row[0].upper() == "EPSG" else row[2]


def _layer(
    path: Path, rows: Sequence[Sequence[object]], names: Sequence[str], *, column: str, keys: set[str], system: str
) -> MapLayer:
    place = names.index(column)
    shapes = [(_rings(row[place], path), row) for row in rows]
    with_area = [(rings, row) for rings, row in shapes if rings]
    columns = {
        name: [text_of(row[number]) for _, row in with_area]
        for number, name in enumerate(names)
        if number != place and name not in keys
    }
    rings = rings_of(rings for rings, _ in with_area)
    return MapLayer(path, rings, columns, system, without_area=len(rows) - len(with_area))


def _rings(geometry: object, path: Path) -> list[Points]:
    """Return the rings of a geometry as a GeoPackage stores it: a header, and well-known binary."""
    if not isinstance(geometry, bytes) or len(geometry) < 8:
        return []
    flags = geometry[3]
    try:
        begin = 8 + ENVELOPE_BYTES[flags >> 1 & 7]
        return [] if flags & EMPTY else polygon_rings(geometry[begin:])
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise DataError(
            f"{path} holds a geometry that is not read ({error}): save it again, as with "
            f"`ogr2ogr -nlt CONVERT_TO_LINEAR new.gpkg {path.name}`"
        ) from error
