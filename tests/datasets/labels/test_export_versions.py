"""Two exports of one Roboflow project in one folder: which one counts is asked."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import Pixels, photo, save

RING = [10, 10, 60, 10, 60, 60, 10, 60]
PARTS = ("train", "train", "train", "valid", "test")


def export(root: Path, code: str, *, first: int = 0, flipped: bool = False) -> None:
    """Write photos of the names IMG_0 to IMG_4 with their COCO files, as Roboflow does."""
    images: dict[str, list[object]] = {}
    for number, part in enumerate(PARTS):
        pixels: Pixels = photo(first + number)
        name = f"IMG_{number}_JPG.rf.{code}{number:08x}.png"
        save(root / part / name, np.ascontiguousarray(pixels[:, ::-1]) if flipped else pixels)
        images.setdefault(part, []).append({"id": len(images.get(part, [])), "file_name": name})
    for part, listed in images.items():
        annotations = [
            {"id": i, "image_id": i, "category_id": 1, "segmentation": [RING], "iscrowd": 0} for i in range(len(listed))
        ]
        content = {"images": listed, "annotations": annotations, "categories": [{"id": 1, "name": "crack"}]}
        (root / part / "_annotations.coco.json").write_text(json.dumps(content))


@pytest.mark.parametrize("flipped", [False, True])
def test_two_exports_of_the_same_photos_are_asked_about(tmp_path: Path, flipped: bool) -> None:
    export(tmp_path / "cracks.v1i.coco", "aaaaaaaa")
    export(tmp_path / "cracks.v3i.coco", "bbbbbbbb", flipped=flipped)
    with pytest.raises(DataError, match="2 exports of the same photos") as refused:
        open_dataset(tmp_path)
    way = re.search(r"that counts, (\S+) or (\S+)", str(refused.value))
    assert way is not None
    assert [len(open_dataset(way[i])) for i in (1, 2)] == [5, 5]


def test_exports_of_two_projects_whose_photos_share_names_are_one_set(tmp_path: Path) -> None:
    export(tmp_path / "cracks.v1i.coco", "aaaaaaaa")
    export(tmp_path / "holes.v1i.coco", "bbbbbbbb", first=40)
    assert len(open_dataset(tmp_path)) == 10
