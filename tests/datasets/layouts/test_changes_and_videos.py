"""Folders of two pictures of one place, of videos, of depths, and of pictures that hold their own label."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, Pixels, binary, ids, numbered, part, photo, save, text


def groups(root: Path) -> set[frozenset[str]]:
    """Return the photos that stay together, as sets of names."""
    data = open_dataset(root)
    own = {sample.group for sample in data.samples if sample.group is not None}
    return {frozenset(s.name for s in data.samples if s.group == group) for group in own}


def with_changes(number: int) -> Pixels:
    """Return the photo of a later year: brighter, and other things stand where the mask has objects."""
    changed = photo(number).astype(np.int16) + 12
    changed[binary(number) > 0] = 255 - changed[binary(number) > 0]
    return np.clip(changed, 0, 255).astype(np.uint8)


def levir_cd(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"{part(k)}/A/{part(k)}_{k}.png", photo(k))
        save(root / f"{part(k)}/B/{part(k)}_{k}.png", with_changes(k))
        save(root / f"{part(k)}/label/{part(k)}_{k}.png", binary(k) * 255)


def test_photos_before_and_after_a_change_are_asked_about(tmp_path: Path) -> None:
    levir_cd(tmp_path)
    with pytest.raises(DataError, match=r"choose --set data.photo_folder=A or --set data.photo_folder=B"):
        open_dataset(tmp_path)
    chosen = numbered(open_dataset(tmp_path, options=ReadOptions(photo_folder="A")))
    assert all(np.array_equal(mask, binary(k)) for k, mask in chosen.items())


def xbd(root: Path, words: tuple[str, str] = ("pre", "post"), pairs: int = COUNT) -> None:
    for k in range(COUNT):
        for word in words if k < pairs else words[:1]:
            name = f"harvey_{k:08}_{word}_disaster"
            save(root / f"images/{name}.png", photo(k) if word == words[0] else with_changes(k))
            save(root / f"targets/{name}_target.png", ids(k))


@pytest.mark.parametrize("words", [("pre", "post"), ("before", "after"), ("left", "right")])
def test_two_pictures_of_one_place_stay_together(tmp_path: Path, words: tuple[str, str]) -> None:
    xbd(tmp_path, words)
    assert groups(tmp_path) == {
        frozenset(f"images/harvey_{k:08}_{word}_disaster.png" for word in words) for k in range(COUNT)
    }


@pytest.mark.parametrize(("words", "pairs"), [(("pre", "post"), 2), (("red", "blue"), COUNT)])
def test_other_words_in_names_and_a_few_pairs_make_no_groups(
    tmp_path: Path, words: tuple[str, str], pairs: int
) -> None:
    xbd(tmp_path, words, pairs)
    assert groups(tmp_path) == set()


@pytest.mark.parametrize("names", ["{:02x}a8d9f7b1", "video_{}", "{:04}"])
def test_frames_of_a_video_stay_together(tmp_path: Path, names: str) -> None:
    for k in range(2 * 4):
        folder, frame = names.format(k // 2), 5 * (k % 2)
        save(tmp_path / f"JPEGImages/{folder}/{frame:05}.jpg", photo(k))
        save(tmp_path / f"Annotations/{folder}/{frame:05}.png", binary(k))
    assert {len(group) for group in groups(tmp_path)} == {2}


@pytest.mark.parametrize("names", [["cat", "dog", "cow", "hen"], ["class_0", "class_1", "class_2", "class_3"]])
def test_folders_of_classes_are_no_videos(tmp_path: Path, names: list[str]) -> None:
    for k in range(2 * 4):
        save(tmp_path / f"images/{names[k // 2]}/{k % 2:05}.jpg", photo(k))
        save(tmp_path / f"masks/{names[k // 2]}/{k % 2:05}.png", binary(k))
    assert groups(tmp_path) == set()


def test_photos_of_patients_in_a_label_file_stay_together(tmp_path: Path) -> None:
    images = [{"id": k, "file_name": f"patient_{k // 2}/{k}.png", "width": 128, "height": 96} for k in range(6)]
    for k, image in enumerate(images):
        save(tmp_path / str(image["file_name"]), photo(k))
    box = [10.0, 10.0, 40.0, 10.0, 40.0, 40.0]
    shapes = [{"id": k, "image_id": k, "category_id": 1, "segmentation": [box], "iscrowd": 0} for k in range(6)]
    coco = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "lesion"}]}
    text(tmp_path / "labels.json", json.dumps(coco))
    assert groups(tmp_path) == {frozenset(f"patient_{p}/{k}.png" for k in (2 * p, 2 * p + 1)) for p in range(3)}


def test_photos_of_a_label_file_lie_in_data_beside_it_and_masks_of_the_same_names_are_none(tmp_path: Path) -> None:
    for k in range(2):
        save(tmp_path / f"train/data/{k}.png", photo(k))
        save(tmp_path / f"train/sem_seg/{k}.png", ids(k))
    images = [{"id": k, "file_name": f"{k}.png", "width": 128, "height": 96} for k in range(2)]
    shape = {"id": 1, "image_id": 0, "category_id": 1, "segmentation": [[10, 10, 40, 10, 40, 40]], "iscrowd": 0}
    coco = {"images": images, "annotations": [shape], "categories": [{"id": 1, "name": "carton"}]}
    text(tmp_path / "train/labels.json", json.dumps(coco))
    data = open_dataset(tmp_path)
    assert [(sample.name, sample.photo.is_file()) for sample in data.samples] == [
        ("train/data/0.png", True),
        ("train/data/1.png", True),
    ]


def cihp(root: Path) -> None:
    for folder, name, numbers in (("Training", "train", range(6)), ("Validation", "val", range(6, COUNT))):
        for k in numbers:
            save(root / f"{folder}/Images/{k:07}.jpg", photo(k))
            save(root / f"{folder}/Category_ids/{k:07}.png", ids(k))
        text(root / f"{folder}/{name}_id.txt", "\n".join(f"{k:07}" for k in numbers))


def kitti(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"training/image_2/{k:06}_10.png", photo(k))
        save(root / f"training/semantic/{k:06}_10.png", ids(k))
        save(root / f"testing/image_2/{k:06}_10.png", photo(k + COUNT))


@pytest.mark.parametrize(("draw", "parts"), [(cihp, {"train": 6, "val": 3}), (kitti, {"train": COUNT, "test": COUNT})])
def test_every_part_is_kept(tmp_path: Path, draw: Callable[[Path], None], parts: dict[str, int]) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert {name: sum(s.part == name for s in data.samples) for name in parts} == parts
    assert not [finding for finding in file_findings(data) if finding.code == "file-unused"]


def floodnet(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"FloodNet/{part(k)}/{part(k)}-org-img/{6000 + k}.jpg", photo(k))
        save(root / f"FloodNet/{part(k)}/{part(k)}-label-img/{6000 + k}_lab.png", ids(k))
        save(root / f"ColorMasks/ColorMasks-{part(k).capitalize()}Set/{6000 + k}_lab.png", COLOURS[ids(k)])


def test_colours_in_a_folder_a_part_are_one_kind_of_masks(tmp_path: Path) -> None:
    floodnet(tmp_path)
    data = open_dataset(tmp_path)
    assert {s.part for s in data.samples} == {"train", "val"}
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


@pytest.mark.parametrize("colours", [3, 1])
def test_depths_beside_photos_in_colour_are_not_used(tmp_path: Path, colours: int) -> None:
    for k in range(COUNT):
        save(tmp_path / f"scene/color/{k}.png", photo(k)[:, :, :colours].squeeze())
        save(tmp_path / f"scene/depth/{k}.png", photo(k + COUNT)[:, :, 0].astype(np.uint16) * 30)
        save(tmp_path / f"scene/label/{k}.png", binary(k))
    if colours == 1:
        with pytest.raises(DataError, match="fit several pictures each"):
            open_dataset(tmp_path)
    else:
        assert {s.photo.parent.name for s in open_dataset(tmp_path).samples} == {"color"}


@pytest.mark.parametrize("label_first", [False, True])
def test_photo_and_label_side_by_side_are_refused_with_what_to_do(tmp_path: Path, label_first: bool) -> None:
    for k in range(COUNT):
        halves = [photo(k), COLOURS[ids(k)]]
        save(tmp_path / f"{part(k)}/{k}.jpg", np.hstack(halves[::-1] if label_first else halves))
    photos = "right half into images/ and the left" if label_first else "left half into images/ and the right"
    with pytest.raises(DataError, match=f"side by side: cut each in two, the {photos}"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("label_first", [False, True])
def test_halves_that_jpeg_smeared_are_cut_by_the_printed_command(tmp_path: Path, label_first: bool) -> None:
    rng = np.random.default_rng(0)
    colours = np.array([[70, 130, 180], [128, 64, 128], [244, 35, 232], [107, 142, 35], [0, 0, 142], [220, 220, 0]])
    for k in range(COUNT):
        label = colours[np.kron(rng.integers(0, 6, (5, 5)), np.ones((27, 27), int))].astype(np.uint8)
        shades = np.kron(rng.integers(0, 256, (5, 5, 3)), np.ones((27, 27, 1)))
        picture = np.clip(shades + np.linspace(0, 60, 135)[:, None], 0, 255).astype(np.uint8)
        halves = [picture, label]
        save(tmp_path / f"data/{part(k)}/{k}.jpg", np.hstack(halves[::-1] if label_first else halves))
    with pytest.raises(DataError, match="side by side") as refused:
        open_dataset(tmp_path / "data")
    command = str(refused.value).partition("of a new folder: ")[2].rpartition("; then give")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    assert len(list((tmp_path / "data_cut/images").rglob("*.png"))) == COUNT
    with pytest.raises(DataError, match=r"If you know their colours, list these in .*classes\.csv with the columns"):
        open_dataset(tmp_path / "data_cut")
    text(tmp_path / "data_cut/classes.csv", "id,name,colour,ignore\n0,a,#ffffff,\n1,b,#00ff00,\n")
    with pytest.raises(DataError, match=r"classes\.csv lists no colours that nearly all of their pixels are near to"):
        open_dataset(tmp_path / "data_cut")
    rows = [f"{i},c{i},#{r:02x}{g:02x}{b:02x},\n" for i, (r, g, b) in enumerate(colours.tolist())]
    text(tmp_path / "data_cut/classes.csv", "id,name,colour,ignore\n" + "".join(rows))
    with pytest.raises(DataError, match=r"If they mean the 6 colours of classes\.csv"):
        open_dataset(tmp_path / "data_cut")


def test_wide_photos_are_not_taken_for_two_halves(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{k}.jpg", np.hstack([photo(k), photo(k + COUNT)]))
    with pytest.raises(DataError, match="neither an annotation file nor masks"):
        open_dataset(tmp_path)


def test_packed_photos_are_to_be_unpacked_first(tmp_path: Path) -> None:
    for k in range(2):
        path = tmp_path / f"photos/im{k:04}.ppm"
        save(path, photo(k))
        (tmp_path / f"photos/im{k:04}.ppm.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    with pytest.raises(DataError, match=r"im0000\.ppm\.gz is packed: unpack it first"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("masks", [True, False])
def test_boxes_are_no_truth_where_masks_lie_beside(tmp_path: Path, masks: bool) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        text(tmp_path / f"labels/{k}.txt", "0 0.3 0.3 0.2 0.2\n")
        if masks:
            save(tmp_path / f"masks/{k}.png", ids(k))
    if masks:
        assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(open_dataset(tmp_path)).items())
    else:
        with pytest.raises(DataError, match="9 boxes and no outline"):
            open_dataset(tmp_path)


def test_masks_in_steps_of_grey_are_cut_at_half_and_255_is_not_called_ignored(tmp_path: Path) -> None:
    for k in range(COUNT):
        steps = binary(k) * 255
        steps[0, :6] = (0, 51, 102, 153, 204, 255)
        save(tmp_path / f"images/{k}.jpg", photo(k))
        save(tmp_path / f"segmentations/{k}.png", steps)
    codes = {finding.code for finding in file_findings(open_dataset(tmp_path))}
    assert "mask-soft" in codes
    assert "ignore-object" not in codes


@pytest.mark.parametrize(
    ("folders", "held_out"),
    [
        (("train2017", "val2017", "test2017"), 6),
        (("test1", "test2", "test3", "more"), 0),
        (("2020", "2021", "test2022"), 0),
        (("test1", "test2", "train1", "train2"), 0),
        (("test2021", "test2022", "train2021", "train2022"), 0),
    ],
)
def test_a_number_behind_a_part_is_a_year_of_two_parts_or_no_part(
    tmp_path: Path, folders: tuple[str, ...], held_out: int
) -> None:
    for j, folder in enumerate(folders):
        for k in range(3):
            save(tmp_path / f"{folder}/images/{j}{k}.png", photo(k))
            save(tmp_path / f"{folder}/masks/{j}{k}.png", binary(k))
    assert sum(sample.part in ("val", "test") for sample in open_dataset(tmp_path).samples) == held_out


def test_photos_with_a_plain_half_are_not_to_be_cut_in_two(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{k}.png", np.hstack([np.full_like(photo(k), 245), photo(k)]))
    with pytest.raises(DataError) as refusal:
        open_dataset(tmp_path)
    assert "neither an annotation file nor masks" in str(refusal.value)
    assert "cut each in two" not in str(refusal.value)


def test_a_packed_file_beside_photos_is_said_after_what_to_do(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
    (tmp_path / "images.tar.gz").write_bytes(b"packed")
    with pytest.raises(DataError, match=r"neither an annotation file .*; images\.tar\.gz is packed: unpack it if"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("label", "masks"),
    [("0 0.5 0.5 0.2 0.2\n0 0.3 0.3 0.6 0.3 0.6 0.6", "old_masks"), ("0 0.5 0.5 0.2 0.2\n", "")],
)
def test_outlines_are_read_before_masks_and_boxes_are_refused_beside_plots(
    tmp_path: Path, label: str, masks: str
) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        text(tmp_path / f"labels/{k}.txt", label)
        if masks:
            save(tmp_path / f"{masks}/{k}.png", binary(k))
    save(tmp_path / "runs/confusion_matrix.png", ids(0))
    if masks:
        assert open_dataset(tmp_path).format == "yolo"
    else:
        with pytest.raises(DataError, match="export the project for instance segmentation"):
            open_dataset(tmp_path)


def test_photos_are_taken_from_images_before_data(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"data/{k}.png", photo(k + COUNT))
    ring = [4, 4, 30, 4, 30, 30, 4, 30]
    shapes = [{"id": k + 1, "image_id": k + 1, "category_id": 1, "segmentation": [ring]} for k in range(COUNT)]
    pictures = [{"id": k + 1, "file_name": f"{k}.png", "width": 64, "height": 48} for k in range(COUNT)]
    content = {"images": pictures, "annotations": shapes, "categories": [{"id": 1, "name": "disc"}]}
    text(tmp_path / "instances.json", json.dumps(content))
    assert {sample.photo.parent.name for sample in open_dataset(tmp_path).samples} == {"images"}
