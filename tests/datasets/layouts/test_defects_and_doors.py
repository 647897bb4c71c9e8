"""Folders of defects counted down from 255, of faultless photos, of depths, and of objects numbered in two channels."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, binary, ids, numbered, photo, save, text


def defects(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"box/test/bad/{k:03}.png", photo(k))
        for place, value in enumerate((255, 246)):
            mask = np.where(ids(k) == place + 1, value, 0).astype(np.uint8)
            save(root / f"box/ground_truth/bad/{k:03}/{place:03}.png", mask)


def test_values_counted_down_from_255_are_classes_and_said(tmp_path: Path) -> None:
    defects(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "class 246", "class 255")
    assert "counted down from 255" in str(data.facts.masks and data.facts.masks.guessed)


def test_a_list_of_defects_names_the_values_of_pixels(tmp_path: Path) -> None:
    defects(tmp_path)
    rows = [{"defect_name": name, "pixel_value": value} for name, value in (("toast", 255), ("nuts", 246))]
    text(tmp_path / "box/defects_config.json", json.dumps(rows))
    data = open_dataset(tmp_path)
    assert set(data.classes.names) == {"background", "toast", "nuts"}
    toast = data.classes.names.index("toast")
    assert all(np.array_equal(mask == toast, ids(k) == 1) for k, mask in numbered(data).items())


def test_photos_without_defects_are_background_where_a_mask_or_two_are_missing(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Defect_images/{k:04}_02.png", photo(k))
        if k:
            save(tmp_path / f"Mask_images/{k:04}_02_mask.png", binary(k) * 255)
        save(tmp_path / f"NODefect_images/23-21u/{k:04}_00.png", photo(k + 20))
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples if sample.truth is None] == ["Defect_images/0000_02.png"]


def test_depths_in_a_tree_of_their_own_are_no_photos(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Segmentation/Images/Door{k}.png", photo(k))
        save(tmp_path / f"Segmentation/Annotations/Door{k}.png", COLOURS[binary(k)])
        save(tmp_path / f"Classification/Depth/Train/Open/Door{k}.png", photo(k + 20).mean(axis=2).astype(np.uint8))
    assert len(open_dataset(tmp_path)) == COUNT


def test_a_channel_of_few_values_among_too_many_colours_is_named_with_the_way_to_it(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"rgb/{k}.png", photo(k))
        mask = np.zeros((96, 128, 3), np.uint8)
        mask[..., 0] = 3 + (ids(k) == 1)
        mask[..., 1], mask[..., 2] = 3 + np.arange(128) // 10, (3 + k + np.arange(96) // 12)[:, None]
        save(tmp_path / f"mask/{k}.png", mask)
    evidence = " ".join(f.evidence for f in file_findings(open_dataset(tmp_path)) if f.code == "mask-values")
    assert "the channel R takes 2 values alone" in evidence
    subprocess.run(evidence.split("`")[1].replace("python", sys.executable, 1), shell=True, check=True)
    data = open_dataset(tmp_path, options=ReadOptions(masks="mask_R"))
    assert all(np.array_equal(mask == mask.max(), ids(k) == 1) for k, mask in numbered(data).items())
    assert np.asarray(cv2.imread(str(tmp_path / "mask/0.png"))).any()


def test_red_is_the_class_where_green_numbers_objects_in_16_bits(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"RGB/{k}.png", photo(k))
        mask = np.zeros((96, 128, 3), np.uint16)
        mask[..., 2] = 3 * ids(k)
        mask[..., 1] = (ids(k) == 2) * (np.arange(128) // 16 % (2 + k % 3))
        (tmp_path / "LABELS").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / f"LABELS/{k}.png"), mask)
    data = open_dataset(tmp_path)
    assert "red is the class, and green numbers its objects" in str(data.facts.masks and data.facts.masks.guessed)
    assert all(np.array_equal(mask, 3 * ids(k)) for k, mask in numbered(data).items())


def test_small_numbers_beside_one_large_code_are_no_shades(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        mask = ids(k) + (ids(k) == 0) * 253
        mask[:8, :8] = 3
        save(tmp_path / f"masks/{k}.png", mask.astype(np.uint8))
    assert {"class 1", "class 2", "class 3", "class 253"} <= set(open_dataset(tmp_path).classes.names)


def test_masks_of_the_borders_of_others_are_not_used_and_named(tmp_path: Path) -> None:
    for k in range(COUNT):
        place = "Train" if k < 6 else "Test"
        save(tmp_path / f"COD/{place}/Image/{k}.jpg", photo(k))
        edges = cv2.morphologyEx(binary(k), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        save(tmp_path / f"COD/{place}/GT_Object/{k}.png", binary(k) * 255)
        save(tmp_path / f"COD/{place}/GT_Edge/{k}.png", edges * 255)
        save(tmp_path / f"COD/{place}/GT_Instance/{k}.png", COLOURS[ids(k)])
    text(tmp_path / "Info/readme.txt", "classes of animals")
    data = open_dataset(tmp_path)
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())
    assert [sample.part for sample in data.samples] == ["test"] * 3 + ["train"] * 6
    unused = " ".join(f.evidence for f in file_findings(data) if f.code == "file-unused")
    assert "GT_Edge (draws the borders of GT_" in unused


def test_label_files_of_two_versions_are_refused_with_their_folders(tmp_path: Path) -> None:
    for version, name in (("by_material", "metal"), ("by_object", "can")):
        for part, numbers in (("train", range(4)), ("val", range(4, 6))):
            images = [{"id": k, "file_name": f"{k}.png", "width": 128, "height": 96} for k in numbers]
            drawn = [[10, 10, 60, 10, 60, 50]]
            shapes = [{"id": k, "image_id": k, "category_id": 1, "segmentation": drawn} for k in numbers]
            content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": name}]}
            text(tmp_path / f"{version}/instances_{part}.json", json.dumps(content))
            for k in numbers:
                save(tmp_path / f"{version}/{part}/{k}.png", photo(k))
    with pytest.raises(DataError, match=rf"give {tmp_path}/by_material or {tmp_path}/by_object, or the path"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path / "by_object", options=ReadOptions())
    assert [sample.part for sample in data.samples] == ["train"] * 4 + ["val"] * 2
