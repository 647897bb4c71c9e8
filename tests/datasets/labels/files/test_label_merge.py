"""Label files named after parts, and one of training and validation together beside them."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from tests.support.truths import draw_photos

SQUARE = [0.0, 0, 10, 0, 10, 10, 0, 10]


def coco(path: Path, numbers: range) -> None:
    annotations = [{"id": i, "image_id": i, "category_id": 1, "segmentation": [SQUARE], "iscrowd": 0} for i in numbers]
    images = [{"id": i, "file_name": f"{i}.png", "height": 30, "width": 40} for i in numbers]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "leaf"}]}
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("joint", ["trainval", "train_val"])
def test_a_file_of_training_and_validation_together_repeats_the_split(tmp_path: Path, joint: str) -> None:
    draw_photos(tmp_path, *(f"{i}.png" for i in range(12)), size_hw=(30, 40))
    for name, numbers in (("train", range(6)), ("val", range(6, 10)), ("test", range(10, 12)), (joint, range(10))):
        coco(tmp_path / f"{name}.json", numbers)
    data = open_dataset(tmp_path)
    assert "given parts: 6 train, 4 val, 2 test" in data.read_as
    said = " ".join(finding.evidence for finding in file_findings(data) if finding.code == "file-unused")
    assert f"{joint}.json" in said
    assert "says the same" in said


def test_a_file_of_training_and_validation_beside_the_test_files_alone_is_for_training(tmp_path: Path) -> None:
    draw_photos(tmp_path, *(f"{i}.png" for i in range(8)), size_hw=(30, 40))
    coco(tmp_path / "trainval.json", range(6))
    coco(tmp_path / "test.json", range(6, 8))
    assert "given parts: 6 train, 2 test" in open_dataset(tmp_path).read_as
