"""COCO files that number the same names differently are named; files that agree are not."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset

BOX = [10, 10, 60, 10, 60, 50, 10, 50]


def written(folder: Path, names_by_part: dict[str, list[str]]) -> Path:
    for part, names in names_by_part.items():
        (folder / part).mkdir(parents=True)
        images, annotations = [], []
        for number, _ in enumerate(names):
            file = f"{part}_{number}.png"
            noise = np.random.default_rng(number).integers(0, 255, (80, 100, 3), np.uint8)
            cv2.imwrite(str(folder / part / file), noise)
            images.append({"id": number, "file_name": file, "width": 100, "height": 80})
            annotations.append(
                {"id": number, "image_id": number, "category_id": number, "segmentation": [BOX], "iscrowd": 0}
            )
        categories = [{"id": i, "name": name} for i, name in enumerate(names)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / f"{part}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("validation", "expected"),
    [(["hood", "door", "lamp"], True), (["door", "hood", "lamp"], False), (["door", "hood"], False)],
)
def test_only_other_numbers_of_the_same_names_are_named(tmp_path: Path, validation: list[str], expected: bool) -> None:
    dataset = open_dataset(written(tmp_path, {"train": ["door", "hood", "lamp"], "val": validation}))
    found = [f for f in check(dataset) if f.code == "class-ids-differ"]
    assert bool(found) is expected
    if expected:
        assert "2 of 3 classes" in found[0].evidence
