"""Folders laid out as public datasets are: each is read right, or asked about in words that lead on."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, VOC, binary, ids, numbered, part, photo, save, text


def camvid_of_fastai(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/0016E5_{k:05}.png", photo(k))
        save(root / f"labels/0016E5_{k:05}_P.png", ids(k))
    text(root / "codes.txt", "Void\nDisc\nBox\n")


def ade20k(root: Path) -> None:
    for k in range(COUNT):
        long = "training" if k < 6 else "validation"
        save(root / f"images/{long}/ADE_{part(k)}_{k:08}.jpg", photo(k))
        save(root / f"annotations/{long}/ADE_{part(k)}_{k:08}.png", ids(k))


def roboflow_semantic(root: Path) -> None:
    for k in range(COUNT):
        folder = "train" if k < 6 else "valid"
        save(root / f"{folder}/photo{k}_jpg.rf.{k:032x}.jpg", photo(k))
        save(root / f"{folder}/photo{k}_jpg.rf.{k:032x}_mask.png", ids(k))
        text(root / f"{folder}/_classes.csv", "Pixel Value, Class\n0, background\n1, disc\n2, box\n")


def cvat_segmentation_mask(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"JPEGImages/{k:03}.jpg", photo(k))
        save(root / f"SegmentationClass/{k:03}.png", COLOURS[ids(k)])
        save(root / f"SegmentationObject/{k:03}.png", COLOURS[ids(k)][..., ::-1])
    text(root / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndisc:0,0,255::\nbox:255,0,0::\n")


def labelme_voc_export(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"JPEGImages/{k:03}.jpg", photo(k))
        (root / "SegmentationClass").mkdir(exist_ok=True)
        np.save(root / f"SegmentationClass/{k:03}.npy", ids(k).astype(np.int32))
        save(root / f"SegmentationClassPNG/{k:03}.png", ids(k), VOC)
        grey = np.repeat(photo(k).mean(axis=2, keepdims=True), 3, axis=2)
        save(root / f"SegmentationClassVisualization/{k:03}.jpg", (grey * 0.5 + COLOURS[ids(k)] * 0.5).astype(np.uint8))
    text(root / "class_names.txt", "_background_\ndisc\nbox\n")


def nnunet(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"imagesTr/case_{k:03}_0000.png", photo(k))
        save(root / f"labelsTr/case_{k:03}.png", ids(k))
    text(root / "dataset.json", json.dumps({"labels": {"background": 0, "disc": 1, "box": 2}}))


def mapillary(root: Path) -> None:
    for k in range(COUNT):
        folder = "training" if k < 6 else "validation"
        save(root / f"{folder}/images/{k:022}.jpg", photo(k))
        save(root / f"{folder}/labels/{k:022}.png", ids(k), VOC)
        save(root / f"{folder}/instances/{k:022}.png", ids(k).astype(np.uint16) * 256)


def semantic_drone(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"dataset/original_images/{k:03}.jpg", photo(k))
        save(root / f"dataset/label_images_semantic/{k:03}.png", ids(k))
        save(root / f"RGB_color_image_masks/{k:03}.png", COLOURS[ids(k)])
    text(root / "class_dict_seg.csv", "name, r, g, b\nunlabeled, 0, 0, 0\ndisc, 0, 0, 255\nbox, 255, 0, 0\n")


def suim(root: Path) -> None:
    for k in range(COUNT):
        folder = "train_val" if k < 6 else "TEST"
        save(root / f"{folder}/images/d_r_{k}_.jpg", photo(k))
        save(root / f"{folder}/masks/d_r_{k}_.bmp", COLOURS[ids(k)])


def davis(root: Path) -> None:
    for k in range(COUNT):
        video = "bear" if k < 6 else "swan"
        save(root / f"JPEGImages/480p/{video}/{k:05}.jpg", photo(k))
        save(root / f"Annotations/480p/{video}/{k:05}.png", ids(k), VOC)
    text(root / "ImageSets/2017/train.txt", "bear\n")
    text(root / "ImageSets/2017/val.txt", "swan\n")


def refuge(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"Training400/Glaucoma/g{k:04}.jpg", photo(k))
        save(
            root / f"Annotation-Training400/Disc_Cup_Masks/Glaucoma/g{k:04}.bmp",
            np.array([255, 128, 0], np.uint8)[ids(k)],
        )


CLASSES: dict[Callable[[Path], None], tuple[str, ...]] = {
    camvid_of_fastai: ("Void", "Disc", "Box"),
    ade20k: ("background", "class 1", "class 2"),
    roboflow_semantic: ("background", "disc", "box"),
    cvat_segmentation_mask: ("background", "disc", "box"),
    labelme_voc_export: ("_background_", "disc", "box"),
    nnunet: ("background", "disc", "box"),
    mapillary: ("background", "class 1", "class 2"),
    semantic_drone: ("unlabeled", "disc", "box"),
    suim: ("background", "class 1", "class 2"),
    davis: ("background", "class 1", "class 2"),
    refuge: ("background", "class 128", "class 0"),
}


@pytest.mark.parametrize("draw", CLASSES, ids=lambda draw: draw.__name__)
def test_several_classes_are_read_as_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.names == CLASSES[draw]
    assert data.classes.background == 0
    masks = numbered(data)
    assert sorted(masks) == list(range(COUNT))
    assert all(np.array_equal(mask, ids(k)) for k, mask in masks.items())


def kvasir(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"Kvasir-SEG/images/cju{k:015x}.jpg", photo(k))
        save(root / f"Kvasir-SEG/masks/cju{k:015x}.png", binary(k) * 255)
    text(root / "Kvasir-SEG/kavsir_bboxes.json", json.dumps({f"cju{k:015x}": {"bbox": []} for k in range(COUNT)}))


def massachusetts_roads(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"tiff/{part(k)}/{k}0787_15.tiff", photo(k))
        save(root / f"tiff/{part(k)}_labels/{k}0787_15.tif", np.repeat(binary(k)[:, :, None] * 255, 3, axis=2))
    text(root / "label_class_dict.csv", "name,r,g,b\nbackground,0,0,0\nroad,255,255,255\n")


def crack500(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"{part(k)}crop/20160222_{k}_1.jpg", photo(k))
        save(root / f"{part(k)}crop/20160222_{k}_1.png", binary(k) * 255)


def duts(root: Path) -> None:
    for k in range(COUNT):
        short = "TR" if k < 6 else "TE"
        save(root / f"DUTS-{short}/DUTS-{short}-Image/ILSVRC_{k:08}.jpg", photo(k))
        save(root / f"DUTS-{short}/DUTS-{short}-Mask/ILSVRC_{k:08}.png", binary(k) * 255)


def magnetic_tiles(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"MT_{'Blowhole' if k % 2 else 'Break'}/Imgs/exp1_num_{k * 31}.jpg", photo(k))
        save(root / f"MT_{'Blowhole' if k % 2 else 'Break'}/Imgs/exp1_num_{k * 31}.png", binary(k) * 255)


def cell_tracking(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"01/t{k:03}.tif", photo(k))
        save(root / f"01_GT/SEG/man_seg{k:03}.tif", binary(k).astype(np.uint16))


def ph2(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"PH2/IMD{k:03}/IMD{k:03}_Dermoscopic_Image/IMD{k:03}.bmp", photo(k))
        save(root / f"PH2/IMD{k:03}/IMD{k:03}_lesion/IMD{k:03}_lesion.bmp", binary(k).astype(bool))


def cutouts(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"photos/p{k}.png", photo(k))
        save(root / f"cutouts/p{k}.png", np.dstack([np.where(binary(k)[:, :, None], photo(k), 0), binary(k) * 255]))


def cutouts_small_and_large(root: Path) -> None:
    """Write cut-outs of which some hold so little that they look like masks, and others like photos."""
    cutouts(root)
    for k in range(COUNT):
        drawn = np.zeros_like(binary(k))
        drawn[2:4, 2:5] = 1
        shown = np.where(drawn[:, :, None], photo(k), 0)
        save(root / f"photos/q{k}.png", photo(k)[::-1])
        save(root / f"cutouts/q{k}.png", np.dstack([shown, drawn * 255]).astype(np.uint8))


def test_cutouts_of_small_and_large_objects_are_masks_alike(tmp_path: Path) -> None:
    cutouts_small_and_large(tmp_path)
    data = open_dataset(tmp_path)
    assert len(data.samples) == len(data.annotated.samples) == 2 * COUNT
    assert {sample.name.split("/")[0] for sample in data.samples} == {"photos"}
    assert {int((data.mask(s) == 1).sum()) for s in data.samples if "q" in s.name} == {6}


def isbi_stack(root: Path) -> None:
    photos = np.stack([photo(k).mean(axis=2) for k in range(COUNT)]).astype(np.uint8)
    masks = np.stack([binary(k) * 255 for k in range(COUNT)])
    tifffile.imwrite(root / "train-volume.tif", photos, photometric="minisblack")
    tifffile.imwrite(root / "train-labels.tif", masks, photometric="minisblack")


@pytest.mark.parametrize(
    "draw",
    [kvasir, massachusetts_roads, crack500, duts, magnetic_tiles, cell_tracking, ph2, cutouts, isbi_stack],
    ids=lambda draw: draw.__name__,
)
def test_one_object_is_read_as_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.is_binary
    masks = {k: data.mask(sample) for k, sample in enumerate(data.samples)} if draw is isbi_stack else numbered(data)
    assert sorted(masks) == list(range(COUNT))
    assert all(np.array_equal(mask, binary(k)) for k, mask in masks.items())


def deepglobe_roads(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"train/{100 + 7 * k}_sat.jpg", photo(k))
        save(root / f"train/{100 + 7 * k}_mask.png", np.repeat(binary(k)[..., None] * 255, 3, axis=2))
    text(root / "class_dict.csv", "name,r,g,b\nroad,255,255,255\nbackground,0,0,0\n")


def test_a_list_of_white_and_black_names_the_object_and_the_ground(tmp_path: Path) -> None:
    deepglobe_roads(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "road")
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())


def test_a_background_that_is_listed_last_is_the_ground_all_the_same(tmp_path: Path) -> None:
    deepglobe_roads(tmp_path)
    for path in tmp_path.glob("train/*_mask.png"):
        save(path, ids((int(path.stem.split("_")[0]) - 100) // 7))
    text(tmp_path / "class_dict.csv", "name\nroad\nroof\nbackground\n")
    assert open_dataset(tmp_path).classes.names == ("background", "road", "roof")


def test_a_list_of_colours_that_begins_with_black_counts_ids_from_0(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/img_{k:04}.jpg", photo(k))
        save(tmp_path / f"labels/img_{k:04}.png", COLOURS[ids(k)])
        save(tmp_path / f"labels_1D/img_{k:04}.png", ids(k))
    text(tmp_path / "label_colors.txt", "0 0 0 Sea_Surface\n0 0 255 Oil_Spill\n255 0 0 Look-alike\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("Sea_Surface", "Oil_Spill", "Look-alike")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


def test_words_in_the_names_of_photos_are_no_kinds_of_their_masks(tmp_path: Path) -> None:
    for k in range(COUNT):
        name = f"{k // 3 + 1:02}_{('dr', 'g', 'h')[k % 3]}"
        save(tmp_path / f"images/{name}.JPG", photo(k))
        save(tmp_path / f"manual1/{name}.tif", binary(k) * 255)
        save(tmp_path / f"mask/{name}_mask.tif", binary(k - k % 3) * 255)
    with pytest.raises(DataError, match=r"--set data\.masks=manual1, or --set data\.masks=mask$"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="manual1"))
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())


def test_given_parts_survive_short_words_and_lists_of_videos(tmp_path: Path) -> None:
    duts(tmp_path / "duts")
    assert {s.part for s in open_dataset(tmp_path / "duts").samples} == {"train", "test"}
    davis(tmp_path / "davis")
    assert [s.part for s in open_dataset(tmp_path / "davis").samples] == ["train"] * 6 + ["val"] * 3


@pytest.mark.parametrize("second", ["eroded", "dilated"])
def test_two_drawings_of_the_same_photos_are_asked_about(tmp_path: Path, second: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"Image_{k:02}L.jpg", photo(k))
        save(tmp_path / f"Image_{k:02}L_1stHO.png", binary(k).astype(bool))
        change = cv2.erode if second == "eroded" else cv2.dilate
        save(
            tmp_path / f"Image_{k:02}L_2ndHO.png", np.asarray(change(binary(k), np.ones((3, 3), np.uint8))).astype(bool)
        )
    with pytest.raises(DataError, match=r"--set data\.masks=classes.*--set data\.masks=union.*--set data\.masks=1stho"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="1stho"))
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())


def test_a_folder_a_band_is_asked_about(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"left/{k:03}.png", photo(k))
        save(tmp_path / f"right/{k:03}.png", np.roll(photo(k), 20, axis=1))
        save(tmp_path / f"truth/{k:03}.png", binary(k))
    with pytest.raises(DataError, match=r"choose --set data\.photo_folder=left or --set data\.photo_folder=right"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="left"))
    assert sorted(numbered(data)) == list(range(COUNT))
    (unused,) = [f for f in file_findings(data) if f.code == "file-unused"]
    assert "another kind of photos was chosen" in unused.evidence
