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


def kitti_road(root: Path, *, lanes: bool) -> None:
    for k in range(COUNT):
        kind = ("um", "umm", "uu")[k % 3]
        save(root / f"image_2/{kind}_{k // 3:06}.png", photo(k))
        colours = np.array([(255, 0, 0), (255, 0, 255)], dtype=np.uint8)
        save(root / f"gt_image_2/{kind}_road_{k // 3:06}.png", colours[binary(k)])
        if lanes and kind == "um":
            save(root / f"gt_image_2/{kind}_lane_{k // 3:06}.png", colours[of_class(k, 1)])


def test_words_inside_the_names_of_masks_are_overlooked(tmp_path: Path) -> None:
    kitti_road(tmp_path, lanes=False)
    data = open_dataset(tmp_path)
    masks = numbered(data)
    assert sorted(masks) == list(range(COUNT))
    assert all(np.array_equal(mask == 1, binary(k) > 0) for k, mask in masks.items())
    assert ["inside the mask's name" in f.evidence for f in file_findings(data) if f.code == "name-differs"] == [True]


def test_kinds_of_masks_that_differ_by_a_word_inside_their_names_are_asked_about(tmp_path: Path) -> None:
    kitti_road(tmp_path, lanes=True)
    with pytest.raises(
        DataError, match=r"regions of lane lie within those of road: .*data\.masks=lane, or --set data\.masks=road$"
    ):
        open_dataset(tmp_path)


def test_words_that_all_names_of_a_folder_share_are_overlooked(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"camera/{2018 + k % 3}_camera_front_{k:09}.png", photo(k))
        save(tmp_path / f"label/{2018 + k % 3}_label_front_{k:09}.png", ids(k))
    masks = numbered(open_dataset(tmp_path))
    assert len(masks) == COUNT
    assert all(np.array_equal(mask, ids(k)) for k, mask in masks.items())


def test_kinds_of_masks_some_of_which_are_empty_are_classes(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"photos/ISIC_{k:07}.jpg", photo(k))
        for class_id, name in ((1, "globules"), (2, "streaks"), (3, "cysts")):
            save(tmp_path / f"truth/ISIC_{k:07}_attribute_{name}.png", of_class(k, class_id) * 255)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "attribute cysts", "attribute globules", "attribute streaks")


def test_photos_of_faultless_things_may_lie_in_folders_of_that_name(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Defect_images/{k:04}.png", photo(k))
        save(tmp_path / f"Mask_images/{k:04}_mask.png", binary(k) * 255)
    for k in range(3):
        save(tmp_path / f"NODefect_images/2306881-210020u/{k + 50:04}.png", photo(k + 60))
    data = open_dataset(tmp_path)
    assert sum(sample.truth is not None for sample in data.samples) == COUNT + 3


def test_heights_beside_photos_and_masks_are_not_used(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"2_Ortho_RGB/top_{k:02}_RGB.tif", photo(k))
        save(tmp_path / f"5_Labels_all/top_{k:02}_label.tif", COLOURS[ids(k)])
        save(tmp_path / f"1_DSM/dsm_{k:02}.tif", photo(k).mean(axis=2).astype(np.float32))
    data = open_dataset(tmp_path)
    assert len(data.samples) == COUNT
    (unused,) = [f for f in file_findings(data) if f.code == "file-unused"]
    assert "fractions, as heights and depths" in unused.evidence


@pytest.mark.parametrize("kind", ["brush", "cellpose", "segment anything", "jpeg", "jpeg in train_gt"])
def test_masks_that_cannot_be_read_are_refused_with_what_to_do(kind: str, tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k:08x}-p{k}.jpg", photo(k))
        match kind:
            case "brush":
                save(tmp_path / f"masks/task-{k + 101}-annotation-{k + 5}-by-1-tag-Disc-0.png", binary(k) * 255)
            case "cellpose":
                (tmp_path / f"images/{k:08x}-p{k}_seg.npy").write_bytes(b"\x93NUMPY")
            case "segment anything":
                image = {"image_id": k, "file_name": f"{k:08x}-p{k}.jpg", "width": 128, "height": 96}
                text(tmp_path / f"images/{k}.json", json.dumps({"image": image, "annotations": []}))
            case _:
                folder = "masks" if kind == "jpeg" else "train_gt/train_gt"
                save(tmp_path / f"{folder}/{k:08x}-p{k}.jpg", COLOURS[ids(k)])
    words = {
        "brush": "brush export of Label Studio.*export JSON",
        "cellpose": "Cellpose's _seg.npy.*Save masks as PNG",
        "segment anything": "Segment Anything json.*into one PNG",
        "jpeg": "many colours of a photo.*in the nearest of these: python -c",
        "jpeg in train_gt": "train_gt/train_gt.*many colours of a photo",
    }
    with pytest.raises(DataError, match=words[kind]):
        open_dataset(tmp_path)


def test_plain_pictures_in_a_folder_of_images_are_the_photos(tmp_path: Path) -> None:
    for k in range(3):
        plain = np.full((96, 128, 3), 200, dtype=np.uint8)
        plain[:20] = 0
        save(tmp_path / f"images/{k}.png", plain)
        save(tmp_path / f"masks/{k}.png", ids(k))
    data = open_dataset(tmp_path)
    assert [sample.name for sample in data.samples] == [f"images/{k}.png" for k in range(3)]
    assert all(np.array_equal(data.mask(sample), ids(k)) for k, sample in enumerate(data.samples))


def two_cvat_tasks(root: Path, *, swapped: bool) -> None:
    """Write two tasks as CVAT's segmentation masks, their photos beside, with the same names of frames in both."""
    for task in (1, 2):
        folder = root / f"task_ride_{task}_dataset_2025_03_0{task}_10_22_31_segmentation mask 1.1"
        colours = np.array([(0, 0, 0), (250, 50, 83), (61, 61, 245)], np.uint8)
        names = ["box", "disc"] if swapped and task == 2 else ["disc", "box"]
        used = colours[[0, 2, 1]] if swapped and task == 2 else colours
        for k in range(4):
            save(root / f"photos/ride_{task}/frame_{k:06}.png", photo(4 * (task - 1) + k))
            save(folder / f"SegmentationClass/frame_{k:06}.png", used[ids(4 * (task - 1) + k)])
        rows = [f"{name}:{red},{green},{blue}::" for name, (red, green, blue) in zip(names, colours[1:], strict=True)]
        text(folder / "labelmap.txt", "\n".join(["# label:color_rgb:parts:actions", "background:0,0,0::", *rows]))


def test_masks_of_two_tasks_go_to_the_photos_whose_folder_the_task_is_called_after(tmp_path: Path) -> None:
    two_cvat_tasks(tmp_path, swapped=False)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "disc", "box")
    assert sorted(numbered(data)) == list(range(8))
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


def test_tasks_that_give_one_colour_to_two_classes_are_not_read_together(tmp_path: Path) -> None:
    two_cvat_tasks(tmp_path, swapped=True)
    with pytest.raises(DataError, match=r"gives the colour #fa3253 to '.*', and .* to '.*': masks of the two cannot"):
        open_dataset(tmp_path)
