"""Masks without names stand for the model's classes only by the values that they store."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.workflows.run_evaluation import _as_the_model_names


def masks(root: Path, *values: int, listed: str = "") -> Dataset:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number in range(4):
        mask, photo = np.zeros((64, 64), np.uint8), np.random.default_rng(number).integers(0, 256, (64, 64, 3))
        for place, value in enumerate(values):
            mask[10 + 20 * place : 25 + 20 * place, 10:40] = value
        Image.fromarray(photo.astype(np.uint8)).save(root / "images" / f"{number}.png")
        Image.fromarray(mask).save(root / "masks" / f"{number}.png")
    if listed:
        (root / "classes.csv").write_text(listed)
    return open_dataset(root)


def coco(root: Path) -> Dataset:
    root.mkdir()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(root / "0.png")
    outline = {7: [5, 5, 30, 5, 30, 12, 5, 12], 9: [5, 30, 30, 30, 30, 40, 5, 40]}
    annotations = [
        {"id": i, "image_id": 0, "category_id": i, "segmentation": [outline[i]], "bbox": [5, 5, 25, 9], "iscrowd": 0}
        for i in outline
    ]
    categories = [{"id": 7, "name": "wall"}, {"id": 9, "name": "car"}]
    images = [{"id": 0, "file_name": "0.png", "width": 64, "height": 64}]
    written = {"images": images, "annotations": annotations, "categories": categories}
    (root / "annotations.json").write_text(json.dumps(written))
    return open_dataset(root)


def test_names_for_the_same_values_are_taken_and_said(tmp_path: Path) -> None:
    model, said = masks(tmp_path / "train", 1, 2).classes, list[str]()
    listed = masks(tmp_path / "listed", 1, 2, listed="id,name\n0,background\n1,dog\n2,cat\n")
    assert _as_the_model_names(listed, model, tell=said.append).classes == model
    assert said == [f"{listed.root}: dog as class 1, cat as class 2 of the model, by the values in the masks"]


def test_other_classes_are_refused_where_the_model_has_only_numbers(tmp_path: Path) -> None:
    model = masks(tmp_path / "train", 1, 2).classes
    for other in (coco(tmp_path / "coco"), masks(tmp_path / "gap", 1, 3)):
        with pytest.raises(DataError, match=r"has the classes .*, the model background, class 1, class 2"):
            _as_the_model_names(other, model, tell=print)
