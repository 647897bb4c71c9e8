"""Bands in files of their own and two times of one place are no photos each: the commands that join them are obeyed."""

import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, binary, photo, save

BANDS = ("red", "green", "blue")


def bands(root: Path, kinds: tuple[str, ...] = (*BANDS, "nir")) -> Path:
    """Draw 16-bit bands a folder, with masks for training and none for testing."""
    for k in range(COUNT):
        part = "train" if k < 7 else "test"
        for name in kinds:
            place = root / f"clouds_{part}ing/{part}_{name}/{name}_patch_{k}.TIF"
            place.parent.mkdir(parents=True, exist_ok=True)
            channel = photo(k)[:, :, BANDS.index(name) if name in BANDS else 1].astype(np.uint16) * 100
            cv2.imwrite(str(place), channel)
        if part == "train":
            save(root / f"clouds_training/train_gt/gt_patch_{k}.png", binary(k) * 255)
    return root


def obeyed(root: Path, match: str, folder: str) -> Dataset:
    with pytest.raises(DataError, match=match) as asked:
        open_dataset(root)
    assert f"data.photo_folder={folder}" in str(asked.value)
    subprocess.run([sys.executable, *shlex.split(str(asked.value).split("`")[1])[1:]], check=True)
    return open_dataset(root, options=ReadOptions(photo_folder=folder))


def test_bands_in_folders_of_their_own_are_joined(tmp_path: Path) -> None:
    data = obeyed(bands(tmp_path / "d"), "the bands blue, green, nir, red of a photo lie in files", "train_joined")
    assert len(data) == COUNT
    assert len(data.annotated) == 7
    stored = cv2.imread(str(data.samples[-1].photo), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    assert (stored[:, :, ::-1] == photo(6).astype(np.uint16) * 100).all()
    unused = [remark for remark in data.facts.remarks if remark.kind == "file-unused"]
    assert sum(len(remark.samples) for remark in unused) == 4 * COUNT


def test_one_band_can_be_chosen_and_leaves_no_other_as_a_photo(tmp_path: Path) -> None:
    data = open_dataset(bands(tmp_path / "d"), options=ReadOptions(photo_folder="train_red"))
    assert {sample.name.split("/")[1] for sample in data.samples} == {"train_red", "test_red"}


def test_two_times_of_a_place_are_joined(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"d/train/A/t{k}.png", photo(k))
        save(tmp_path / f"d/train/B/t{k}.png", photo(k + 20))
        save(tmp_path / f"d/train/label/t{k}.png", binary(k) * 255)
    data = obeyed(tmp_path / "d", "if masks mark what changed from one to the other, neither alone shows it", "AB")
    assert len(data) == COUNT
    stored = cv2.imread(str(data.samples[0].photo))
    assert stored is not None
    grey = cv2.cvtColor(np.ascontiguousarray(photo(0)[:, :, ::-1]), cv2.COLOR_BGR2GRAY)
    assert np.abs(stored[:, :, 2].astype(int) - grey).max() <= 1


def test_heights_beside_masks_are_no_kind_to_choose(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"rgb/t{k}.png", photo(k))
        save(tmp_path / f"labels/t{k}.png", binary(k) * 255)
        (tmp_path / "elevations").mkdir(exist_ok=True)
        heights = cv2.GaussianBlur(binary(k).astype(np.float32), (0, 0), 9) * 7.3 + 30.1
        cv2.imwrite(str(tmp_path / f"elevations/t{k}.tif"), heights)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "object")
    assert len(data.annotated) == COUNT
