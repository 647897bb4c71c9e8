"""Reading polygons of GeoPackages and GeoJSON files, as programs write them."""

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.map_layers.class_attribute import class_attribute
from maskwright.datasets.map_layers.geojson import read_geojson
from maskwright.datasets.map_layers.geopackage import read_geopackage
from maskwright.datasets.map_layers.layer import rings_of
from maskwright.datasets.map_layers.well_known_binary import polygon_rings
from maskwright.errors import DataError
from tests.support.drawn_scenes import geopackage

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]


def polygon(code: int, extra: int = 0, order: str = "<", *, system: bool = False) -> bytes:
    """Return a square as well-known binary, with `extra` more numbers a point."""
    points = b"".join(struct.pack(f"{order}{2 + extra}d", x, y, *[9.0] * extra) for x, y in SQUARE)
    srid = struct.pack(f"{order}I", 4326) if system else b""
    return struct.pack(f"{order}BI", order == "<", code) + srid + struct.pack(f"{order}II", 1, len(SQUARE)) + points


@pytest.mark.parametrize(
    "data",
    [
        polygon(3),
        polygon(3, order=">"),
        polygon(1003, 1),
        polygon(2003, 1),
        polygon(3003, 2),
        polygon(0x80000003, 1),
        polygon(0xE0000003, 2, system=True),
    ],
)
def test_polygons_with_heights_and_measures_in_either_byte_order_are_read(data: bytes) -> None:
    (ring,) = polygon_rings(data)
    assert ring.tolist() == [list(point) for point in SQUARE[:-1]]


def test_collections_give_the_rings_of_their_polygons_and_arcs_are_refused() -> None:
    line = struct.pack("<BII", 1, 2, 2) + struct.pack("<4d", 0, 0, 1, 1)
    point = struct.pack("<BI2d", 1, 1, 5.0, 5.0)
    several = struct.pack("<BII", 1, 7, 4) + point + line + polygon(3) + polygon(3)
    assert len(polygon_rings(several)) == 2
    assert polygon_rings(point) == polygon_rings(line) == []
    with pytest.raises(ValueError, match="arcs"):
        polygon_rings(struct.pack("<BII", 1, 10, 0))


def test_a_geopackage_gives_rings_attributes_and_its_system(tmp_path: Path) -> None:
    hole = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)]
    path = geopackage(tmp_path / "a.gpkg", [({"kind": "roof", "storeys": 2.0}, [SQUARE[:-1], hole])], 25832)
    layer = read_geopackage(path)
    assert layer.system == "EPSG:25832"
    assert layer.columns == {"kind": ["roof"], "storeys": ["2"]}
    assert sorted(len(ring) for ring in layer.rings.of([0])[0]) == [3, 4]
    assert layer.rings.boxes().tolist() == [[0, 0, 4, 4]]
    assert read_geopackage(geopackage(tmp_path / "b.gpkg", [({}, [SQUARE[:-1]])], None)).system == ""


def test_one_of_several_layers_is_asked_for_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "a.gpkg", [({"kind": "roof"}, [SQUARE[:-1]])], 25832)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE roads AS SELECT * FROM objects")
        columns = "table_name, data_type, identifier, srs_id"
        file.execute(f"INSERT INTO gpkg_contents ({columns}) VALUES ('roads', 'features', 'roads', 25832)")
        file.execute("INSERT INTO gpkg_geometry_columns VALUES ('roads', 'geom', 'POLYGON', 25832, 0, 0)")
    with pytest.raises(DataError, match="choose one, as with --layer objects"):
        read_geopackage(path)
    assert len(read_geopackage(path, "objects")) == 1
    with pytest.raises(DataError, match="no layer 'x'"):
        read_geopackage(path, "x")
    (tmp_path / "bad.gpkg").write_bytes(b"no database at all, of some length" * 9)
    with pytest.raises(DataError, match="no GeoPackage that can be read"):
        read_geopackage(tmp_path / "bad.gpkg")


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_geojson_gives_parts_holes_and_the_name_in_an_attribute(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[*point, 7] for point in SQUARE]]}
    parts = {"type": "MultiPolygon", "coordinates": [square["coordinates"], square["coordinates"]]}
    collection = {"type": "GeometryCollection", "geometries": [square, {"type": "Point", "coordinates": [1, 2]}]}
    features = [
        feature(square, classification={"name": "Tumor", "color": [1, 2, 3]}),
        feature(parts, classification=None),
        feature(collection),
        feature({"type": "Point", "coordinates": [1, 2]}),
        feature(None),
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = read_geojson(path)
    assert (len(layer), layer.without_area, layer.system) == (3, 2, "")
    assert layer.columns == {"classification": ["Tumor", "", ""]}
    assert [len(rings) for rings in layer.rings.of([0, 1, 2])] == [1, 2, 1]
    path.write_text('{"type": "FeatureCollection", "features": [1]}')
    with pytest.raises(DataError, match="no GeoJSON features"):
        read_geojson(path)
    path.write_text(json.dumps(feature({"type": "Polygon", "coordinates": [[["x", 1], [2, 2], [3, 3]]]})))
    with pytest.raises(DataError, match="coordinates that are not numbers"):
        read_geojson(path)


def test_boxes_of_polygons_hold_all_their_rings() -> None:
    far = np.array([(9.0, 9.0), (11.0, 9.0), (9.0, 12.0)])
    rings = rings_of([[np.array(SQUARE)], [np.array(SQUARE) + 1, far], [far]])
    assert rings.boxes().tolist() == [[0, 0, 4, 4], [1, 1, 11, 12], [9, 9, 11, 12]]
    assert rings_of([]).boxes().shape == (0, 4)


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({}, None),
        ({"id": ["1", "2", "3"], "area": ["1.5", "2.25", "1.5"]}, None),
        ({"class": ["a", "b", "a"], "class_id": ["1", "2", "1"]}, "class"),
        ({"Class_Name": ["a", "b", "a"], "height": ["1", "2", "1"]}, "Class_Name"),
        ({"fid": ["1", "2", "3"], "kind": ["a", "b", "a"]}, "kind"),
        ({"name": ["x", "y", "z"], "kind": ["a", "b", "a"]}, "kind"),
    ],
)
def test_the_attribute_of_the_classes_is_found(columns: dict[str, list[str]], chosen: str | None) -> None:
    assert class_attribute(columns, None, where="f") == chosen


def test_the_attribute_of_the_classes_is_asked_for_where_it_is_unclear() -> None:
    columns = {"kind": ["a", "b", "a"], "roof": ["x", "x", "y"]}
    with pytest.raises(DataError, match=r"kind \(a, b\); roof \(x, y\).*data.attribute=kind"):
        class_attribute(columns, None, where="f")
    assert class_attribute(columns, "roof", where="f") == "roof"
    with pytest.raises(DataError, match="no polygon has a value for the attribute 'zzz'"):
        class_attribute(columns, "zzz", where="f")
    many = {"code": [str(number % 40) for number in range(99)]}
    with pytest.raises(DataError, match="choose the one"):
        class_attribute(many, None, where="f")
