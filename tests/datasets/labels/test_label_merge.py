"""Label files named after parts, and one of training and validation together beside them."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.truths import draw_photos

SQUARE = [0.0, 0, 10, 0, 10, 10, 0, 10]


def coco(path: Path, numbers: range, *, square: list[float] = SQUARE) -> None:
    annotations = [{"id": i, "image_id": i, "category_id": 1, "segmentation": [square], "iscrowd": 0} for i in numbers]
    images = [{"id": i, "file_name": f"{i}.png", "height": 30, "width": 40} for i in numbers]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "leaf"}]}
    path.parent.mkdir(parents=True, exist_ok=True)
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


def test_two_photos_of_one_name_are_told_apart_by_the_part_that_their_folders_are_called_by(tmp_path: Path) -> None:
    draw_photos(tmp_path / "images/train_val_images/a", *(f"{i}.png" for i in range(9)), size_hw=(30, 40))
    draw_photos(tmp_path / "images/test_images/a", "0.png", "7.png", size_hw=(30, 40))
    small = [0.0, 0, 5, 0, 5, 5, 0, 5]
    for folder in ("whole", "single/a"):
        for name, numbers in (("train", range(7)), ("val", range(7, 9))):
            coco(tmp_path / f"annotations/{folder}/cells_{name}.json", numbers)
    coco(tmp_path / "annotations/whole/cells_test.json", range(0, 10, 7), square=small)
    coco(tmp_path / "annotations/size_split/0_train2percent.json", range(1))
    data = open_dataset(tmp_path)
    assert "given parts: 7 train, 2 val, 2 test" in data.read_as
    areas = {sample.name: int((data.mask(sample) == 1).sum()) for sample in data.samples}
    assert areas["images/test_images/a/0.png"] == areas["images/test_images/a/7.png"] == 25
    assert areas["images/train_val_images/a/0.png"] == areas["images/train_val_images/a/7.png"] == 100


def test_a_photo_in_two_files_that_lies_there_once_is_not_taken_for_two(tmp_path: Path) -> None:
    draw_photos(tmp_path, *(f"{i}.png" for i in range(8)), size_hw=(30, 40))
    coco(tmp_path / "a/train.json", range(6))
    coco(tmp_path / "a/test.json", range(5, 8), square=[0.0, 0, 5, 0, 5, 5, 0, 5])
    coco(tmp_path / "b/some.json", range(2))
    with pytest.raises(DataError, match=r"differ about 5\.png"):
        open_dataset(tmp_path)
