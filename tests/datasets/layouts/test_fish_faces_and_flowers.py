"""Folders laid out as public sets of fish, faces, flowers, cells and thermal streets, which were misread at first."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, Pixels, binary, ids, photo, save, text


def draw_valid_and_empty(root: Path) -> None:
    for k in range(COUNT):
        sub = "valid" if k < 6 else "empty"
        save(root / f"Segmentation/images/{sub}/{k}_f.jpg", photo(k))
        save(root / f"Segmentation/masks/{sub}/{k}_f.png", binary(k) * 255 * (k < 6))


def test_valid_beside_empty_is_no_part(tmp_path: Path) -> None:
    draw_valid_and_empty(tmp_path)
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


@pytest.mark.parametrize("held_out", ["valid", "validation", "test"])
def test_a_part_beside_train_stays_one(tmp_path: Path, held_out: str) -> None:
    for k in range(COUNT):
        part = "train" if k < 6 else held_out
        save(tmp_path / f"{part}/images/{k}.jpg", photo(k))
        save(tmp_path / f"{part}/masks/{k}.png", binary(k) * 255)
    assert [sample.part for sample in open_dataset(tmp_path).samples].count("train") == 6


def test_tables_of_a_part_each_give_the_parts(tmp_path: Path) -> None:
    draw_valid_and_empty(tmp_path)
    for name, numbers in {"train": (0, 1, 2, 6), "val": (3, 7), "test": (4, 5, 8)}.items():
        rows = [f"{i},{'valid' if k < 6 else 'empty'}/{k}_f,{int(k < 6)}" for i, k in enumerate(numbers)]
        text(tmp_path / f"Segmentation/{name}.csv", "\n".join([",ID,labels", *rows]) + "\n")
    parts = {Path(sample.name).stem[0]: sample.part for sample in open_dataset(tmp_path).samples}
    assert [parts[str(k)] for k in range(COUNT)] == ["train"] * 3 + ["val", "test", "test", "train", "val", "test"]


def test_tables_of_parts_keep_the_masks_that_they_pair(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"pictures/p{k}.jpg", photo(k))
        save(tmp_path / f"painted/q{COUNT - k}.png", ids(k))
    for name, numbers in {"train": range(6), "test": range(6, COUNT)}.items():
        rows = [f"pictures/p{k}.jpg,painted/q{COUNT - k}.png" for k in numbers]
        text(tmp_path / f"{name}.csv", "\n".join(["image,mask", *rows]) + "\n")
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["test"] * 3
    np.testing.assert_array_equal(data.mask(data.samples[2]), ids(2))


def matte(number: int, soft_px: float) -> Pixels:
    blurred = cv2.GaussianBlur(binary(number).astype(np.float32), (0, 0), soft_px)
    grain = np.random.default_rng(number).integers(0, 9, blurred.shape)
    soft = np.clip(blurred * 255 + grain * ((blurred > 0.02) & (blurred < 0.98)), 0, 255)
    return np.asarray(soft.astype(np.uint8))


def test_mattes_of_which_some_are_very_soft_are_masks(tmp_path: Path) -> None:
    for k in range(COUNT):
        folder = tmp_path / ("train" if k < 6 else "validation")
        save(folder / f"blurred_image/p{k}.jpg", photo(k))
        save(folder / f"mask/p{k}.png", matte(k, 3.5 if k % 2 else 0.5))
    data = open_dataset(tmp_path)
    assert [sample.truth is not None for sample in data.samples] == [True] * COUNT
    assert [sample.part for sample in data.samples] == ["train"] * 6 + ["val"] * 3


def draw_painted_grounds(root: Path) -> None:
    for k in range(COUNT):
        picture = photo(k)
        save(root / f"jpg/image_{k:05}.jpg", picture)
        painted = picture.copy()
        painted[binary(k) == 0] = (0, 0, 254)
        path = root / f"segmim/segmim_{k:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(painted).save(path, quality=95)
    text(root / "imagelabels.mat", "MATLAB 5.0 MAT-file")


def test_masks_are_made_of_photos_whose_background_is_painted_by_the_printed_command(tmp_path: Path) -> None:
    draw_painted_grounds(tmp_path)
    named = r"segmim_00000.jpg repeats jpg/image_00000.jpg with all but .* \(0, 0, 25\d\).*; then move segmim out of"
    with pytest.raises(DataError, match=named) as refused:
        open_dataset(tmp_path)
    command = re.search(r"python -c '.*'(?=; then move)", str(refused.value), re.DOTALL)
    assert command is not None
    subprocess.run([sys.executable, *shlex.split(command[0])[1:]], check=True)
    (tmp_path / "segmim").rename(tmp_path.parent / f"{tmp_path.name}_segmim")
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    wrong = [float((data.mask(sample) != binary(k)).mean()) for k, sample in enumerate(data.samples)]
    assert max(wrong) < 0.02


def test_photos_of_one_scene_are_no_painted_grounds(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"left/{k:05}.jpg", photo(k))
        save(tmp_path / f"right/{k:05}.jpg", np.roll(photo(k), 5, axis=1))
    with pytest.raises(DataError, match="neither an annotation file nor masks"):
        open_dataset(tmp_path)


def test_a_fourth_band_stored_as_transparency_is_said_to_be_unused(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k:05}D.png", np.dstack([photo(k), photo(k + 20)[..., 0]]))
        save(tmp_path / f"labels/{k:05}D.png", ids(k))
    said = {finding.code: finding.evidence for finding in file_findings(open_dataset(tmp_path))}
    assert "stored as transparency" in said["bands-unused"]


def test_opaque_photos_with_transparency_have_no_fourth_band(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k:05}D.png", np.dstack([photo(k), np.full_like(photo(k)[..., 0], 255)]))
        save(tmp_path / f"labels/{k:05}D.png", ids(k))
    assert all(finding.code != "bands-unused" for finding in file_findings(open_dataset(tmp_path)))


def test_kinds_of_masks_in_numbered_folders_are_called_by_their_own_names(tmp_path: Path) -> None:
    for sequence in ("01", "02"):
        for k in range(COUNT):
            number = k if sequence == "01" else k + 20
            marker = cv2.erode(ids(number), np.ones((9, 9), np.uint8))
            save(tmp_path / f"{sequence}/t{k:03}.tif", photo(number))
            save(tmp_path / f"{sequence}_GT/TRA/man_track{k:03}.tif", np.roll(marker, 12, axis=1))
            save(tmp_path / f"{sequence}_GT/SEG/man_seg{k:03}.tif", ids(number))
    with pytest.raises(DataError, match=r"data\.masks=SEG, or --set data\.masks=TRA"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="SEG"))
    assert sum(sample.truth is not None for sample in data.samples) == 2 * COUNT


def test_tables_without_column_names_pair_each_mask_with_whatever_photo_is_chosen(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"data/S1Hand/R_{k + 100}_S1Hand.tif", photo(k + 30))
        save(tmp_path / f"data/S2Hand/R_{k + 100}_S2Hand.tif", photo(k))
        save(tmp_path / f"data/LabelHand/R_{k + 100}_LabelHand.tif", ids(k))
    for name, numbers in {"train": range(5), "valid": range(5, 7), "test": range(7, COUNT)}.items():
        rows = [f"R_{k + 100}_S1Hand.tif,R_{k + 100}_LabelHand.tif" for k in numbers]
        text(tmp_path / f"splits/flood_{name}_data.csv", "\n".join(rows) + "\n")
    for folder, shift in (("S1Hand", 30), ("S2Hand", 0)):
        data = open_dataset(tmp_path, options=ReadOptions(photo_folder=folder))
        assert [sample.part for sample in data.samples] == ["train"] * 5 + ["val"] * 2 + ["test"] * 2
        np.testing.assert_array_equal(data.photo(data.samples[3]), photo(3 + shift))
        np.testing.assert_array_equal(data.mask(data.samples[3]), ids(3))
        assert all(finding.code != "photo-missing" for finding in file_findings(data))


def test_sides_in_names_of_masks_name_no_camera_beside_masks_that_name_none(tmp_path: Path) -> None:
    for sequence in (1, 2):
        for k in range(4):
            number = 10 * sequence + k
            folder = tmp_path / f"instrument_dataset_{sequence}"
            save(folder / f"left_frames/frame{k:03}.png", photo(number))
            save(folder / f"right_frames/frame{k:03}.png", photo(number + 40))
            for name, shift in (("Left_Forceps", 0), ("Right_Forceps", 25), ("Other", 60)):
                drawn = np.roll((ids(number) == 1).astype(np.uint8) * 10, shift, axis=1)
                save(folder / f"ground_truth/{name}_labels/frame{k:03}.png", drawn)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="left_frames", masks="classes"))
    assert [sample.name.split("/")[1] for sample in data.samples] == ["left_frames"] * 8
    names = ("Left Forceps", "Other", "Right Forceps")
    assert data.classes.names == ("background", *names)
    assert all(set(np.unique(data.mask(sample))) == {0, 1, 2, 3} for sample in data.samples)


def draw_fields(root: Path) -> None:
    for field in ("000", "001"):
        for k in range(4):
            number = k + 10 * int(field)
            save(root / f"{field}/tile/RGB/frame{k:04}.png", photo(number))
            save(root / f"{field}/groundtruth/{field}_frame{k:04}_GroundTruth_iMap.png", ids(number))


def test_masks_named_by_their_folder_and_the_photo_are_of_that_photo(tmp_path: Path) -> None:
    draw_fields(tmp_path)
    data = open_dataset(tmp_path)
    assert [sample.truth is not None for sample in data.samples] == [True] * 8
    for sample in data.samples:
        field, number = sample.name.split("/")[0], int(sample.name[-5])
        np.testing.assert_array_equal(data.mask(sample), ids(number + 10 * int(field)))


def test_frame_numbers_in_endings_make_no_kinds_of_masks(tmp_path: Path) -> None:
    draw_fields(tmp_path)
    for field in ("000", "001"):
        for k in range(4):
            save(tmp_path / f"{field}/mask/frame{k:04}.png", np.roll(binary(k) * 255, 30, axis=1))
            colours = COLOURS[ids(k + 10 * int(field))]
            save(tmp_path / f"{field}/groundtruth/{field}_frame{k:04}_GroundTruth_color.png", colours)
    with pytest.raises(DataError, match=r"frame groundtruth imap \(8 photos, 3 values\)"):
        open_dataset(tmp_path)


def test_grey_among_colours_is_named_as_people_write_it(tmp_path: Path) -> None:
    colours = np.array([(0, 0, 0), (128, 128, 128), (255, 0, 0)], dtype=np.uint8)
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", colours[ids(k)])
    said = {finding.code: finding.evidence for finding in file_findings(open_dataset(tmp_path))}
    assert "class 1 is #808080, class 2 is #ff0000" in said["class-guessed"]


def test_given_parts_are_said_in_the_line_on_what_was_read(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{'train' if k < 6 else 'test'}/images/{k}.jpg", photo(k))
        save(tmp_path / f"{'train' if k < 6 else 'test'}/masks/{k}.png", binary(k) * 255)
    assert open_dataset(tmp_path).read_as.endswith("classes: object; given parts: 6 train, 3 test")
