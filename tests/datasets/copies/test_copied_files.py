"""Second copies of single files in a folder of photos and masks, as systems and cloud folders name them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, binary, ids, numbered, photo, save


def unused(root: Path) -> str:
    return " ".join(f.evidence for f in file_findings(open_dataset(root)) if f.code == "file-unused")


def folder(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"images/IMG_880{k}.png", photo(k))
        save(root / f"masks/IMG_880{k}.png", binary(k) * 255)


@pytest.mark.parametrize("name", ["IMG_8803 (1)", "IMG_8803 - Copy", "IMG_8803 - Kopie (2)", "Copy of IMG_8803"])
def test_a_copy_of_the_same_bytes_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    folder(tmp_path)
    for place in ("images", "masks"):
        shutil.copy(tmp_path / place / "IMG_8803.png", tmp_path / place / f"{name}.png")
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())
    assert f"images/{name}.png" in unused(tmp_path)
    assert f"masks/{name}.png (a copy, byte by byte" in unused(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_8803-LAPTOP-7Q2HKD4N",
        "IMG_8803-DESKTOP-AB12CD3",
        "IMG_8803 (Ann's conflicted copy 2025-03-01)",
        "IMG_8803.sync-conflict-20250301-101112-ABCDEFG",
        "IMG_8803 - Copy",
        "IMG_8803 (1)",
    ],
)
def test_two_versions_of_a_mask_that_differ_are_asked_about(tmp_path: Path, name: str) -> None:
    folder(tmp_path)
    save(tmp_path / f"masks/{name}.png", cut(binary(3) * 255))
    with pytest.raises(DataError, match=r"named as a copy of masks/IMG_8803\.png, and the two masks differ"):
        open_dataset(tmp_path)


def cut(mask: Pixels) -> Pixels:
    mask = mask.copy()
    mask[:, :40] = 0
    return mask


def test_numbered_masks_of_single_objects_are_no_versions(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/a{k}.png", photo(k))
        save(tmp_path / f"masks/a{k}.png", (ids(k) == 1).astype(np.uint8) * 255)
        save(tmp_path / f"masks/a{k} (1).png", (ids(k) == 2).astype(np.uint8) * 255)
    assert len(open_dataset(tmp_path)) == COUNT


def test_photos_that_are_numbered_in_brackets_are_no_copies(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/photo ({k}).png", photo(k))
        save(tmp_path / f"masks/photo ({k}).png", binary(k) * 255)
    assert len(open_dataset(tmp_path)) == COUNT
    assert "copy" not in unused(tmp_path)


@pytest.mark.parametrize("name", ["Scan ({})", "Scan copy {}", "Scan-pc-station{:02d}"])
def test_masks_of_photos_of_such_names_are_no_versions(tmp_path: Path, name: str) -> None:
    for k in range(COUNT):
        called = name.format(k) if k else "Scan"
        save(tmp_path / f"images/{called}.png", photo(k))
        save(tmp_path / f"masks/{called}.png", binary(k) * 255)
    assert len(open_dataset(tmp_path)) == COUNT
