"""How COCO files name their photos: by file, or by an address alone; an id names no file."""

import json
from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import binary, photo, save, text

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]


def of_lvis(root: Path, *, with_address: bool) -> None:
    images = []
    for k in range(3):
        save(root / f"train2017/{k:012}.jpg", photo(k))
        address = {"coco_url": f"http://images.cocodataset.org/train2017/{k:012}.jpg"} if with_address else {}
        images.append({"id": k + 1, "width": 128, "height": 96, **address})
    shapes = [{"id": k + 1, "image_id": k + 1, "category_id": 1, "segmentation": [SQUARE]} for k in range(3)]
    content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "disc"}]}
    text(root / "lvis_v1_train.json", json.dumps(content))


def test_the_end_of_an_address_names_the_photo_and_its_id_does_not(tmp_path: Path) -> None:
    of_lvis(tmp_path, with_address=True)
    samples = open_dataset(tmp_path).samples
    assert [sample.name for sample in samples] == [f"train2017/{k:012}.jpg" for k in range(3)]
    assert all(sample.truth for sample in samples)


def test_photos_without_a_name_are_refused(tmp_path: Path) -> None:
    of_lvis(tmp_path, with_address=False)
    with pytest.raises(DataError, match=r"image 1 has neither file_name nor coco_url: add file_name"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("drawn", [True, False])
def test_photos_that_are_not_listed_show_background_where_masks_beside_say_so(tmp_path: Path, drawn: bool) -> None:
    of_lvis(tmp_path, with_address=True)
    for k in range(4):
        save(tmp_path / f"train2017/{k:012}.jpg", photo(k))
        save(tmp_path / f"GT_Object/{k:012}.png", binary(k) * 255 * (drawn and k < 3))
    data = open_dataset(tmp_path / "lvis_v1_train.json")
    assert [sample.truth is not None for sample in data.samples] == [True, True, True, drawn]
    assert not drawn or not data.mask(data.samples[3]).any()


def test_photos_that_are_not_listed_are_of_the_part_of_their_folder(tmp_path: Path) -> None:
    for part, number in (("Train", 0), ("Test", 1)):
        for k in range(4):
            save(tmp_path / f"{part}/Image/{number}{k}.jpg", photo(k))
            save(tmp_path / f"{part}/GT_Object/{number}{k}.png", binary(k) * 255 * (k < 3))
        images = [{"id": k, "file_name": f"{number}{k}.jpg", "width": 128, "height": 96} for k in range(3)]
        shapes = [{"id": k, "image_id": k, "category_id": 1, "segmentation": [[9, 9, 60, 9, 60, 50]]} for k in range(3)]
        content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "fish"}]}
        (tmp_path / f"{part}/Instance_{part}.json").write_text(json.dumps(content))
    data = open_dataset(tmp_path)
    assert {sample.name: sample.part for sample in data.samples if sample.name.endswith("3.jpg")} == {
        "Test/Image/13.jpg": "test",
        "Train/Image/03.jpg": "train",
    }


def test_a_lost_photo_is_not_found_among_others_of_the_same_names(tmp_path: Path) -> None:
    for k in range(1, 4):
        save(tmp_path / f"images/{k}.jpg", photo(k))
    for k in range(1, 5):
        save(tmp_path / f"test/{k}.jpg", photo(10 + k))
    images = [{"id": k, "file_name": f"{k}.jpg", "width": 128, "height": 96} for k in range(1, 5)]
    shapes = [{"id": k, "image_id": k, "category_id": 1, "segmentation": [SQUARE]} for k in range(1, 5)]
    content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "disc"}]}
    text(tmp_path / "labels.json", json.dumps(content))
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples if sample.photo.is_file()] == [f"images/{k}.jpg" for k in (1, 2, 3)]
    assert [name for name, header in data.facts.headers.items() if header.trouble == "missing"] == ["4.jpg"]
