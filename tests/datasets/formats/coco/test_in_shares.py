"""COCO whose coordinates are shares of the sides, as Azure Machine Learning writes it."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.truths import draw_photos, pixels

QUARTER = [0.0, 0.0, 0.25, 0.0, 0.25, 1 / 3, 0.0, 1 / 3]


def opened(folder: Path, *rings: list[float], sides: bool = True) -> Dataset:
    draw_photos(folder, "1.png", "2.png")
    size = {"width": 40.0, "height": 30.0} if sides else {}
    images = [{"id": i, "file_name": f"{i}.png", **size} for i in (1, 2)]
    drawn = [{"image_id": i, "category_id": 1, "segmentation": [ring]} for i, ring in enumerate(rings, 1)]
    content = {"images": images, "annotations": drawn, "categories": [{"id": 1, "name": "leaf"}]}
    (folder / "labels.json").write_text(json.dumps(content))
    return open_dataset(folder)


def test_shares_are_multiplied_by_the_sides_and_said(tmp_path: Path) -> None:
    data = opened(tmp_path, QUARTER, [0.5, 0.0, 1.0, 0.0, 1.0, 1.0, 0.5, 1.0])
    assert [pixels(data, i) for i in (0, 1)] == [{"leaf": 100}, {"leaf": 600}]
    assert any("between 0 and 1" in finding.evidence for finding in file_findings(data))


def test_one_outline_in_pixels_makes_all_numbers_pixels(tmp_path: Path) -> None:
    data = opened(tmp_path, QUARTER, [0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0])
    assert [pixels(data, i) for i in (0, 1)] == [{}, {"leaf": 100}]


def test_shares_of_photos_whose_size_is_not_stated_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no width and height: add them"):
        opened(tmp_path, QUARTER, sides=False)
