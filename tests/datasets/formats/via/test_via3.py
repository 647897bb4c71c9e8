"""VIA 3 projects: shapes as numbers, classes by attributes and options."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.naive_geometry import naive_ellipse
from tests.support.truths import draw_photos, pixels

ATTRIBUTES = {
    "1": {"aname": "kind", "type": 4, "options": {"0": "leaf", "1": "bug"}},
    "2": {"aname": "note", "type": 1},
}
SQUARE = [7, 0, 0, 10, 0, 10, 10, 0, 10]


def region(xy: object, values: object = None) -> dict[str, object]:
    return {"vid": "1", "flg": 0, "z": [], "xy": xy, "av": {"1": "0"} if values is None else values}


def opened(folder: Path, *regions: object, attribute: str | None = None) -> Dataset:
    draw_photos(folder, "a.png", "b.png")
    files = {"1": {"fid": "1", "fname": "a.png", "src": "a.png"}, "2": {"fid": "2", "fname": "b.png", "src": ""}}
    views = {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}}
    parts = {"project": {}, "config": {}, "attribute": ATTRIBUTES, "file": files, "view": views}
    (folder / "project.json").write_text(json.dumps({**parts, "metadata": dict(enumerate(regions))}))
    return open_dataset(folder, attribute=attribute)


def test_options_name_the_classes_and_a_photo_without_regions_is_not_annotated(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE), region([2, 5, 5, 4, 3], {"1": "1"}))
    assert pixels(data) == {"leaf": 100 - 12, "bug": 12}
    assert data.samples[1].truth is None


@pytest.mark.parametrize(
    ("xy", "count"),
    [
        ([3, 20, 15, 6], naive_ellipse((20, 15), (6, 6), (30, 40)).sum()),
        ([4, 20, 15, 6, 3], naive_ellipse((20, 15), (6, 3), (30, 40)).sum()),
        ([6, 0, 0, 10, 0, 10, 10, 0, 10], 100),
        ([8, 5, 2, 9, 4, 7, 8, 3, 6], 6 * 6),
        ([9, 26, 15, 14, 15, 20, 21], naive_ellipse((20, 15), (6, 6), (30, 40)).sum()),
    ],
)
def test_every_shape_has_its_pixels(tmp_path: Path, xy: list[float], count: int) -> None:
    assert pixels(opened(tmp_path, region(xy))) == {"leaf": int(count)}


@pytest.mark.parametrize(
    "xy", [[1, 5, 5], [7, 1, 2], [2, 1], [9, 0, 0, 1, 1, 2, 2], ["x", 3], [99, 1], [7, 1e400, 1, 2, 2, 3]]
)
def test_what_cannot_be_filled_is_left_out_and_said(tmp_path: Path, xy: object) -> None:
    data = opened(tmp_path, region(SQUARE), region(xy))
    assert pixels(data) == {"leaf": 100}
    assert [finding.code for finding in file_findings(data)] == ["shape-invalid"]


def test_two_attributes_are_asked_about(tmp_path: Path) -> None:
    regions = region(SQUARE), region([2, 20, 5, 4, 3], {"2": "odd"})
    with pytest.raises(DataError, match=r"2 attributes: kind \(leaf\); note \(odd\).*data\.attribute=kind"):
        opened(tmp_path, *regions)
    assert pixels(opened(tmp_path, *regions, attribute="note")) == {"odd": 12}
