"""Photos of floats from 0 to 1 that were stored as bytes, alone or among sound ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from tests.support.scenes import picture, save


def written(folder: Path, black: set[int], *, ending: str) -> Path:
    for i in range(12):
        photo = picture(i, (96, 96))
        name = f"{i:02d}{ending if i in black else ''}"
        mask = np.zeros((96, 96), np.uint8)
        cv2.circle(mask, (30 + 3 * i, 50), 18, (255,), -1)
        save(folder / "image" / f"{name}.png", (photo > 140).astype(np.uint8) if i in black else photo)
        save(folder / "label" / f"{name}.png", mask)
    return folder


@pytest.mark.parametrize("ending", ["", "_aug0"])
@pytest.mark.parametrize("count", [3, 5])
def test_black_photos_are_photos_and_named(tmp_path: Path, ending: str, count: int) -> None:
    dataset = open_dataset(written(tmp_path, set(range(count)), ending=ending))
    assert len(dataset.samples) == 12
    first = next(iter(check(dataset)))
    assert "black" in first.title
    assert len(first.photos) == count


def test_dark_photos_are_no_black_ones(tmp_path: Path) -> None:
    written(tmp_path, set(), ending="")
    for path in sorted((tmp_path / "image").iterdir())[:4]:
        photo = cv2.imread(str(path))
        assert photo is not None
        cv2.imwrite(str(path), photo // 16)
    assert not [f for f in check(open_dataset(tmp_path)) if "black" in f.title]


def test_photos_that_are_dark_where_nothing_shines_are_no_black_ones(tmp_path: Path) -> None:
    written(tmp_path, set(), ending="")
    rng = np.random.default_rng(0)
    for i in range(3):
        cv2.imwrite(str(tmp_path / "image" / f"{i:02d}.png"), rng.integers(0, 3, (96, 96)).astype(np.uint8))
        cv2.imwrite(str(tmp_path / "label" / f"{i:02d}.png"), np.zeros((96, 96), np.uint8))
    assert len(open_dataset(tmp_path).samples) == 12
    assert not [f for f in check(open_dataset(tmp_path)) if "black" in f.title]


def dim_of(folder: Path, dim: set[int], *, suffix: str = ".png", scale: int = 16) -> list[str]:
    """Write 12 photos, some of them as 12 bits divided by 256 leave them, and return those that are named so."""
    for i in range(12):
        photo, mask = picture(i, (96, 96)), np.zeros((96, 96), np.uint8)
        cv2.circle(mask, (30 + 3 * i, 50), 18, (255,), -1)
        save(folder / "image" / f"{i:02d}{suffix}", photo // scale if i in dim else photo)
        save(folder / "label" / f"{i:02d}.png", mask)
    found = [f for f in check(open_dataset(folder)) if "grey levels" in f.title]
    return [name for finding in found for name in finding.photos]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("count", [2, 6, 12])
def test_photos_whose_depth_was_cut_are_named(tmp_path: Path, suffix: str, count: int) -> None:
    assert len(dim_of(tmp_path, set(range(count)), suffix=suffix)) == count


def test_photos_of_the_night_are_not_named(tmp_path: Path) -> None:
    assert not dim_of(tmp_path, set(range(6)), scale=4)


def test_black_photos_of_classes_without_a_background_are_named(tmp_path: Path) -> None:
    written(tmp_path, {0, 1, 2}, ending="")
    for path in sorted((tmp_path / "label").iterdir()):
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert mask is not None
        cv2.imwrite(str(path), (mask > 0).astype(np.uint8))
    (tmp_path / "classes.csv").write_text("id,name\n0,soil\n1,plant\n")
    dataset = open_dataset(tmp_path)
    assert dataset.classes.background is None
    assert [len(f.photos) for f in check(dataset) if "black" in f.title] == [3]
