"""Folders in which pictures or masks lie there twice, in several versions, or with the numbers of single objects."""

import json
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import check, file_findings
from maskwright.datasets.image_folders.inventory import take_inventory
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, Pixels, binary, ids, numbered, photo, save, text


def discs(number: int) -> Pixels:
    """Return three to five discs, numbered from 1."""
    mask = np.zeros((96, 128), np.uint8)
    y, x = np.mgrid[:96, :128]
    for place in range(3 + number % 3):
        mask[(y - 25 - 15 * (place % 3) - number) ** 2 + (x - 14 - 25 * place) ** 2 <= 81] = place + 1
    return mask


def photo_of(mask: Pixels, number: int) -> Pixels:
    return np.asarray(np.clip(photo(number + 20) + 60 * (mask > 0)[..., None].astype(int), 0, 255), dtype=np.uint8)


def unused(root: Path) -> str:
    return " ".join(f.evidence for f in file_findings(open_dataset(root)) if f.code == "file-unused")


def test_two_photos_of_a_person_have_a_mask_each_and_a_table_keeps_them_together(tmp_path: Path) -> None:
    for k in range(COUNT):
        name = f"{1 + k // 2:04}-{'lr'[k % 2]}"
        save(tmp_path / f"Images/bus_{name}.png", photo(k))
        save(tmp_path / f"Masks/mask_{name}.png", binary(k) * 255)
    rows = [f"bus_{1 + k // 2:04}-{'lr'[k % 2]},{1 + k // 2},benign" for k in range(COUNT)]
    text(tmp_path / "bus_data.csv", "\n".join(["ID,Case,Pathology", *rows]))
    data = open_dataset(tmp_path)
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())
    assert len({sample.group for sample in data.samples}) == 5


def test_masks_of_the_left_and_the_right_side_of_one_photo_stay_two_kinds(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Images/img_{k:04}.png", photo(k))
        for class_id, side in ((1, "l"), (2, "r")):
            save(tmp_path / f"Masks/mask_{k:04}-{side}.png", (ids(k) == class_id).astype(np.uint8) * 255)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "l", "r")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


def two_versions(root: Path, *, other_masks: bool = False) -> None:
    for k in range(COUNT):
        save(root / f"png/images/a{k}.png", photo(k))
        save(root / f"png/masks/a{k}.png", ids(k))
        save(root / f"jpg/images/a{k}.jpg", photo(k))
        save(root / f"jpg/masks/a{k}.png", 2 * binary(k) if other_masks else ids(k))


def test_a_second_copy_of_photos_and_masks_is_left_out(tmp_path: Path) -> None:
    two_versions(tmp_path)
    assert {sample.name.split("/")[0] for sample in open_dataset(tmp_path).samples} == {"png"}
    assert "repeats the photos of png/images, with the same masks" in unused(tmp_path)
    assert f"{COUNT}: jpg/masks/a0.png" in unused(tmp_path)


def test_copies_of_photos_with_other_masks_are_not_left_out(tmp_path: Path) -> None:
    two_versions(tmp_path, other_masks=True)
    assert len(open_dataset(tmp_path).samples) == 2 * COUNT


@pytest.mark.parametrize("other_masks", [False, True])
def test_copies_of_the_photos_of_train_and_test_in_a_folder_of_no_part_count_once(
    tmp_path: Path, other_masks: bool
) -> None:
    for k in range(COUNT):
        part = "test" if k < 2 else "train"
        for folder in ("", f"{part}/"):
            save(tmp_path / f"{folder}images/a{k}.jpg", photo(k))
            save(tmp_path / f"{folder}masks/a{k}.png", ids(k) if folder or not other_masks else 2 * binary(k))
    save(tmp_path / "images/own.jpg", photo(COUNT))
    save(tmp_path / "masks/own.png", ids(COUNT))
    data = open_dataset(tmp_path)
    if other_masks:
        assert len(data.samples) == 2 * COUNT + 1
        return
    assert len(data.samples) == COUNT + 1
    assert {s.name for s in data.samples if s.part is None} == {"images/own.jpg"}
    assert f"{2 * COUNT}: images/a0.jpg" in unused(tmp_path)
    assert "the same photos and masks lie in test/images, train/images, and have their part there" in unused(tmp_path)


def test_a_person_chooses_which_copy_is_left_out(tmp_path: Path) -> None:
    two_versions(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="jpg"))
    assert {sample.name.split("/")[0] for sample in data.samples} == {"jpg"}


def test_copies_in_folders_of_videos_are_left_out_in_each_of_them(tmp_path: Path) -> None:
    for k in range(12):
        for kind in ("jpg", "png"):
            save(tmp_path / f"{kind}/video{k // 4}/images/{k % 4:04}.{kind}", photo(k))
            save(tmp_path / f"{kind}/video{k // 4}/masks/{k % 4:04}.png", ids(k))
    assert {sample.name.split("/")[0] for sample in open_dataset(tmp_path).samples} == {"png"}


@pytest.mark.parametrize("parts", [("train", "test"), ("train", "val", "test")])
def test_copies_in_two_parts_of_a_split_both_stay_and_are_named(tmp_path: Path, parts: tuple[str, ...]) -> None:
    for k in range(6):
        for part in parts:
            save(tmp_path / f"{part}/images/{k}.png", photo(k))
            save(tmp_path / f"{part}/masks/{k}.png", ids(k))
    data = open_dataset(tmp_path)
    assert {sample.part for sample in data.samples} == set(parts)
    assert len(data.samples) == 6 * len(parts)
    assert any(finding.code == "split-leak" for finding in check(data))


def test_photos_of_a_scene_in_fog_and_at_night_are_no_copies(tmp_path: Path) -> None:
    for k in range(COUNT):
        for weather, gain, haze in (("clear", 1.0, 0), ("fog", 0.8, 40), ("night", 0.3, 0)):
            save(tmp_path / f"{weather}/images/{k}.png", (photo(k) * gain + haze).clip(0, 255).astype(np.uint8))
            save(tmp_path / f"{weather}/masks/{k}.png", ids(k))
    assert len(open_dataset(tmp_path).samples) == 3 * COUNT


def test_kinds_of_masks_that_are_called_by_numbers_are_asked_about(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"JPEGImages/{k:05}.png", photo(k))
        for class_id in (1, 2):
            save(tmp_path / f"GroundTruth/{class_id}/{k:05}.png", (ids(k) == class_id).astype(np.uint8) * 255)
    with pytest.raises(DataError, match=r"data\.masks=classes.*data\.masks=union") as refusal:
        open_dataset(tmp_path)
    assert "data.masks=1" not in str(refusal.value)
    union = open_dataset(tmp_path, options=ReadOptions(masks="union"))
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(union).items())


def test_instances_within_classes_are_not_used(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"labels/{k}_labelids.png", ids(k))
        save(tmp_path / f"labels/{k}_instanceids.png", discs(k) * (ids(k) > 0))
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(open_dataset(tmp_path)).items())
    assert "instanceids (numbers single objects of labelids)" in unused(tmp_path)


def test_red_may_hold_the_class_and_green_and_blue_the_number_of_an_object(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"panoptic/{k}.png", np.dstack([ids(k), 0 * ids(k), binary(k) * (k + 1)]))
    data = open_dataset(tmp_path)
    assert len(data.classes) == 3
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_palette_that_shares_its_reds_is_of_classes(tmp_path: Path, everywhere: bool) -> None:
    palette = np.array([(0, 0, 0), (0, 0, 255), (0, 0, 128), (100, 0, 0), (100, 0, 100)], np.uint8)
    for k in range(COUNT):
        mask = np.zeros((96, 128), np.uint8)
        for place in range(4 if everywhere or k % 2 else 3):
            mask[10 + k : 40 + k, 5 + 30 * place : 30 + 30 * place] = place + 1
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", palette[mask])
    assert len(open_dataset(tmp_path).classes) == 5


@pytest.mark.parametrize("step", [0, 31])
def test_objects_in_the_colours_of_a_series_are_asked_about(tmp_path: Path, step: int) -> None:
    series = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255)], np.uint8)
    for k in range(COUNT):
        mask = np.roll(discs(k), (0, step * k), axis=(0, 1)) * np.pad(np.ones((94, 126), np.uint8), 1)
        save(tmp_path / f"rgb_{k}.png", photo_of(mask, k))
        save(tmp_path / f"label_{k}.png", series[mask])
        save(tmp_path / f"depth_{k}.png", (np.arange(96 * 128).reshape(96, 128) + 40 * k).astype(np.uint16))
    with pytest.raises(DataError, match="number single objects"):
        open_dataset(tmp_path)
    one = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    assert len(one.samples) == COUNT


@pytest.mark.parametrize("drift", [0, 5])
def test_structures_that_lie_within_each_other_in_colours_are_classes(tmp_path: Path, drift: int) -> None:
    colours = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)], np.uint8)
    y, x = np.mgrid[:96, :128]
    for k in range(8):
        mask = np.zeros((96, 128), np.uint8)
        for ring in range(1 + k % 4):
            mask[(y - 48) ** 2 + (x - 44 - drift * k) ** 2 <= (40 - 10 * ring) ** 2] = ring + 1
        save(tmp_path / f"images/{k}.png", photo_of(mask, k))
        save(tmp_path / f"masks/{k}.png", colours[mask])
    assert len(open_dataset(tmp_path).classes) == 5


def test_two_colours_in_every_mask_are_classes(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", COLOURS[ids(k)])
    assert len(open_dataset(tmp_path).classes) == 3


def test_versions_of_a_photo_are_refused_with_what_to_do_and_order_is_not_offered(tmp_path: Path) -> None:
    for k in range(6):
        for version in ("0.005", "0.01", "0.02"):
            save(tmp_path / f"foggy/town_{k:06}_image_beta_{version}.png", photo(k))
        for kind in ("labelIds", "instanceIds", "color"):
            save(tmp_path / f"gt/town_{k:06}_gt_{kind}.png", ids(k))
    with pytest.raises(DataError, match="put each version in a folder of its own") as refusal:
        open_dataset(tmp_path)
    assert "order" not in str(refusal.value)


def test_infrared_beside_colour_is_asked_about(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"2_Ortho_RGB/top_{k}_RGB.tif", photo(k))
        infrared = np.dstack([photo(k + 30)[:, :, 0], photo(k)[:, :, 0], photo(k)[:, :, 1]])
        save(tmp_path / f"3_Ortho_IRRG/top_{k}_IRRG.tif", infrared)
        save(tmp_path / f"5_Labels/top_{k}_label.tif", COLOURS[ids(k)])
    with pytest.raises(DataError, match=r"photo_folder=2_Ortho_RGB or --set data\.photo_folder=3_Ortho_IRRG"):
        open_dataset(tmp_path)


def test_videos_are_groups_and_not_the_clips_in_them(tmp_path: Path) -> None:
    for k in range(12):
        clip = tmp_path / f"video{k // 4:02}/video{k // 4:02}_{80 * (k // 2):05}"
        save(clip / f"frame_{k}.png", photo(k))
        save(clip / f"frame_{k}_mask.png", binary(k))
    assert {sample.group for sample in open_dataset(tmp_path).samples} == {"video00", "video01", "video02"}


def test_texts_in_an_array_are_no_picture(tmp_path: Path) -> None:
    (tmp_path / "fold1").mkdir()
    np.save(tmp_path / "fold1/images.npy", np.stack([photo(k) for k in range(COUNT)]))
    np.save(tmp_path / "fold1/masks.npy", np.stack([ids(k) for k in range(COUNT)]))
    np.save(tmp_path / "fold1/types.npy", np.array(["Breast"] * COUNT))
    assert all("types.npy" not in image.path.name for image in take_inventory(tmp_path).images)


def test_layers_of_an_array_that_are_no_classes_are_named_with_the_command_that_takes_one(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.stack([photo(k) for k in range(COUNT)]))
    layers = np.stack([np.dstack([discs(k), ids(k)]) for k in range(COUNT)])
    np.save(tmp_path / "labels.npy", layers)
    with pytest.raises(DataError, match=r"layer 1 holds 3 values.*np\.load\('labels\.npy'\)\[\.\.\., 1\]"):
        open_dataset(tmp_path)
    np.save(tmp_path / "Y.npy", np.load(tmp_path / "labels.npy")[..., 1])
    (tmp_path / "labels.npy").unlink()
    assert len(open_dataset(tmp_path).classes) == 3


def test_a_table_of_numbers_a_photo_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for k in range(4):
        save(tmp_path / f"images/{k:07}.jpg", photo(k))
        rows = "\n".join(" ".join(map(str, row)) for row in ids(k).tolist())
        text(tmp_path / f"labels/{k:07}.regions.txt", rows + "\n")
    with pytest.raises(DataError, match=r"0000000\.regions\.txt is a table of numbers, one a pixel.*save each as PNG"):
        open_dataset(tmp_path)


def test_folders_of_one_class_in_parts_of_other_names_are_one_class(tmp_path: Path) -> None:
    for k in range(COUNT):
        part = ("train", "valid", "test")[k % 3]
        labels = "segmentation label" if part == "valid" else "label"
        save(tmp_path / f"{part}/image/{k}.jpg", photo(k))
        for class_id, name in ((1, "EX"), (2, "HE")):
            save(tmp_path / f"{part}/{labels}/{name}/{k}.tif", (ids(k) == class_id).astype(np.uint8) * 255)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "EX", "HE")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


@pytest.mark.parametrize("day", ["13", "14"])
def test_a_number_that_all_masks_have_in_front_is_left_out_where_photos_have_none(tmp_path: Path, day: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"rgb/nyu_rgb_{k + 1:04}.png", photo(k))
        save(tmp_path / f"labels_13/new_nyu_class13_{k + 1:04}.png", ids(k))
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(open_dataset(tmp_path)).items())
    for path in (tmp_path / "rgb").iterdir():
        path.rename(path.with_name(path.name.replace("rgb", f"day{day}")))
    if day == "14":
        with pytest.raises(DataError, match="no mask is named like a photo"):
            open_dataset(tmp_path)


def test_labelme_files_in_a_folder_a_part_may_call_the_photo_image_name(tmp_path: Path) -> None:
    for k in range(4):
        part = "train" if k < 3 else "validation"
        save(tmp_path / f"images/{part}/p{k}.jpg", photo(k))
        shape = {"label": "Rust", "points": [[10, 10], [40, 10], [40, 30]], "shape_type": "polygon"}
        text(tmp_path / f"annotations/{part}/p{k}.json", json.dumps({"imageName": f"p{k}.jpg", "shapes": [shape]}))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "Rust")
    assert [sample.part for sample in data.samples] == ["train"] * 3 + ["val"]


def test_polygons_in_json_lines_of_azure_are_refused_by_name(tmp_path: Path) -> None:
    save(tmp_path / "images/p.jpg", photo(0))
    line = {"image_url": "AmlDatastore://data/p.jpg", "label": [{"label": "disc", "polygon": [[0.1, 0.2]]}]}
    text(tmp_path / "labeledDatapoints.jsonl", f"{json.dumps(line)}\n{json.dumps(line)}\n")
    with pytest.raises(DataError, match=r"is Azure Machine Learning json lines.*Export, COCO"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("drawn", [True, False])
def test_outlines_on_grey_scans_are_no_photos_and_photos_in_colour_go_before_grey_copies(
    tmp_path: Path, drawn: bool
) -> None:
    for k in range(COUNT):
        grey = photo(k).mean(axis=2).astype(np.uint8)
        other = photo(k)
        if drawn:
            inside = ids(k) > 0
            rim = inside & ~(np.roll(inside, 1, 0) & np.roll(inside, -1, 0) & np.roll(inside, 1, 1))
            other = np.where(rim[..., None], np.array([255, 0, 0], dtype=np.uint8), grey[..., None]).astype(np.uint8)
        save(tmp_path / f"raw/{k}.png", grey)
        save(tmp_path / f"mask/circle/{k}.png", other)
        save(tmp_path / f"mask/number/{k}.png", ids(k))
    folders = {sample.name.rsplit("/", 1)[0] for sample in open_dataset(tmp_path).samples}
    assert folders == ({"raw"} if drawn else {"mask/circle"})
