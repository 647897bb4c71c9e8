"""Frames of one film in several parts of the split."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.photos import Photo
from tests.support.scenes import save

COUNT, SIDE = 24, 160


def film() -> list[Photo]:
    """Return frames of a camera that moves over a scene, with things that come and go."""
    rng = np.random.default_rng(0)
    scene = cv2.resize(rng.integers(0, 255, (40, 200, 3), dtype=np.uint8), (1600, 320), interpolation=cv2.INTER_CUBIC)
    return [np.ascontiguousarray(scene[:SIDE, 30 * i : 30 * i + SIDE]) for i in range(COUNT)]


def photos_of_one_kind() -> list[Photo]:
    rngs = [np.random.default_rng(i) for i in range(COUNT)]
    return [cv2.resize(r.integers(0, 255, (20, 20, 3), dtype=np.uint8), (SIDE, SIDE)).astype(np.uint8) for r in rngs]


def leaks(folder: Path, photos: list[Photo], held_out: set[int], name: str = "frame_{:04d}") -> list[str]:
    for i, photo in enumerate(photos):
        part = "val" if i in held_out else "train"
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.circle(mask, (40 + 3 * i, 80), 20, (255,), -1)
        save(folder / part / "images" / f"{name.format(30 * i)}.png", photo)
        save(folder / part / "masks" / f"{name.format(30 * i)}.png", mask)
    return [f.title for f in check(open_dataset(folder)) if f.code == "split-leak"]


def test_frames_that_were_divided_one_by_one_are_named(tmp_path: Path) -> None:
    titles = leaks(tmp_path, film(), {2, 5, 9, 13, 14, 20})
    assert titles
    assert all("part" in title for title in titles)


@pytest.mark.parametrize("held_out", [set(range(18, 24)), {2, 5, 9, 13, 14, 20}])
def test_photos_of_one_kind_with_numbers_are_no_film(tmp_path: Path, held_out: set[int]) -> None:
    assert leaks(tmp_path, photos_of_one_kind(), held_out) == []


def test_folds_that_hold_each_photo_again_are_copies_and_no_film(tmp_path: Path) -> None:
    for fold in range(3):
        for i, photo in enumerate(photos_of_one_kind()[:12]):
            mask = np.zeros((SIDE, SIDE), np.uint8)
            cv2.circle(mask, (40 + 3 * i, 80), 20, (255,), -1)
            part = "test" if i % 3 == fold else "train"
            save(tmp_path / f"fold{fold}" / part / "images" / f"{i:03}.png", photo)
            save(tmp_path / f"fold{fold}" / part / "masks" / f"{i:03}.png", mask)
    (leak,) = [finding for finding in check(open_dataset(tmp_path)) if finding.code == "split-leak"]
    assert "pairs: fold0/test/images/000.png (test) ~ fold1/train/images/000.png (train)" in leak.evidence
