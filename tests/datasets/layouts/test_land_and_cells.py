"""Folders laid out as public datasets of land, roads, food, cells and faults are."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, VOC, Pixels, binary, ids, numbered, part, photo, save, text

HELD_OUT = range(6, COUNT)


def listed(path: Path, names: list[str]) -> None:
    text(path, "\n".join(names) + "\n")


def loveda(root: Path) -> None:
    for k in range(COUNT):
        zone = f"{'Train' if k < 6 else 'Val'}/{'Urban' if k % 2 else 'Rural'}"
        save(root / f"{zone}/images_png/{k}.png", photo(k))
        save(root / f"{zone}/masks_png/{k}.png", ids(k) + 1)


def isaid(root: Path) -> None:
    for k in range(COUNT):
        objects = ids(k) * 40
        save(root / f"{part(k)}/images/P{k:04}.png", photo(k))
        save(root / f"{part(k)}/Semantic_masks/images/P{k:04}_instance_color_RGB.png", COLOURS[ids(k)])
        save(
            root / f"{part(k)}/Instance_masks/images/P{k:04}_instance_id_RGB.png",
            np.dstack([objects, 0 * objects, 0 * objects]),
        )


def foodseg(root: Path) -> None:
    for k in range(COUNT):
        folder = "train" if k < 6 else "test"
        save(root / f"Images/img_dir/{folder}/{k:08}.jpg", photo(k))
        save(root / f"Images/ann_dir/{folder}/{k:08}.png", ids(k))
    listed(root / "ImageSets/train.txt", [f"{k:08}.jpg" for k in range(6)])
    listed(root / "ImageSets/test.txt", [f"{k:08}.jpg" for k in HELD_OUT])
    text(root / "category_id.txt", "0\tbackground\n1\tcandy\n2\tegg tart\n")


def voc2012(root: Path) -> None:
    folder = root / "VOCdevkit/VOC2012"
    for k in range(COUNT):
        outlines = cv2.dilate(ids(k), np.ones((3, 3), np.uint8)) != ids(k)
        drawn = np.where(outlines, 255, ids(k)).astype(np.uint8)
        save(folder / f"JPEGImages/2007_{k:06}.jpg", photo(k))
        save(folder / f"SegmentationClass/2007_{k:06}.png", drawn, VOC)
        save(folder / f"SegmentationObject/2007_{k:06}.png", drawn, VOC)
        text(
            folder / f"Annotations/2007_{k:06}.xml",
            f"<annotation><filename>2007_{k:06}.jpg</filename><size><width>128</width><height>96</height></size>"
            "<object><name>disc</name><bndbox><xmin>33</xmin><ymin>12</ymin><xmax>80</xmax><ymax>60</ymax></bndbox>"
            "</object></annotation>",
        )
    save(folder / "JPEGImages/2008_000001.jpg", photo(COUNT))
    for name, numbers in (("train", range(6)), ("val", HELD_OUT), ("trainval", range(COUNT))):
        listed(folder / f"ImageSets/Segmentation/{name}.txt", [f"2007_{k:06}" for k in numbers])


def camvid_of_cambridge(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"701_StillsRaw_full/0001TP_{6690 + 30 * k:06}.png", photo(k))
        save(root / f"LabeledApproved_full/0001TP_{6690 + 30 * k:06}_L.png", COLOURS[ids(k)])
    text(root / "label_colors.txt", "0 0 0\tVoid\n0 0 255\tDisc\n255 0 0\t\tBox\n64 128 64\tAnimal\n")


def uavid(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"uavid_{part(k)}/seq{k // 3}/Images/{k % 3:06}.png", photo(k))
        save(root / f"uavid_{part(k)}/seq{k // 3}/Labels/{k % 3:06}.png", COLOURS[ids(k)])


def landcover(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/M-33-{k}-A-d-2-3.tif", photo(k))
        save(root / f"masks/M-33-{k}-A-d-2-3.tif", ids(k))
    listed(root / "train.txt", [f"M-33-{k}-A-d-2-3" for k in range(6)])
    listed(root / "val.txt", [f"M-33-{k}-A-d-2-3" for k in HELD_OUT])


SEVERAL = [isaid, foodseg, voc2012, camvid_of_cambridge, uavid, landcover]


@pytest.mark.parametrize("draw", SEVERAL, ids=lambda draw: draw.__name__)
def test_several_classes_are_read_as_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    assert_truth(open_dataset(tmp_path), ids)


def assert_truth(data: Dataset, truth: Callable[[int], Pixels], least: int = COUNT) -> None:
    """Compare the masks of all numbered photos with what was drawn, but for pixels that are ignored."""
    annotated = Dataset(
        data.root,
        data.format,
        tuple(s for s in data.samples if s.truth),
        data.classes,
        mask_rule=data.mask_rule,
    )
    masks = numbered(annotated)
    assert len(masks) == len(annotated) == least
    for k, mask in masks.items():
        assert np.array_equal(mask[mask != 255], truth(k)[mask != 255]), k


def test_ids_that_begin_with_1_keep_an_empty_background_and_that_is_said(tmp_path: Path) -> None:
    loveda(tmp_path)
    data = open_dataset(tmp_path)
    assert_truth(data, lambda k: ids(k) + 1)
    assert {s.part for s in data.samples} == {"train", "val"}
    (finding,) = [f for f in file_findings(data) if f.code == "class-guessed"]
    assert "0 as background, which no pixel has" in finding.evidence


def inria(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"AerialImageDataset/{'train' if k < 6 else 'test'}/images/austin{k}.tif", photo(k))
        if k < 6:
            save(root / f"AerialImageDataset/train/gt/austin{k}.tif", binary(k) * 255)


def clinicdb(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"CVC-ClinicDB/PNG/Original/{k + 1}.png", photo(k))
        save(root / f"CVC-ClinicDB/PNG/Ground Truth/{k + 1}.png", np.repeat(binary(k)[:, :, None] * 255, 3, axis=2))


def deepcrack(root: Path) -> None:
    for k in range(COUNT):
        folder = "train" if k < 6 else "test"
        save(root / f"{folder}_img/{11111 + k}.jpg", photo(k))
        save(root / f"{folder}_lab/{11111 + k}.png", binary(k) * 255)


def weizmann(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"rgb/horse{k:03}.jpg", photo(k))
        save(root / f"figure_ground/horse{k:03}.jpg", binary(k) * 255)


def tnbc(root: Path) -> None:
    for k in range(COUNT):
        slide = f"{min(k // 2, 3) + 1:02}"
        save(root / f"Slide_{slide}/{slide}_{k}.png", photo(k))
        save(root / f"GT_{slide}/{slide}_{k}.png", binary(k) * 255)


def ham10000(root: Path) -> None:
    rows = ["lesion_id,image_id,dx,dx_type,age,sex,localization"]
    for k in range(COUNT):
        save(root / f"HAM10000_images_part_{1 + k // 6}/ISIC_{24306 + k:07}.jpg", photo(k))
        save(root / f"HAM10000_segmentations_lesion_tschandl/ISIC_{24306 + k:07}_segmentation.png", binary(k) * 255)
        rows.append(f"HAM_{k // 2:07},ISIC_{24306 + k:07},bkl,histo,80.0,male,scalp")
    listed(root / "HAM10000_metadata.csv", rows)


def visa(root: Path) -> None:
    rows = ["image,label,mask"]
    for k in range(COUNT):
        image = f"candle/Data/Images/{'Anomaly' if k < 6 else 'Normal'}/{k:03}.JPG"
        mask = f"candle/Data/Masks/Anomaly/{k:03}.png" if k < 6 else ""
        save(root / image, photo(k))
        if mask:
            save(root / mask, binary(k))
        rows.append(f"{image},{'chip' if mask else 'normal'},{mask}")
    listed(root / "candle/image_anno.csv", rows)


def kolektor2(root: Path) -> None:
    for k in range(COUNT):
        folder = "train" if k < 6 else "test"
        save(root / f"{folder}/{10000 + k}.png", photo(k))
        save(root / f"{folder}/{10000 + k}_GT.png", binary(k) * 255 * (k % 3 > 0))


ONE_OBJECT: dict[Callable[[Path], None], tuple[Callable[[int], Pixels], int]] = {
    inria: (binary, 6),
    clinicdb: (binary, COUNT),
    deepcrack: (binary, COUNT),
    weizmann: (binary, COUNT),
    tnbc: (binary, COUNT),
    ham10000: (binary, COUNT),
    visa: (lambda k: binary(k) * (k < 6), COUNT),
    kolektor2: (lambda k: binary(k) * (k % 3 > 0), COUNT),
}


@pytest.mark.parametrize("draw", ONE_OBJECT, ids=lambda draw: draw.__name__)
def test_one_object_is_read_as_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.is_binary
    assert_truth(data, *ONE_OBJECT[draw])


@pytest.mark.parametrize(("draw", "groups"), [(tnbc, 4), (ham10000, 5)])
def test_photos_of_a_slide_or_lesion_stay_together(draw: Callable[[Path], None], groups: int, tmp_path: Path) -> None:
    draw(tmp_path)
    samples = open_dataset(tmp_path).samples
    assert None not in {s.group for s in samples}
    assert len({s.group for s in samples}) == groups


def pets(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/Abyssinian_{k}.jpg", photo(k))
        save(root / f"annotations/trimaps/Abyssinian_{k}.png", trimap(k))
        (root / f"annotations/trimaps/._Abyssinian_{k}.png").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    listed(root / "annotations/list.txt", [f"Abyssinian_{k} 1 1 1" for k in range(COUNT)])
    listed(root / "annotations/trainval.txt", [f"Abyssinian_{k} 1 1 1" for k in range(6)])
    listed(root / "annotations/test.txt", [f"Abyssinian_{k} 1 1 1" for k in HELD_OUT])


def trimap(number: int) -> Pixels:
    drawn = binary(number)
    outline = cv2.dilate(drawn, np.ones((5, 5), np.uint8)) - cv2.erode(drawn, np.ones((3, 3), np.uint8))
    return np.where(outline > 0, 3, np.where(drawn > 0, 1, 2)).astype(np.uint8)


def test_a_list_of_train_and_val_beside_one_of_test_is_for_training(tmp_path: Path) -> None:
    pets(tmp_path)
    data = open_dataset(tmp_path)
    assert_truth(data, trimap)
    assert [s.part for s in data.samples] == ["train"] * 6 + ["test"] * 3


def discs(number: int) -> Pixels:
    """Return discs that are numbered from 1, another count on each photo."""
    mask = np.zeros((96, 128), dtype=np.uint8)
    for i in range(4 + number):
        cv2.circle(mask, (14 + 24 * (i % 5), 14 + 30 * (i // 5)), 9, (i + 1,), -1)
    return mask


def of_discs(number: int) -> Pixels:
    plain = photo(number + 20)
    plain[discs(number) > 0] //= 2
    return plain


def bbbc039(root: Path) -> None:
    for k in range(COUNT):
        zeros = np.zeros_like(discs(k))
        save(root / f"images/IXMtest_A{k:02}_s1.tif", of_discs(k).mean(axis=2).astype(np.uint16) * 16)
        save(root / f"masks/IXMtest_A{k:02}_s1.png", np.dstack([discs(k), zeros, zeros, zeros + 255]))
    listed(root / "metadata/training.txt", [f"IXMtest_A{k:02}_s1.png" for k in range(6)])
    listed(root / "metadata/test.txt", [f"IXMtest_A{k:02}_s1.png" for k in HELD_OUT])


def glas(root: Path) -> None:
    rows = ["name,patient ID, grade (GlaS)"]
    for k in range(COUNT):
        name = f"train_{k + 1}" if k < 6 else f"testA_{k - 5}"
        save(root / f"{name}.bmp", of_discs(k))
        save(root / f"{name}_anno.bmp", discs(k))
        rows.append(f"{name}, {k // 2}, benign")
    listed(root / "Grade.csv", rows)


@pytest.mark.parametrize("draw", [bbbc039, glas], ids=lambda draw: draw.__name__)
def test_numbered_objects_are_asked_about_and_keep_their_parts(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path)
    with pytest.raises(DataError, match=r"number single objects.*4 to 12 in a mask"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    assert data.classes.names == ("background", "object")
    by_size = sorted(int((data.mask(s) == 1).sum()) for s in data.samples)
    assert by_size == [int((discs(k) > 0).sum()) for k in range(COUNT)]
    assert sorted(s.part or "" for s in data.samples) == ["test"] * 3 + ["train"] * 6
    assert draw is bbbc039 or len({s.group for s in data.samples}) == 5


def test_masks_of_matlab_beside_overlays_are_refused_by_name(tmp_path: Path) -> None:
    for k in range(COUNT):
        painted = photo(k)
        painted[binary(k) > 0] //= 2
        save(tmp_path / f"train/Images/train_{k}.png", photo(k))
        save(tmp_path / f"train/Overlay/train_{k}.png", painted)
        (tmp_path / f"train/train_{k}.mat").write_bytes(b"MATLAB 5.0 MAT-file, Platform: PCWIN64" + b" " * 100)
    with pytest.raises(DataError, match=r"MATLAB file, which is not read: in MATLAB: imwrite"):
        open_dataset(tmp_path)


def test_stacks_of_arrays_in_folders_of_their_own_are_read(tmp_path: Path) -> None:
    channels = np.stack([np.stack([ids(k) == c for c in range(6)], axis=2) for k in range(COUNT)]).astype(np.float64)
    for folder, name, array in (
        ("images", "images", np.stack([photo(k) for k in range(COUNT)])),
        ("masks", "masks", channels),
    ):
        (tmp_path / folder / "fold1").mkdir(parents=True)
        np.save(tmp_path / folder / f"fold1/{name}.npy", array)
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    assert all(np.array_equal(data.mask(sample), ids(k)) for k, sample in enumerate(data.samples))
