"""Folders with several versions of the truth, with a band a folder, or with numbers that only part neighbours."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, binary, ids, numbered, part, photo, save, text


def disc_at(x: int, y: int, radius: int = 7) -> Pixels:
    rows, columns = np.mgrid[:96, :128]
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 <= radius**2, dtype=np.uint8)


def test_blank_masks_in_a_folder_that_is_called_images_are_masks(tmp_path: Path) -> None:
    for k in range(COUNT):
        kind = ("Crack", "Fray", "Free")[k % 3]
        save(tmp_path / f"MT_{kind}/Imgs/exp_num_{k}.jpg", photo(k))
        save(tmp_path / f"MT_{kind}/Imgs/exp_num_{k}.png", binary(k) * 255 * (kind != "Free"))
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    assert {s.name for s in data.samples if s.truth is None} == set()
    assert sum(not data.mask(sample).any() for sample in data.samples) == 3


def test_small_regions_of_two_kinds_of_masks_are_not_taken_for_the_same_ones(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"faces/{k}.jpg", photo(k))
        for kind, region in (("eye", disc_at(30, 30, 3)), ("lip", disc_at(60, 60, 3)), ("nose", disc_at(90, 20, 3))):
            save(tmp_path / f"anno/{k:05}_{kind}.png", region * 255)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "eye", "lip", "nose")
    assert all(set(np.unique(data.mask(sample))) == {0, 1, 2, 3} for sample in data.samples)


def test_masks_of_one_ending_in_folders_named_after_parts_are_one_kind(tmp_path: Path) -> None:
    for k in range(COUNT):
        place = "Training/GT" if k < 6 else "Test/Test_GT"
        save(tmp_path / f"{place.split('/')[0]}/Images/eye_{k}.png", photo(k))
        for kind, radius in (("cup", 6), ("disc", 12)):
            save(tmp_path / f"{place}/eye_{k}/SoftMap/eye_{k}_{kind}seg.png", disc_at(60, 50, radius) * 255)
    with pytest.raises(DataError, match=r"cupseg \(9 photos, .*\), discseg \(9 photos, .*\); regions of cupseg lie"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="classes"))
    assert len(data.classes) == 3
    assert all(set(np.unique(data.mask(sample))) == {0, 1, 2} for sample in data.samples)


def test_bands_in_folders_of_the_test_part_are_no_photos_beside_the_band_that_counts(tmp_path: Path) -> None:
    for k in range(COUNT):
        own = "train" if k < 6 else "test"
        for band in ("blue", "green", "red"):
            save(tmp_path / f"{own}_{band}/{band}_patch_{k}.png", photo(k).mean(axis=2).astype(np.uint8))
        if own == "train":
            save(tmp_path / f"train_gt/gt_patch_{k}.png", binary(k) * 255)
    with pytest.raises(DataError, match="the bands blue, green, red of a photo lie in files of their own"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="train_red"))
    assert len(data) == COUNT
    assert sum(sample.truth is None for sample in data.samples) == 3


def versions(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"photos/a_{k}.jpg", photo(k))
        if k < 6:
            save(root / f"labels/train/a_{k}.png", ids(k))
            continue
        for least in (1, 2):
            eroded = ids(k)
            eroded[: 20 * least] = 255
            save(root / f"labels/test/least{least}/a_{k}.png", eroded)


def test_versions_of_the_truth_of_some_photos_are_offered_with_that_of_the_others(tmp_path: Path) -> None:
    versions(tmp_path)
    with pytest.raises(DataError) as raised:
        open_dataset(tmp_path)
    assert "data.masks=labels,least1 " in str(raised.value).replace(",  or", " ").replace(", or", " ")
    data = open_dataset(tmp_path, options=ReadOptions(masks="labels,least1"))
    assert data.classes.names == ("background", "class 1", "class 2")
    assert sum(sample.truth is not None for sample in data.samples) == COUNT


def test_a_class_list_may_end_its_lines_with_an_order_of_drawing(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"base/a{k}.jpg", photo(k))
        save(tmp_path / f"base/a{k}.png", ids(k) + 1)
    text(tmp_path / "label_names.txt", "background 1 1\ndisc 2 9\nbox 3 4\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "disc", "box")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


def coco(path: Path, numbers: range, *, shift: int = 0) -> None:
    images = [{"id": k, "file_name": f"{k}.png", "width": 128, "height": 96} for k in numbers]
    outline = [10 + shift, 10, 60, 10, 60, 50]
    shapes = [{"id": k, "image_id": k, "category_id": 1, "segmentation": [outline]} for k in numbers]
    content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "cell"}]}
    text(path, json.dumps(content))


def test_label_files_that_repeat_those_of_a_split_are_left_out_and_other_ones_refused(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
    coco(tmp_path / "annotations/all/set_train.json", range(6))
    coco(tmp_path / "annotations/all/set_val.json", range(6, COUNT))
    coco(tmp_path / "annotations/sizes/1_train50percent.json", range(3))
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["val"] * 3
    coco(tmp_path / "annotations/sizes/1_train50percent.json", range(3), shift=20)
    with pytest.raises(DataError, match="differ about 0"):
        open_dataset(tmp_path)


def cells(number: int, *, bright: bool) -> tuple[Pixels, Pixels]:
    """Return a photo and its mask: twenty cells of four values that are used again, each value as bright or not."""
    rng = np.random.default_rng(number)
    mask, picture = np.zeros((96, 128), np.uint8), rng.normal(60, 4, (96, 128))
    for place in range(20):
        value = int(rng.integers(1, 5))
        inside = disc_at(12 + 24 * (place % 5), 12 + 24 * (place // 5), int(rng.integers(5, 11))) == 1
        mask[inside] = value
        picture[inside] += rng.normal(80, 8) + 20 * value * bright
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2), mask


@pytest.mark.parametrize("bright", [False, True])
def test_values_that_tell_touching_objects_apart_are_asked_about_and_kinds_of_cells_are_not(
    tmp_path: Path, *, bright: bool
) -> None:
    for k in range(COUNT):
        picture, mask = cells(k, bright=bright)
        save(tmp_path / f"images/{k}.png", picture)
        save(tmp_path / f"masks/{k}.png", mask)
    if bright:
        assert len(open_dataset(tmp_path).classes) == 5
        return
    with pytest.raises(DataError, match="tell touching objects apart"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, options=ReadOptions(objects="one")).classes.names == ("background", "object")
    assert len(open_dataset(tmp_path, options=ReadOptions(objects="ids")).classes) == 5


def test_elevations_beside_photos_are_not_offered_as_photos(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{part(k)}/images/{k}-ortho.png", photo(k))
        save(tmp_path / f"{part(k)}/elevations/{k}-elev.png", photo(k + 40).mean(axis=2).astype(np.uint8))
        save(tmp_path / f"{part(k)}/labels/{k}-label.png", ids(k))
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    assert any("heights" in finding.evidence for finding in file_findings(data) if finding.code == "file-unused")


def labelme(path: Path, number: int) -> None:
    outline = [[16.0, 30.0], [44.0, 30.0], [44.0, 44.0]]
    shapes: list[dict[str, object]] = [
        {"label": "disc", "points": outline, "shape_type": "polygon", "flags": {}, "group_id": None}
    ]
    sides = {"imagePath": f"{number}.jpg", "imageData": None, "imageHeight": 96, "imageWidth": 128}
    text(path, json.dumps({"version": "4.5.6", "flags": {}, "shapes": shapes, **sides}))


def test_lists_of_parts_beside_files_of_labels_give_the_parts_and_lists_of_few_photos_do_not(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"data/{k}.jpg", photo(k))
        labelme(tmp_path / f"data/{k}.json", k)
    text(tmp_path / "splitting/train.txt", "\n".join(f"{k}.jpg" for k in range(6)))
    text(tmp_path / "splitting/val.txt", "\n".join(f"data/{k}.jpg" for k in range(5, COUNT)))
    parts = [sample.part for sample in open_dataset(tmp_path).samples]
    assert parts == ["train"] * 5 + ["val"] * 4
    text(tmp_path / "splitting/val.txt", "someone else's.jpg\n")
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


def test_turned_copies_in_a_folder_of_their_own_stay_with_their_photo(tmp_path: Path) -> None:
    for k in range(COUNT):
        for folder, turn in (("data", 0), ("aug_data", 2)):
            save(tmp_path / f"{folder}/images/{k}.jpg", np.rot90(photo(k), turn))
            save(tmp_path / f"{folder}/masks/{k}.png", np.rot90(binary(k), turn) * 255)
    groups = [sample.group for sample in open_dataset(tmp_path).samples]
    assert len(set(groups)) == COUNT
    assert None not in groups


def test_masks_beside_photos_of_a_kind_that_is_not_read_name_that_kind(tmp_path: Path) -> None:
    for k in range(COUNT):
        (tmp_path / "scans").mkdir(exist_ok=True)
        (tmp_path / f"scans/{k}.dcm").write_bytes(bytes(128) + b"DICM" + bytes(50))
        save(tmp_path / f"masks/{k}.png", binary(k) * 255)
    with pytest.raises(DataError, match=r"no photos: scans/0\.dcm is DICOM"):
        open_dataset(tmp_path)


def test_texts_named_like_photos_are_named_where_nothing_reads_them(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/img_{k}.jpg", photo(k))
        text(tmp_path / f"gt/gt_img_{k}.txt", "377,117,463,117,465,130,378,130,Genaxis Theatre\n")
    with pytest.raises(DataError, match=r"gt/gt_img_0\.txt is text of a kind that is not read"):
        open_dataset(tmp_path)


def test_a_json_list_of_class_names_names_the_values(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"rgb_images/{k}_FV.png", photo(k))
        save(tmp_path / f"gtLabels/{k}_FV.png", ids(k))
    listed = {"class_names": ["void", "disc", "box"], "class_colors": [[0, 0, 0], [0, 0, 255], [255, 0, 0]]}
    text(tmp_path / "seg_annotation_info.json", json.dumps(listed))
    assert open_dataset(tmp_path).classes.names == ("void", "disc", "box")


def test_a_question_about_many_kinds_says_which_are_classes_by_commas_and_which_nearly_fill_the_photos(
    tmp_path: Path,
) -> None:
    whole = np.ones((96, 128), dtype=np.uint8)
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.jpg", photo(k))
        whole[:, : 4 + 3 * k] = 0
        kinds = {"weed": disc_at(40, 40), "water": disc_at(48, 40), "boundaries": whole}
        for kind, region in kinds.items():
            save(tmp_path / f"labels/{kind}/{k}.png", region * 255)
    with pytest.raises(DataError, match=r"boundaries nearly fill.*choose --set data.masks=water,weed \(names joined"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, options=ReadOptions(masks="water,weed")).classes.names[1:] == ("water", "weed")


def test_digits_of_one_colour_are_classes_by_their_shapes(tmp_path: Path) -> None:
    for k in range(COUNT):
        rng = np.random.default_rng(k)
        picture, mask = rng.normal(60, 4, (96, 128)), np.zeros((96, 128), np.uint8)
        for place in range(15):
            digit = int(rng.integers(1, 7))
            cv2.putText(mask, str(digit), (4 + 25 * (place % 5), 26 + 30 * (place // 5)), 0, 0.8, (digit,), 2)
        picture[mask > 0] += 90
        save(tmp_path / f"images/{k}.png", np.repeat(picture.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2))
        save(tmp_path / f"masks/{k}.png", mask)
    assert len(open_dataset(tmp_path).classes) == 7


@pytest.mark.parametrize("kind", ["cells", "organs", "sizes"])
def test_as_many_cells_in_every_mask_are_asked_about_and_parts_that_differ_are_classes(
    tmp_path: Path, kind: str
) -> None:
    for k in range(COUNT):
        rng = np.random.default_rng(k)
        picture, mask = rng.normal(60, 4, (96, 128)), np.zeros((96, 128), np.uint16)
        for value in range(1, 6):
            radius = 4 + 3 * value if kind == "sizes" else int(rng.integers(7, 11))
            inside = disc_at(10 + 20 * value, 48 + int(rng.integers(-20, 20)), radius) == 1
            mask[inside & (mask == 0)] = value
            picture[mask == value] += 30 * value if kind == "organs" else 80
        save(tmp_path / f"01/t{k:03}.tif", np.repeat(picture.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2))
        save(tmp_path / f"01_GT/SEG/man_seg{k:03}.tif", mask)
    if kind != "cells":
        assert len(open_dataset(tmp_path).classes) == 6
        return
    with pytest.raises(DataError, match=r"values 1 to 5 of the masks seem to number.*data\.objects=one"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, options=ReadOptions(objects="one")).classes.names == ("background", "object")
    assert len(open_dataset(tmp_path, options=ReadOptions(objects="ids")).classes) == 6


@pytest.mark.parametrize("pieces", [1, 2])
def test_values_of_one_piece_in_each_mask_are_classes_with_a_word_on_objects(tmp_path: Path, pieces: int) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.jpg", photo(k))
        mask = sum(v * disc_at(20 + 25 * v, y) for v in (1, 2, 3) for y in (30, 65)[:pieces])
        save(tmp_path / f"masks/{k}.png", np.asarray(mask, dtype=np.uint8))
    data = open_dataset(tmp_path)
    assert len(data.classes) == 4
    assert ("--set data.objects=one" in str(data.facts.masks and data.facts.masks.guessed)) == (pieces == 1)


def test_photos_without_a_mask_stay_where_others_of_their_folder_repeat_those_of_another_part(tmp_path: Path) -> None:
    for k in range(6):
        save(tmp_path / f"images/train/{k}.png", photo(k))
        if k < 3:
            save(tmp_path / f"images/test/{k}.png", photo(k))
        if k < 4:
            save(tmp_path / f"masks/{k}.png", binary(k) * 255)
    data = open_dataset(tmp_path)
    assert {f"images/train/{k}.png" for k in (3, 4, 5)} <= {sample.name for sample in data.samples}
