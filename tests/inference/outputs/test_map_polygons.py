"""Polygons for maps: painted again, they give the mask; both files hold the same."""

import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin

from maskwright.classes import class_table
from maskwright.errors import OutputError
from maskwright.imaging.large_images import write_mask_tiff
from maskwright.inference.outputs import map_polygons
from maskwright.inference.outputs.map_polygons import write_map_polygons

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
CLASSES = class_table(("background", "roof", "road"))
OWN_CRS = "+proj=laea +lat_0=51 +lon_0=9 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"


def drawn_mask() -> np.ndarray:
    mask = np.zeros((300, 400), dtype=np.uint8)
    mask[20:120, 30:200] = 1
    mask[50:80, 60:100] = 0  # a hole
    mask[150:160, 10:390] = 2
    mask[200:280, 220:300] = 1
    mask[290:, 390:] = 255
    return mask


def saved(folder: Path, mask: np.ndarray, crs: str | None, transform: Affine | None) -> Path:
    photo = np.zeros((*mask.shape, 3), dtype=np.uint8)
    Image.fromarray(photo).save(folder / "scene.tif")
    if crs is not None:
        facts = {"driver": "GTiff", "height": mask.shape[0], "width": mask.shape[1], "count": 3, "dtype": "uint8"}
        with rasterio.open(folder / "scene.tif", "w", **facts, crs=crs, transform=transform) as file:
            file.write(np.moveaxis(photo, 2, 0))
    write_mask_tiff(folder / "mask.tif", iter([(0, mask)]), folder / "scene.tif", CLASSES.colours)
    return folder / "mask.tif"


def painted(features: list[dict[str, object]], shape: tuple[int, ...], transform: Affine) -> np.ndarray:
    shapes = [(feature["geometry"], feature["properties"]["class_id"]) for feature in features]  # type: ignore[index]
    return np.asarray(rasterize(shapes, out_shape=shape, transform=transform, dtype="uint8"))


def test_polygons_in_the_image_s_coordinates_give_the_mask_when_they_are_painted(tmp_path: Path) -> None:
    mask, transform = drawn_mask(), from_origin(500_000, 5_400_000, 0.5, 0.5)
    files = write_map_polygons(saved(tmp_path, mask, "EPSG:32633", transform), tmp_path / "out" / "scene", CLASSES)
    assert [file.name for file in files] == ["scene.gpkg", "scene.geojson"]
    layer = json.loads(files[1].read_text())
    assert layer["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32633"
    assert [feature["properties"]["class"] for feature in layer["features"]] == ["roof", "roof", "road"]
    assert np.array_equal(painted(layer["features"], mask.shape, transform), np.where(mask == 255, 0, mask))


def rings_of(geometry: bytes) -> list[list[list[float]]]:
    """Return the rings in a geometry of a GeoPackage, read by its specification."""
    magic, _, flags, _ = struct.unpack_from("<2sBBi", geometry)
    assert (magic, flags) == (b"GP", 3)
    order, kind, count = struct.unpack_from("<BII", geometry, 40)
    assert (order, kind) == (1, 3)
    rings, offset = [], 49
    for _ in range(count):
        (points,) = struct.unpack_from("<I", geometry, offset)
        values = np.frombuffer(geometry, "<f8", 2 * points, offset + 4).reshape(-1, 2)
        rings.append(values.tolist())
        offset += 4 + 16 * points
    assert offset == len(geometry)
    return rings


def test_the_geopackage_holds_what_the_geojson_holds(tmp_path: Path) -> None:
    transform = from_origin(500_000, 5_400_000, 0.5, 0.5)
    package, text = write_map_polygons(saved(tmp_path, drawn_mask(), "EPSG:32633", transform), tmp_path / "s", CLASSES)
    features = json.loads(text.read_text())["features"]
    with sqlite3.connect(package) as table:
        rows = table.execute("SELECT geom, class, class_id FROM objects ORDER BY fid").fetchall()
        assert table.execute("SELECT organization, srs_id FROM gpkg_spatial_ref_sys WHERE srs_id = 32633").fetchone()
        box = table.execute("SELECT min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents").fetchone()
        assert table.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert table.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    table.close()
    assert [rings_of(row[0]) for row in rows] == [feature["geometry"]["coordinates"] for feature in features]
    assert box == (500_005, 5_399_860, 500_195, 5_399_990, 32633)


def test_outlines_run_counterclockwise_on_the_map_and_holes_clockwise(tmp_path: Path) -> None:
    transform = from_origin(500_000, 5_400_000, 0.5, 0.5)
    _, text = write_map_polygons(saved(tmp_path, drawn_mask(), "EPSG:32633", transform), tmp_path / "s", CLASSES)
    polygons = [feature["geometry"]["coordinates"] for feature in json.loads(text.read_text())["features"]]
    outline, hole = next([np.array(ring) for ring in rings] for rings in polygons if len(rings) == 2)

    def area(ring: np.ndarray) -> float:
        x, y = (ring - ring[0]).T
        return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2

    assert area(outline) == 100 * 170 / 4
    assert area(hole) == -30 * 40 / 4


def test_without_a_coordinate_system_they_are_in_pixels(tmp_path: Path) -> None:
    mask = drawn_mask()
    _, text = write_map_polygons(saved(tmp_path, mask, None, None), tmp_path / "s", CLASSES)
    layer = json.loads(text.read_text())
    assert "crs" not in layer
    assert np.array_equal(painted(layer["features"], mask.shape, Affine.identity()), np.where(mask == 255, 0, mask))


def test_a_coordinate_system_without_a_number_is_written_out_in_the_geopackage_alone(tmp_path: Path) -> None:
    mask_tiff = saved(tmp_path, drawn_mask(), OWN_CRS, from_origin(0, 0, 0.5, 0.5))
    (package,) = write_map_polygons(mask_tiff, tmp_path / "s", CLASSES)
    with sqlite3.connect(package) as table:
        (definition,) = table.execute("SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = 100000").fetchone()
    table.close()
    assert "Lambert_Azimuthal_Equal_Area" in definition


def test_a_large_mask_is_traced_at_a_smaller_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mask, transform = drawn_mask(), from_origin(500_000, 5_400_000, 0.5, 0.5)
    monkeypatch.setattr(map_polygons, "MOST_PIXELS", mask.size // 4)
    _, text = write_map_polygons(saved(tmp_path, mask, "EPSG:32633", transform), tmp_path / "s", CLASSES)
    again = painted(json.loads(text.read_text())["features"], mask.shape, transform)
    assert np.mean(again != np.where(mask == 255, 0, mask)) < 0.005


def test_an_empty_mask_gives_files_without_objects(tmp_path: Path) -> None:
    files = write_map_polygons(saved(tmp_path, np.zeros((30, 40), np.uint8), None, None), tmp_path / "s", CLASSES)
    assert json.loads(files[1].read_text())["features"] == []


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "polygons").write_text("a file in the place of the folder")
    with pytest.raises(OutputError, match="cannot create the folder"):
        write_map_polygons(saved(tmp_path, drawn_mask(), None, None), tmp_path / "polygons" / "s", CLASSES)
