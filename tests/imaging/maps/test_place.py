"""What a pixel of a georeferenced image covers, against the geometry of the globe."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from maskwright.imaging.maps.place import ground_of, place_of

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
DEGREE_M = 111_320.0


def image(path: Path, crs: str | None, transform: Affine | None) -> Path:
    facts = {"driver": "GTiff", "height": 60, "width": 80, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", **facts, crs=crs, transform=transform) as file:
        file.write(np.zeros((3, 60, 80), dtype=np.uint8))
    return path


@pytest.mark.parametrize(
    ("crs", "corner", "pixel", "metres"),
    [
        ("EPSG:32633", (500_000, 5_400_000), 0.5, 0.5 / 0.9996),  # UTM: 0.9996 in the middle of its zone
        ("EPSG:3857", (1_669_792, 6_446_276), 1.0, math.cos(math.radians(50))),  # a metre of a Mercator map at 50 N
        ("EPSG:2263", (987_000, 210_000), 1.0, 1200 / 3937),  # feet of the US survey, New York
    ],
)
def test_a_pixel_is_measured_on_the_ground(
    tmp_path: Path, crs: str, corner: tuple[float, float], pixel: float, metres: float
) -> None:
    ground = ground_of(image(tmp_path / "a.tif", crs, from_origin(*corner, pixel, pixel)))
    assert ground is not None
    assert ground.side_m == pytest.approx(metres, rel=3e-3)
    assert ground.area_m2 == pytest.approx(metres**2, rel=6e-3)


def test_degrees_give_areas_and_no_lengths_where_they_are_no_squares(tmp_path: Path) -> None:
    ground = ground_of(image(tmp_path / "a.tif", "EPSG:4326", from_origin(15, 50, 1e-5, 1e-5)))
    assert ground is not None
    assert ground.side_m is None
    assert ground.area_m2 == pytest.approx((1e-5 * DEGREE_M) ** 2 * math.cos(math.radians(50)), rel=5e-3)
    at_the_equator = ground_of(image(tmp_path / "b.tif", "EPSG:4326", from_origin(15, 0, 1e-5, 1e-5)))
    assert at_the_equator is not None
    assert at_the_equator.side_m == pytest.approx(1e-5 * DEGREE_M, rel=5e-3)


def test_a_turned_image_is_measured_like_an_upright_one(tmp_path: Path) -> None:
    c, s = 0.5 * math.cos(0.4), 0.5 * math.sin(0.4)
    ground = ground_of(image(tmp_path / "a.tif", "EPSG:32633", Affine(c, s, 500_000, s, -c, 5_400_000)))
    assert ground is not None
    assert ground.side_m == pytest.approx(0.5, rel=2e-3)


def test_without_coordinates_nothing_is_claimed(tmp_path: Path) -> None:
    assert ground_of(image(tmp_path / "plain.tif", None, from_origin(5, 9, 1, 1))) is None
    (tmp_path / "text.tif").write_text("no image")
    assert ground_of(tmp_path / "text.tif") is None
    assert ground_of(tmp_path / "photo.jpg") is None


def test_a_place_turns_pixel_corners_into_coordinates(tmp_path: Path) -> None:
    place = place_of(image(tmp_path / "a.tif", "EPSG:32633", from_origin(500_000, 5_400_000, 0.5, 2)))
    assert place.epsg == 32633
    assert not place.is_unplaced
    assert place.coordinates(np.array([[0.0, 0.0], [10.0, 3.0]])).tolist() == [
        [500_000, 5_400_000],
        [500_005, 5_399_994],
    ]
