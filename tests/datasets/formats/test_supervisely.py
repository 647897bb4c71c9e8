"""Supervisely projects: bitmaps, polygons with holes and rectangles, whose numbers are those of pixels."""

import base64
import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from tests.support.truths import draw_photos, pixels

META = {"classes": [{"title": "leaf", "color": "#00FF00"}, {"title": "bug", "color": "#FF0000"}], "tags": []}


def polygon(title: str, outer: list[list[float]], *holes: list[list[float]]) -> dict[str, object]:
    return {"classTitle": title, "geometryType": "polygon", "points": {"exterior": outer, "interior": list(holes)}}


def bitmap(title: str, mask: np.ndarray, origin: tuple[int, int], mode: str = "P") -> dict[str, object]:
    image = Image.fromarray(mask.astype(np.uint8))
    if mode == "RGBA":
        image = Image.merge("RGBA", (*(Image.new("L", image.size),) * 3, Image.fromarray(255 * mask.astype(np.uint8))))
    else:
        image.putpalette([0, 0, 0, 255, 255, 255])
    data = io.BytesIO()
    image.save(data, format="PNG", **({"transparency": 0} if mode == "P" else {}))
    text = base64.b64encode(zlib.compress(data.getvalue())).decode()
    return {"classTitle": title, "geometryType": "bitmap", "bitmap": {"data": text, "origin": list(origin)}}


def opened(folder: Path, *objects: object, meta: object = META) -> Dataset:
    draw_photos(folder / "ds1" / "img", "a.png")
    (folder / "ds1" / "ann").mkdir(parents=True, exist_ok=True)
    content = {"description": "", "tags": [], "size": {"height": 30, "width": 40}, "objects": list(objects)}
    (folder / "ds1" / "ann" / "a.png.json").write_text(json.dumps(content))
    (folder / "meta.json").write_text(json.dumps(meta))
    return open_dataset(folder)


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_bitmap_lies_at_its_origin(tmp_path: Path, mode: str) -> None:
    mask = np.array([[1, 0, 1], [1, 1, 0]], dtype=np.bool_)
    data = opened(tmp_path, bitmap("bug", mask, (5, 6), mode))
    assert data.classes.names == ("background", "leaf", "bug")
    assert data.classes.colours[2] == (255, 0, 0)
    np.testing.assert_array_equal(data.mask(data.samples[0])[6:8, 5:8] == 2, mask)
    assert pixels(data) == {"bug": 4}


def test_a_rectangle_holds_its_last_pixel_and_a_polygon_runs_through_middles_of_pixels(tmp_path: Path) -> None:
    box = {"classTitle": "leaf", "geometryType": "rectangle", "points": {"exterior": [[2, 3], [5, 9]], "interior": []}}
    square = polygon("bug", [[20, 10], [30, 10], [30, 20], [20, 20]])
    data = opened(tmp_path, box, square)
    assert pixels(data)["leaf"] == 4 * 7
    assert data.mask(data.samples[0])[11:20, 21:30].all()


def test_a_hole_is_a_hole(tmp_path: Path) -> None:
    outer, hole = [[0.0, 0.0], [10.5, 0], [10.5, 10.5], [0, 10.5]], [[2.5, 2.5], [5.5, 2.5], [5.5, 5.5], [2.5, 5.5]]
    solid, holed = (opened(tmp_path, polygon("leaf", outer, *holes)) for holes in ((), (hole,)))
    assert pixels(solid)["leaf"] - pixels(holed)["leaf"] == 9


def test_photos_without_objects_are_not_annotated(tmp_path: Path) -> None:
    draw_photos(tmp_path / "ds1" / "img", "b.png")
    data = opened(tmp_path, bitmap("bug", np.ones((2, 2), dtype=np.bool_), (0, 0)))
    empty = {"size": {"height": 30, "width": 40}, "objects": []}
    (tmp_path / "ds1" / "ann" / "b.png.json").write_text(json.dumps(empty))
    data = open_dataset(tmp_path)
    assert [sample.truth is None for sample in data.samples] == [False, True]


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ({"classTitle": "bug", "geometryType": "point", "points": {}}, "is a point, which covers no area"),
        ({"classTitle": "bug", "geometryType": "bitmap", "bitmap": {"origin": [0, 0]}}, "no image data"),
        ({"classTitle": "bug", "geometryType": "bitmap", "bitmap": {"origin": [0, 0], "data": "AAAA"}}, "damaged"),
        ({"classTitle": "bug", "geometryType": "bitmap", "bitmap": {"data": "AAAA"}}, "damaged"),
        (polygon("bug", [[1, 1]]), "has 1 points"),
        ({"classTitle": "bug", "geometryType": "rectangle", "points": {"exterior": [[1, 1]]}}, "damaged"),
    ],
)
def test_what_cannot_be_filled_is_left_out_and_said(tmp_path: Path, shape: dict[str, object], why: str) -> None:
    data = opened(tmp_path, bitmap("leaf", np.ones((2, 2), dtype=np.bool_), (0, 0)), shape)
    assert pixels(data) == {"leaf": 4}
    (finding,) = file_findings(data)
    assert finding.code == "shape-invalid"
    assert why in finding.evidence


def test_a_bitmap_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    bomb = base64.b64encode(zlib.compress(bytes(200 << 20))).decode()
    shape = {"classTitle": "bug", "geometryType": "bitmap", "bitmap": {"origin": [0, 0], "data": bomb}}
    data = opened(tmp_path, bitmap("leaf", np.ones((2, 2), dtype=np.bool_), (0, 0)), shape)
    assert pixels(data) == {"leaf": 4}


def test_photos_of_two_data_sets_may_have_the_same_names(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps(META))
    for folder, title in (("ds 1", "leaf"), ("ds 2", "bug")):
        draw_photos(tmp_path / folder / "img", "a.png")
        (tmp_path / folder / "ann").mkdir()
        square = polygon(title, [[0, 0], [9, 0], [9, 9], [0, 9]])
        content = {"description": "", "tags": [], "size": {"height": 30, "width": 40}, "objects": [square]}
        (tmp_path / folder / "ann" / "a.png.json").write_text(json.dumps(content))
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples] == ["ds 1/img/a.png", "ds 2/img/a.png"]
    assert [list(pixels(data, number)) for number in (0, 1)] == [["leaf"], ["bug"]]
