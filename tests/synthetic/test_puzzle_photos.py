import csv
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.imaging.decoders.image_files import EXIF_ORIENTATION
from maskwright.imaging.mask_geometry import Points
from maskwright.imaging.photos import photo_size_hw, read_photo
from maskwright.synthetic.puzzle_ground import _cast_shadow, draw_ground
from maskwright.synthetic.puzzle_page import draw_page
from maskwright.synthetic.puzzle_photos import _warp, draw_puzzle_photos, project
from tests.support.filled import fill_polygon

COUNT = 12


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_puzzle_photos(tmp_path_factory.mktemp("drawn"), count=COUNT, seed=3, long_side_px=700).parent


def _polygons(folder: Path) -> dict[str, Points]:
    with (folder / "annotations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    shapes = {row["filename"]: json.loads(row["region_shape_attributes"]) for row in rows}
    return {name: np.column_stack([s["all_points_x"], s["all_points_y"]]).astype(float) for name, s in shapes.items()}


def test_every_photo_has_one_polygon_of_the_class_grid_in_a_via_csv(drawn: Path) -> None:
    with (drawn / "annotations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == COUNT
    for row in rows:
        assert json.loads(row["region_attributes"]) == {"name": "grid"}
        assert json.loads(row["region_shape_attributes"])["name"] == "polygon"
        assert int(row["file_size"]) == (drawn / row["filename"]).stat().st_size


def test_upright_photos_agree_in_size_with_their_polygons(drawn: Path) -> None:
    turned = 0
    for name, xy in _polygons(drawn).items():
        photo = read_photo(drawn / name)
        height, width = photo.shape[:2]
        assert (height, width) == photo_size_hw(drawn / name)
        assert (xy > 0).all()
        assert (xy < (width, height)).all()
        assert 0.02 < fill_polygon(xy, (height, width)).mean() < 0.25
        with Image.open(drawn / name) as stored:
            turned += stored.size != (width, height)
    assert turned >= COUNT // 3


def test_polygons_lie_on_the_outer_lines_of_the_grid(drawn: Path) -> None:
    for name, xy in _polygons(drawn).items():
        flat = _rectified(read_photo(drawn / name), xy, side=300, margin=30)
        for quarter in range(4):
            rows = np.rot90(flat, quarter)[:, 30:-30].mean(axis=1)
            outside, line = rows[21:26].mean(), rows[29:36].min()
            assert line < outside - 6, f"{name}, side {quarter}: line {line:.0f}, paper beside it {outside:.0f}"


def _rectified(photo: np.ndarray, xy: Points, *, side: int, margin: int) -> np.ndarray:
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], dtype=np.float32) + margin
    warp = cv2.getPerspectiveTransform(xy.astype(np.float32), corners)
    size = side + 2 * margin
    return cv2.cvtColor(cv2.warpPerspective(photo, warp, (size, size)), cv2.COLOR_RGB2GRAY).astype(float)


def test_corners_of_the_grid_are_exact_on_the_page() -> None:
    for seed in range(4):
        page = draw_page(np.random.default_rng(seed))
        (left, top), (right, bottom) = page.grid_xy[0].astype(int), page.grid_xy[2].astype(int)
        grey = page.picture.mean(axis=2)
        assert grey[top + 1, left : left + 20].max() < 90 < grey[top - 2, left : left + 20].min()
        assert grey[bottom - 2, right - 20 : right].max() < 90 < grey[bottom + 1, right - 20 : right].min()


def test_the_warp_puts_a_square_where_the_homography_puts_its_corners() -> None:
    picture = np.zeros((100, 100, 3), dtype=np.uint8)
    picture[20:80, 10:70] = 255
    square = np.array([(10, 20), (70, 20), (70, 80), (10, 80)], dtype=float)
    homography = np.array([(1.9, 0.4, 20.0), (-0.2, 2.1, 31.0), (0.0005, 0.0008, 1.0)])
    seen = _warp(picture, homography, (300, 300), border=cv2.BORDER_CONSTANT)[:, :, 0] > 127
    expected = fill_polygon(project(homography, square), (300, 300))
    assert (seen & expected).sum() / (seen | expected).sum() > 0.995


def test_the_same_seed_draws_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        draw_puzzle_photos(folder, count=2, seed=seed, long_side_px=240)
    for name in ("IMG_2001.jpg", "IMG_2002.jpg", "annotations.csv"):
        first, again, other = ((folder / name).read_bytes() for folder in folders)
        assert first == again
        assert first != other


def test_fewer_photos_are_the_first_of_more(drawn: Path, tmp_path: Path) -> None:
    draw_puzzle_photos(tmp_path, count=1, seed=3, long_side_px=700)
    assert (tmp_path / "IMG_2001.jpg").read_bytes() == (drawn / "IMG_2001.jpg").read_bytes()


def test_photos_are_turned_in_every_way_and_taken_minutes_apart(drawn: Path) -> None:
    orientations, times = set(), []
    for name in sorted(_polygons(drawn)):
        with Image.open(drawn / name) as stored:
            exif = stored.getexif()
        orientations.add(exif[EXIF_ORIENTATION])
        times.append(datetime.strptime(exif.get_ifd(0x8769)[0x9003], "%Y:%m:%d %H:%M:%S"))
    assert orientations == {1, 3, 6, 8}
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert min(gaps) >= 120


def test_every_kind_of_ground_is_drawn_at_any_scale() -> None:
    means = [draw_ground(np.random.default_rng(s), 300, px_per_unit=0.1 + s / 10).mean(axis=(0, 1)) for s in range(8)]
    assert all(10 < mean.mean() < 250 for mean in means)
    assert len({tuple(np.rint(mean)) for mean in means}) > 4


def test_a_shadow_outside_the_ground_changes_nothing() -> None:
    ground = np.full((50, 50, 3), 200, dtype=np.uint8)
    _cast_shadow(ground, np.array([(500.0, 500.0), (520.0, 500.0), (520.0, 520.0)]), 3.0)
    assert (ground == 200).all()
