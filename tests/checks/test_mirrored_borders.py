"""Borders that augmentation mirrored without the masks are named; other borders and symmetric photos are not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.mask_faults import write_pair

SIDE = 240


def scene(seed: int) -> tuple[Photo, Mask]:
    """Return a photo of many blots and some objects near its edges, and the mask of the objects."""
    rng = np.random.default_rng(seed)
    photo = np.asarray(cv2.resize(rng.integers(60, 200, (16, 16, 3)).astype(np.uint8), (SIDE, SIDE)), np.uint8)
    for x, y, radius in zip(*rng.integers(0, SIDE, (2, 150)).tolist(), rng.integers(2, 7, 150).tolist(), strict=True):
        cv2.circle(photo, (x, y), radius, rng.integers(0, 255, 3).tolist(), -1)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for x, y in ((30, 40), (205, 50), (40, 200), (200, 195), (120, 30), (120, 210)):
        cv2.circle(mask, (x + int(rng.integers(-8, 8)), y), 14, (1,), -1)
    photo[mask == 1] = photo[mask == 1] // 3 + np.array([90, 20, 20], np.uint8)
    return np.asarray(photo, np.uint8), mask


def moved(picture: NDArray[np.uint8], seed: int, *, border: int, flags: int) -> NDArray[np.uint8]:
    """Return a picture rotated, made smaller and moved; what is free is filled as `border` says."""
    rng = np.random.default_rng(100 + seed)
    matrix = np.asarray(cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(rng.uniform(-15, 15)), 0.85))
    matrix = matrix + np.c_[np.zeros((2, 2)), rng.uniform(20, 45, 2) * rng.choice((-1, 1), 2)]
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=flags, borderMode=border), dtype=np.uint8)


def found(root: Path, pairs: list[tuple[Photo, Mask]]) -> Finding | None:
    for number, (photo, mask) in enumerate(pairs):
        write_pair(root, f"p{number:02d}", photo, mask)
    return next((finding for finding in check(open_dataset(root)) if finding.code == "border-mirrored"), None)


def augmented(photo_border: int, mask_border: int) -> list[tuple[Photo, Mask]]:
    pairs = []
    for seed in range(10):
        photo, mask = scene(seed)
        pairs.append(
            (
                moved(photo, seed, border=photo_border, flags=cv2.INTER_LINEAR),
                moved(mask, seed, border=mask_border, flags=cv2.INTER_NEAREST),
            )
        )
    return pairs


def test_borders_that_were_mirrored_without_the_masks_are_named(tmp_path: Path) -> None:
    finding = found(tmp_path, augmented(cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT))
    assert finding is not None
    assert "of 10 photos that were looked at repeat their inside" in finding.evidence
    assert len(finding.photos) >= 5


@pytest.mark.parametrize("mask_border", [cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT])
def test_borders_of_masks_that_fit_those_of_their_photos_are_fine(tmp_path: Path, mask_border: int) -> None:
    assert found(tmp_path, augmented(mask_border, mask_border)) is None


def test_photos_that_are_symmetric_by_nature_are_fine(tmp_path: Path) -> None:
    pairs = []
    for seed in range(10):
        photo, mask = scene(seed)
        half = np.s_[:, : SIDE // 2]
        photo, mask = (np.concatenate([plane[half], plane[half][:, ::-1]], axis=1) for plane in (photo, mask))
        pairs.append((photo, mask))
    assert found(tmp_path, pairs) is None


def test_plain_photos_are_fine(tmp_path: Path) -> None:
    assert found(tmp_path, [scene(seed) for seed in range(10)]) is None
