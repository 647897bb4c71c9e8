"""Folders as tools export them and people gather them: masks by lists, a folder or a table a mask, transparency."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, Pixels, binary, ids, numbered, photo, save, text


def of_class(number: int, class_id: int) -> Pixels:
    return np.asarray(ids(number) == class_id, dtype=np.uint8)


def celebamask(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"CelebA-HQ-img/{k}.jpg", photo(k))
        for class_id, name in ((1, "skin"), (2, "hair")):
            save(root / f"CelebAMask-HQ-mask-anno/{k // 5}/{k:05}_{name}.png", of_class(k, class_id) * 255)


def openimages(root: Path) -> None:
    rows = ["MaskPath,ImageID,LabelName,BoxID"]
    for k in range(COUNT):
        save(root / f"train/{k:016x}.jpg", photo(k))
        for class_id, name in ((1, "disc"), (2, "box")):
            mask = f"{k:016x}_m{name}_{class_id:08x}.png"
            save(root / f"masks/{mask}", of_class(k, class_id).astype(bool))
            rows.append(f"{mask},{k:016x},{name},{class_id:08x}")
    text(root / "train-annotations-object-segmentation.csv", "\n".join(rows) + "\n")


def freiburg_forest(root: Path) -> None:
    for k in range(COUNT):
        name = f"b{k // 3 + 1}-{9517 + k * 40:05}"
        save(root / f"train/rgb/{name}_Clipped.jpg", photo(k))
        save(root / f"train/nir_color/{name}.jpg", photo(k + 40))
        save(root / f"train/GT_color/{name}_Clipped.png", COLOURS[ids(k)])


def json_lines(root: Path) -> None:
    lines = []
    for k in range(COUNT):
        save(root / f"pics/a{k * 7}.jpg", photo(k))
        save(root / f"ann/z{99 - k}.png", ids(k))
        lines.append(json.dumps({"image": f"pics/a{k * 7}.jpg", "annotation": f"ann/z{99 - k}.png"}))
    text(root / "train.jsonl", "\n".join(lines))


def json_parts(root: Path) -> None:
    parts: dict[str, list[dict[str, str]]] = {"training": [], "validation": []}
    for k in range(COUNT):
        save(root / f"pics/a{k * 7}.jpg", photo(k))
        save(root / f"ann/z{99 - k}.png", ids(k))
        part = "training" if k < 6 else "validation"
        parts[part].append({"image": f"./pics/a{k * 7}.jpg", "label": f"./ann/z{99 - k}.png"})
    text(root / "dataset.json", json.dumps({"name": "pictures", **parts}))


def names_in_yaml(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/{k:03}.jpg", photo(k))
        save(root / f"masks/{k:03}.png", ids(k))
    text(root / "metadata.yaml", "version: 2\nclasses:\n  0: background\n  1: disc\n  2: box\n")


NAMES: dict[Callable[[Path], None], tuple[str, ...]] = {
    celebamask: ("background", "hair", "skin"),
    openimages: ("background", "box", "disc"),
    freiburg_forest: ("background", "class 1", "class 2"),
    json_lines: ("background", "class 1", "class 2"),
    json_parts: ("background", "class 1", "class 2"),
    names_in_yaml: ("background", "disc", "box"),
}


@pytest.mark.parametrize("draw", NAMES, ids=lambda draw: draw.__name__)
def test_several_classes_are_read_as_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.names == NAMES[draw]
    masks = numbered(data) if draw is not freiburg_forest else numbered(annotated(data))
    ids_of = {"skin": 1, "disc": 1, "class 1": 1, "hair": 2, "box": 2, "class 2": 2}
    order = np.array([ids_of.get(name, 0) for name in data.classes.names])
    assert sorted(masks) == list(range(COUNT))
    assert all(np.array_equal(order[mask], ids(k)) for k, mask in masks.items())


def annotated(data: Dataset) -> Dataset:
    return replace(data, samples=tuple(sample for sample in data.samples if sample.truth is not None))


def test_lists_in_json_give_the_parts(tmp_path: Path) -> None:
    json_parts(tmp_path)
    assert [s.part for s in open_dataset(tmp_path).samples].count("val") == 3


def test_masks_in_a_folder_a_photo_are_one_object_where_few_photos_have_several(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"box/test/anomalies/{k:03}.png", photo(k))
        for class_id in (1, 2):
            save(tmp_path / f"box/ground_truth/anomalies/{k:03}/{class_id - 1:03}.png", of_class(k, class_id) * 255)
    masks = numbered(open_dataset(tmp_path))
    assert all(np.array_equal(mask, binary(k)) for k, mask in masks.items())
    assert len(masks) == COUNT


def test_numbered_masks_in_a_folder_a_photo_are_not_those_of_photos_with_these_numbers(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.jpg", photo(k))
        for class_id in (1, 2):
            save(tmp_path / f"masks/{k}/{class_id - 1}.png", of_class(k, class_id) * 255)
    masks = numbered(open_dataset(tmp_path))
    assert all(np.array_equal(mask, binary(k)) for k, mask in masks.items())
    assert len(masks) == COUNT


def test_the_transparency_of_photos_is_their_mask_where_there_is_no_other(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{k:03}.png", np.dstack([photo(k), binary(k) * 255]))
    data = open_dataset(tmp_path)
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())
    assert [f.code for f in file_findings(data)] == ["folder-reading"]


def test_cut_outs_without_their_photos_are_refused(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{k:03}.png", np.dstack([photo(k) * binary(k)[:, :, None], binary(k) * 255]))
    with pytest.raises(DataError, match=r"cut away .*: put the photos as they were taken in .*images"):
        open_dataset(tmp_path)
