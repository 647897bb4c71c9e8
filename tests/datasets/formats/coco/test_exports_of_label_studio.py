"""COCO and YOLO as Label Studio 1.23 exports them: names with eight letters in front, and sides before the rotation."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import photo, save, text
from tests.support.rotated_photos import QUARTER_TURN, save_rotated

LABEL_STUDIO = {"year": 2026, "version": "1.0", "description": "", "contributor": "Label Studio", "url": ""}
BOX_SHARES = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.75), (0.25, 0.75))
"""The corners of an object, in shares of the upright photo."""


def _phone_photo(file: Path, *, rotated: bool) -> tuple[int, int]:
    """Write a photo of 128x96 pixels, upright or with an EXIF rotation by a quarter; return its sides as stored."""
    file.parent.mkdir(parents=True, exist_ok=True)
    save_rotated(file, Image.fromarray(photo(0)), orientation=QUARTER_TURN if rotated else 1)
    with Image.open(file) as image:
        return image.size


def _project(root: Path, *, rotated: bool, contributor: str = "Label Studio") -> None:
    wide, high = _phone_photo(root / "IMG_1.jpg", rotated=rotated)
    ring = [value for x, y in BOX_SHARES for value in (x * wide, y * high)]
    content = {
        "images": [{"id": 0, "width": wide, "height": high, "file_name": "images/4e06b349-IMG_1.jpg"}],
        "categories": [{"id": 0, "name": "grid"}],
        "annotations": [{"id": 0, "image_id": 0, "category_id": 0, "segmentation": [ring], "iscrowd": 0}],
        "info": {**LABEL_STUDIO, "contributor": contributor},
    }
    text(root / "result.json", json.dumps(content))


@pytest.mark.parametrize("rotated", [False, True])
def test_shares_of_the_upright_photo_are_multiplied_by_its_sides_as_stored(tmp_path: Path, rotated: bool) -> None:
    _project(tmp_path, rotated=rotated)
    dataset = open_dataset(tmp_path)
    mask = dataset.mask(dataset.samples[0])
    high, wide = mask.shape
    assert (high > wide) == rotated
    truth = np.zeros_like(mask)
    truth[high // 4 : 3 * high // 4, wide // 4 : wide // 2] = 1
    assert np.array_equal(mask, truth)


def test_the_eight_letters_count_for_label_studio_alone(tmp_path: Path) -> None:
    _project(tmp_path, rotated=False, contributor="somebody")
    with pytest.raises(DataError, match=r"none of the 1 photos named in result\.json was found"):
        open_dataset(tmp_path)


def test_an_archive_without_photos_belongs_beside_them(tmp_path: Path) -> None:
    _project(tmp_path / "project", rotated=False)
    archive = tmp_path / "downloads" / "export.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.write(tmp_path / "project" / "result.json", "result.json")
    with pytest.raises(DataError, match=r"export\.zip holds no photo: put it into the folder of its photos, and give"):
        open_dataset(archive)
    _phone_photo(archive.parent / "IMG_1.jpg", rotated=False)
    assert open_dataset(archive.parent).samples[0].truth is not None


def test_yolo_lines_named_after_uploads_are_refused_by_their_names(tmp_path: Path) -> None:
    save(tmp_path / "IMG_1.png", photo(0))
    text(tmp_path / "export" / "labels" / "4e06b349-IMG_1.txt", "0 0.25 0.25 0.5 0.25 0.5 0.75\n")
    text(tmp_path / "export" / "notes.json", json.dumps({"categories": [], "info": LABEL_STUDIO}))
    with pytest.raises(DataError, match=r"has YOLO lines, but no photo is called 4e06b349-IMG_1: .* YOLO with Images"):
        open_dataset(tmp_path)


def test_photos_that_are_called_by_their_dates_keep_their_own_outlines(tmp_path: Path) -> None:
    names = ("20230101-cam.png", "20230102-cam.png", "cam.png")
    for number, name in enumerate(names):
        save(tmp_path / name, photo(number))
    images = [{"id": k, "width": 128, "height": 96, "file_name": name} for k, name in enumerate(names[:2])]
    ring = [10, 10, 30, 10, 30, 30]
    shapes = [{"id": k, "image_id": k, "category_id": 0, "segmentation": [ring]} for k in range(2)]
    content = {"images": images, "annotations": shapes, "categories": [{"id": 0, "name": "grid"}], "info": LABEL_STUDIO}
    text(tmp_path / "result.json", json.dumps(content))
    assert {sample.name for sample in open_dataset(tmp_path).samples if sample.truth} == set(names[:2])


def test_two_uploads_of_one_name_are_not_one_photo(tmp_path: Path) -> None:
    save(tmp_path / "img.png", photo(0))
    images = [{"id": k, "width": 128, "height": 96, "file_name": f"images/{8 * 'ab'[k]}-img.png"} for k in range(2)]
    shapes = [{"id": 0, "image_id": 0, "category_id": 0, "segmentation": [[9, 9, 60, 9, 60, 50]], "iscrowd": 0}]
    content = {"images": images, "annotations": shapes, "categories": [{"id": 0, "name": "grid"}], "info": LABEL_STUDIO}
    text(tmp_path / "result.json", json.dumps(content))
    with pytest.raises(DataError, match="none of the 2 photos"):
        open_dataset(tmp_path)


def test_coco_of_brush_labels_is_empty_and_refused_with_the_export_that_holds_them(tmp_path: Path) -> None:
    save(tmp_path / "images/aaaaaaaa-img.png", photo(0))
    images = [{"id": 0, "width": 128, "height": 96, "file_name": "images/aaaaaaaa-img.png"}]
    content = {"images": images, "annotations": [], "categories": [{"id": 0, "name": "grid"}], "info": LABEL_STUDIO}
    text(tmp_path / "result.json", json.dumps(content))
    with pytest.raises(DataError, match=r"lists 1 photos and no outline: .* Export the project as JSON"):
        open_dataset(tmp_path)
