"""Folders laid out as public sets of text, faces, fabric, forests, cells and roads, which were misread at first."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.image_folders.smeared_colours import flat_colours, sampled_pixels
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.datasets.unread_formats.matlab_files import matlab_way
from maskwright.errors import DataError
from tests.support.drawn_layouts import COLOURS, COUNT, SIZE_HW, Pixels, binary, ids, photo, save, text


def evidence(data: Dataset, code: str) -> str:
    return " ".join(finding.evidence for finding in file_findings(data) if finding.code == code)


def cells(number: int) -> Pixels:
    """Return a mask of discs in rows, numbered 1, or 2 where they touch one to their left."""
    rng = np.random.default_rng(number)
    mask = np.zeros(SIZE_HW, np.uint8)
    for row in range(4):
        x = 10
        while x < SIZE_HW[1] - 10:
            cv2.circle(mask, (x, 12 + 24 * row), int(rng.integers(6, 9)), (1,), -1)
            if rng.random() < 0.3 and x < SIZE_HW[1] - 30:
                x += 17
                cv2.circle(mask, (x, 12 + 24 * row), int(rng.integers(6, 9)), (2,), -1)
            x += 24
    return mask


def test_two_numbers_that_part_touching_cells_are_asked_about(tmp_path: Path) -> None:
    for k in range(12):
        light = np.random.default_rng(k).uniform(0, 60, (12, 16))
        grey = np.where(cells(k) > 0, 150, 40) + cv2.resize(light, SIZE_HW[::-1])
        save(tmp_path / f"images/{k}.png", grey.astype(np.uint8))
        save(tmp_path / f"masks/{k}.png", cells(k))
    with pytest.raises(DataError, match=r"the 2 values of the masks seem to tell touching objects apart.*objects=one"):
        open_dataset(tmp_path)


def test_masks_numbered_without_a_sign_are_a_union(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/00{k}_019_04.png", photo(k))
        if k < 3:
            for value in (1, 2):
                save(tmp_path / f"masks/00{k}_019_04_mask{value}.png", ((ids(k) == value) * 255).astype(np.uint8))
        else:
            save(tmp_path / f"masks/00{k}_019_04_mask.png", binary(k) * 255)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "object")
    assert all((data.mask(sample) == binary(k)).all() for k, sample in enumerate(data.samples))


def test_an_ending_counts_for_a_name_that_has_no_other(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"photos/{k}.png", photo(k))
        for value, name in ((1, "disc"), (2, "l_box")):
            if k != 4 or value == 2:
                save(tmp_path / f"anno/{k // 3}/{k:05}_{name}.png", ((ids(k) == value) * 255).astype(np.uint8))
    data = open_dataset(tmp_path, options=ReadOptions(masks="classes"))
    assert data.classes.names == ("background", "disc", "l box")


def test_lists_of_several_folders_count_together_and_of_two_years_the_later(tmp_path: Path) -> None:
    for fruit in ("apples", "pears"):
        for k in range(COUNT):
            save(tmp_path / f"{fruit}/images/{fruit}{k}.1000.png", photo(k))
            save(tmp_path / f"{fruit}/masks/{fruit}{k}.1000.png", binary(k) * 255)
        for year, cut in (("2016", 3), ("2017", 6)):
            names = [f"{fruit}{k}.1000" for k in range(COUNT)]
            text(tmp_path / f"{fruit}/sets/{year}/train.txt", "\n".join(names[:cut]))
            text(tmp_path / f"{fruit}/sets/{year}/test-dev.txt", "\n".join(names[cut:]))
            text(tmp_path / f"{fruit}/sets/{year}/train_val.txt", "\n".join(names[:cut]))
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == (["train"] * 6 + ["test"] * 3) * 2
    assert "sets/2016/train.txt" in evidence(data, "file-unused")


def draw_forest(root: Path) -> None:
    for k in range(COUNT):
        grey = cv2.cvtColor(photo(k), cv2.COLOR_RGB2GRAY)
        save(root / f"train/rgb/b1-{k:05}_Clipped.jpg", photo(k))
        save(root / f"train/nir_gray/b1-{k:05}.png", 255 - grey)
        save(root / f"train/ndvi/b1-{k:05}.png", np.roll(grey, 40, 0))
        save(root / f"train/GT_color/b1-{k:05}_mask.png", COLOURS[ids(k)])


def test_the_photo_is_offered_though_its_name_has_an_ending(tmp_path: Path) -> None:
    draw_forest(tmp_path)
    with pytest.raises(DataError, match=r"data.photo_folder=nir_gray or --set data.photo_folder=rgb"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="rgb"))
    assert [sample.photo.parent.name for sample in data.samples] == ["rgb"] * COUNT


def test_a_class_list_may_have_its_numbers_behind_the_colours(tmp_path: Path) -> None:
    draw_forest(tmp_path)
    text(tmp_path / "classes.txt", "Disc 0 0 255 1\nTree 0 60 0 1\nBox 255 0 0 2\nGround 0 0 0 5\n")
    names = open_dataset(tmp_path, options=ReadOptions(photo_folder="rgb")).classes.names
    assert set(names) >= {"Disc", "Box", "Ground"}


def test_photos_of_a_folder_beside_are_not_those_of_the_masks(tmp_path: Path) -> None:
    for part, numbers in (("train", range(6)), ("val", range(6, COUNT))):
        for k in numbers:
            save(tmp_path / f"rgb_anon/fog/{part}/GOPR1/f_{k:06}_rgb_anon.png", photo(k))
            save(tmp_path / f"rgb_anon/fog/{part}_ref/GOPR1/f_{k:06}_rgb_ref_anon.png", photo(k + COUNT))
            save(tmp_path / f"gt/fog/{part}/GOPR1/f_{k:06}_gt_labelIds.png", ids(k))
    data = open_dataset(tmp_path)
    annotated = [sample for sample in data.samples if sample.truth is not None]
    assert len(annotated) == COUNT
    assert not any("_ref" in sample.name for sample in annotated)


def test_many_kinds_of_masks_are_asked_about_and_never_joined(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        for person in ("first", "second", "third"):
            for kind in ("a", "b", "c", "d", "e"):
                mask = np.roll(binary(k), (len(person) + 3 * ord(kind)) % 40, 1) * 255
                save(tmp_path / f"by {person}/mask {kind}/{k}.png", mask)
    with pytest.raises(DataError, match=r"1. kinds of masks.*choose one of them, as --set 'data.masks=by first/"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(masks="by second/mask c"))
    expected = np.roll(binary(0), (6 + 3 * ord("c")) % 40, 1)
    np.testing.assert_array_equal(data.mask(data.samples[0]), expected)


def test_letters_on_white_are_objects_on_a_ground(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for k in range(COUNT):
        mask = np.full((*SIZE_HW, 3), 255, np.uint8)
        for i in range(5 + k):
            mask[10:30, 6 + 9 * i : 12 + 9 * i] = rng.integers(0, 200, 3)
        save(tmp_path / f"Training_Images/{k}.png", photo(k))
        save(tmp_path / f"Training_GT/{k}_GT.bmp", mask)
        text(tmp_path / f"Training_GT/{k}_GT.txt", '12 13 200 10 20 6 10 12 30 "a"\n42 43 10 40 20 36 10 42 30 "b"\n')
    with pytest.raises(DataError, match="seem to number single objects"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    mask = data.mask(data.samples[0])
    assert (mask == 1).sum() == 5 * 20 * 6
    assert (mask == 0).sum() == mask.size - 5 * 20 * 6


def test_smeared_colours_are_made_flat_by_the_command(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        (tmp_path / "gt").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / f"gt/{k}.jpeg"), COLOURS[ids(k)], [cv2.IMWRITE_JPEG_QUALITY, 40])
    with pytest.raises(DataError, match="in the nearest of these: ") as raised:
        open_dataset(tmp_path)
    command = str(raised.value).partition("in the nearest of these: ")[2].partition("; then move")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    (tmp_path / "gt").rename(tmp_path.parent / f"{tmp_path.name}_gt")
    data = open_dataset(tmp_path)
    assert len(data.classes) == 3
    wrong = [((data.mask(sample) > 0) != (ids(k) > 0)).mean() for k, sample in enumerate(data.samples)]
    assert max(wrong) < 0.02


def test_smeared_colours_that_a_list_beside_them_names_are_those_of_the_list(tmp_path: Path) -> None:
    listed = [(128, 0, 0), (0, 128, 0), (60, 40, 222), (64, 64, 128), (192, 128, 128), (64, 0, 128), (128, 128, 0)]
    rng = np.random.default_rng(0)
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        high, wide = ids(k).shape
        blocks = rng.integers(0, len(listed), (high // 19 + 1, wide // 19 + 1))
        drawn = blocks.repeat(19, 0).repeat(19, 1)[:high, :wide]
        (tmp_path / "gt").mkdir(exist_ok=True)
        colours = np.array(listed, np.uint8)[drawn][..., ::-1]
        cv2.imwrite(str(tmp_path / f"gt/{k}.jpg"), colours, [cv2.IMWRITE_JPEG_QUALITY, 85])
    rows = [f"{r} {g} {b}\tclass{i}" for i, (r, g, b) in enumerate(listed)]
    (tmp_path / "label_colors.txt").write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"the 7 colours of label_colors\.txt") as raised:
        open_dataset(tmp_path)
    command = str(raised.value).partition("in the nearest of these: ")[2].partition("; then move")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    (tmp_path / "gt").rename(tmp_path.parent / f"{tmp_path.name}_gt")
    assert set(open_dataset(tmp_path).classes.names) >= {f"class{i}" for i in range(1, 7)}


def test_smeared_colours_of_each_part_are_made_flat_in_their_own(tmp_path: Path) -> None:
    root = tmp_path / 'it\'s "mine"'
    for k in range(COUNT):
        part = "train" if k < 6 else "val"
        save(root / f"{part}/images/{k}.png", photo(k))
        (root / part / "masks").mkdir(exist_ok=True)
        cv2.imwrite(str(root / f"{part}/masks/{k}.jpg"), COLOURS[ids(k)], [cv2.IMWRITE_JPEG_QUALITY, 40])
    with pytest.raises(DataError, match="then move train/masks, val/masks out of") as raised:
        open_dataset(root)
    command = str(raised.value).partition("in the nearest of these: ")[2].partition("; then move")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    for part in ("train", "val"):
        (root / part / "masks").rename(tmp_path / part)
    data = open_dataset(root)
    assert {sample.part for sample in data.samples} == {"train", "val"}
    wrong = [((data.mask(s) > 0) != (ids(int(Path(s.name).stem)) > 0)).mean() for s in data.samples]
    assert len(wrong) == COUNT
    assert max(wrong) < 0.02


def test_photos_have_too_many_colours_to_be_made_flat(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    save(tmp_path / "p.png", rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert len(flat_colours(sampled_pixels([tmp_path / "p.png"]))) == 0


@pytest.mark.parametrize("layout", ["S", "GTcls", "groundTruth"])
def test_matlab_matrices_are_saved_by_the_command(tmp_path: Path, layout: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        (tmp_path / "labels").mkdir(exist_ok=True)
        match layout:
            case "S":
                content: object = ids(k)
            case "GTcls":
                content = {"Boundaries": np.array([1, 2]), "Segmentation": ids(k)}
            case _:
                content = np.empty((1, 2), dtype=object)
                content[0, 0], content[0, 1] = {"Segmentation": ids(k).astype(np.uint16)}, {"Segmentation": ids(k)}
        savemat(tmp_path / f"labels/{k}.mat", {layout: content}, do_compression=layout == "GTcls")
    with pytest.raises(DataError, match="is a MATLAB file, which is not read: save its matrix") as raised:
        open_dataset(tmp_path)
    command = "python -c " + str(raised.value).partition("python -c ")[2].rpartition(" (")[0]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], check=True)
    data = open_dataset(tmp_path)
    assert all((data.mask(sample) == ids(k)).all() for k, sample in enumerate(data.samples))


def test_matrices_are_found_behind_a_folder_of_tags(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        for name, content in (("image-level", {"tags": np.array([1, 2])}), ("pixel-level", {"truth": ids(k)})):
            (tmp_path / name).mkdir(exist_ok=True)
            savemat(tmp_path / name / f"{k}.mat", content)
    with pytest.raises(DataError, match=r"pixel-level/0.mat is a MATLAB file.*save its matrix truth.*\(17 more files"):
        open_dataset(tmp_path)


def test_the_command_for_matlab_writes_over_nothing_and_names_what_it_leaves_out(tmp_path: Path) -> None:
    matrices = {"a": ids(0), "b": np.where(ids(1) > 0, 300, 0).astype(np.uint16), "c": np.full((96, 128), -1.0)}
    for name, matrix in matrices.items():
        save(tmp_path / f"it's/{name}.png", photo(0))
        savemat(
            tmp_path / f"it's/{name}.mat",
            {"grey": photo(0)[..., 0], "mask": matrix} if name == "b" else {"mask": matrix},
        )
    savemat(tmp_path / "it's/d.mat", {"grey": ids(0)})
    before = (tmp_path / "it's/a.png").read_bytes()
    way = matlab_way(tmp_path / "it's/a.mat")
    assert way.startswith(f"save its matrix mask as PNG in {tmp_path}/it's/masks")
    assert "b.mat holds mask too" in matlab_way(tmp_path / "it's/b.mat")
    command = way[way.index("python -c ") :].replace("python", sys.executable, 1)
    said = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout
    assert [Path(line.split()[2]).name for line in said.splitlines()] == ["c.mat", "d.mat"]
    assert (tmp_path / "it's/a.png").read_bytes() == before
    assert np.array_equal(np.asarray(cv2.imread(str(tmp_path / "it's/masks/a.png"), -1)), ids(0))
    assert np.array_equal(np.asarray(cv2.imread(str(tmp_path / "it's/masks/b.png"), -1)), matrices["b"])
    again = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout
    assert again.count("is there already") == 2


@pytest.mark.parametrize(
    "content", [b"", b"MATLAB 5.0 MAT-file" + b" " * 107 + b"\0\1IM" + b"\x0f\0\0\0\xff\xff\xff\x7fx"]
)
def test_damaged_matlab_files_are_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    save(tmp_path / "images/a.png", photo(0))
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(DataError, match="in MATLAB: imwrite"):
        open_dataset(tmp_path)


def test_a_panoptic_file_without_its_pngs_leaves_the_masks_to_be_read(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.jpg", photo(k))
        save(tmp_path / f"masks/{k}.png", ids(k))
    segments = [{"image_id": 0, "file_name": "0.png", "segments_info": [{"id": 1, "category_id": 1}]}]
    content = {"images": [], "annotations": segments, "categories": [{"id": 1, "name": "disc"}]}
    text(tmp_path / "panoptic.json", json.dumps(content).replace("0.png", "elsewhere_0.png"))
    data = open_dataset(tmp_path)
    assert data.format == "masks"
    assert "panoptic.json" in evidence(data, "file-unused")


def test_photos_and_files_that_a_csv_of_run_lengths_leaves_out_are_named(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"{'train' if k < 6 else 'test'}/p{k}.png", photo(k))
    rows = "".join(f"p{k},{1 + 96 * k} 20 {200 + 96 * k} 20,4\n" for k in range(6))
    text(tmp_path / "train.csv", f"ImageId,EncodedPixels,ClassId\n{rows}")
    text(tmp_path / "sample_submission.csv", "ImageId,EncodedPixels\np6,1 1\n")
    categories = [{"id": 0, "name": "shirt, blouse"}, {"id": 4, "name": "top, t-shirt, sweatshirt"}]
    text(tmp_path / "label_descriptions.json", json.dumps({"categories": categories}))
    data = open_dataset(tmp_path)
    assert "top, t-shirt, sweatshirt" in data.classes.names
    unused = evidence(data, "file-unused")
    assert "test/p6.png, test/p7.png, test/p8.png (images that the label files do not name" in unused
    assert "sample_submission.csv (not read" in unused


def test_lists_of_pieces_say_that_photos_are_to_be_cut(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/M-{k}.png", photo(k))
        save(tmp_path / f"masks/M-{k}.png", binary(k) * 255)
    for part in ("train", "test"):
        text(tmp_path / f"{part}.txt", "\n".join(f"M-{k}_{i}" for k in range(COUNT) for i in range(4)))
    data = open_dataset(tmp_path)
    assert {sample.part for sample in data.samples} == {None}
    assert "pieces to be cut from photos, as from images/M-" in evidence(data, "photo-missing")


@pytest.mark.parametrize("are_pieces", [True, False])
def test_photos_cut_from_others_are_named(tmp_path: Path, are_pieces: bool) -> None:
    for k in range(COUNT):
        part = "train" if k < 6 else "test"
        save(tmp_path / f"tiles/{part}/images/t{k}.png", photo(k))
        save(tmp_path / f"tiles/{part}/masks/t{k}.png", binary(k) * 255)
        save(tmp_path / f"crops/images/c{k}.png", photo(k if are_pieces else k + COUNT)[20:84, 30:94])
        save(tmp_path / f"crops/masks/c{k}.png", binary(k)[20:84, 30:94] * 255)
    said = "photos in crops/images are pieces of larger ones in other folders, as crops/images/c"
    assert (said in evidence(open_dataset(tmp_path), "folder-reading")) == are_pieces
