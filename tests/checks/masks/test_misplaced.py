"""Masks that lie beside what they show, some among many that fit or all in a corner; and some that only seem to."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.mask_faults import write_pair

SIDE, COUNT = 240, 14


def lines(seed: int, *, faint: bool = False) -> tuple[Photo, Mask]:
    """Return a mottled photo with dark lines all over, hardly darker where faint, and the mask of the lines."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for x0, y0, x1, y1 in rng.integers(0, SIDE, (30, 4)).tolist():
        cv2.line(mask, (x0, y0), (x1, y1), (1,), 5)
    ground = cv2.resize(rng.integers(100, 200, (20, 20, 3)).astype(np.uint8), (SIDE, SIDE)).astype(np.int64)
    share = 0.97 if faint else 0.6
    photo = np.where(mask[:, :, None] == 1, share * ground, ground) + rng.integers(-8, 9, (SIDE, SIDE, 3))
    return np.clip(photo, 0, 255).astype(np.uint8), mask


def warped(mask: Mask, seed: int) -> Mask:
    """Return a mask rotated, scaled and moved by numbers of its own."""
    rng = np.random.default_rng(seed)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(rng.uniform(50, 80)), float(rng.uniform(0.7, 0.85)))
    matrix = np.asarray(turn) + np.c_[np.zeros((2, 2)), rng.uniform(30, 60, 2)]
    return np.asarray(cv2.warpAffine(mask, matrix, (SIDE, SIDE), flags=cv2.INTER_NEAREST), dtype=np.uint8)


def found(root: Path, code: str = "mask-shifted") -> Finding | None:
    return next((f for f in check(open_dataset(root)) if f.code == code and f.severity != "note"), None)


def test_some_masks_that_were_augmented_apart_from_their_photos_are_named(tmp_path: Path) -> None:
    for seed in range(COUNT):
        photo, mask = lines(seed)
        write_pair(tmp_path, f"p{seed:02d}", photo, warped(mask, seed) if seed in (2, 5, 6, 11) else mask)
    finding = found(tmp_path)
    assert finding is not None
    assert "4 of 14 masks" in finding.evidence
    assert {Path(name).stem for name in finding.photos} == {"p02", "p05", "p06", "p11"}


@pytest.mark.parametrize("odd", ["none", "faint objects", "two of them"])
def test_faint_objects_and_single_bad_masks_are_not_called_misplaced(tmp_path: Path, odd: str) -> None:
    for seed in range(COUNT):
        photo, mask = lines(seed, faint=odd == "faint objects" and seed % 3 < 2)
        moved = odd == "two of them" and seed in (2, 5)
        write_pair(tmp_path, f"p{seed:02d}", photo, warped(mask, seed) if moved else mask)
    assert found(tmp_path) is None


def spot(seed: int, *, in_corner: bool) -> tuple[Photo, Mask]:
    """Return a photo with a dark object, and its mask; in the corner where it was stored for its box alone."""
    rng = np.random.default_rng(seed)
    place = (0, 0) if in_corner else tuple(rng.integers(90, 150, 2).tolist())
    radius = int(rng.integers(18, 34))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    centre = (place[0] + radius, place[1] + radius)
    cv2.ellipse(mask, centre, (radius, radius * 3 // 4), 0, 0, 360, (1,), -1)
    rows = np.flatnonzero(mask.any(axis=1))
    mask = np.roll(mask, -int(rows[0]), axis=0) if in_corner else mask
    ground = cv2.resize(rng.integers(90, 200, (24, 24, 3)).astype(np.uint8), (SIDE, SIDE)).astype(np.int64)
    photo = np.where(mask[:, :, None] == 1, ground // 3, ground) + rng.integers(-8, 9, (SIDE, SIDE, 3))
    return np.clip(photo, 0, 255).astype(np.uint8), mask


def test_masks_that_were_left_in_the_corner_are_named(tmp_path: Path) -> None:
    for seed in range(10):
        write_pair(tmp_path, f"p{seed:02d}", spot(seed, in_corner=False)[0], spot(seed, in_corner=True)[1])
    finding = found(tmp_path)
    assert finding is not None
    assert "top left corner" in finding.evidence
    assert finding.severity == "error"


@pytest.mark.parametrize("in_corner", [True, False])
def test_objects_that_are_in_the_corner_and_others_are_not_accused(tmp_path: Path, in_corner: bool) -> None:
    for seed in range(10):
        write_pair(tmp_path, f"p{seed:02d}", *spot(seed, in_corner=in_corner))
    assert found(tmp_path) is None


def test_a_faint_mark_of_one_size_in_the_corner_of_all_photos_is_not_accused(tmp_path: Path) -> None:
    for seed in range(10):
        photo, mask = spot(seed, in_corner=False)
        mask[:], mask[: 20 + seed % 2, :50] = 0, 1
        write_pair(tmp_path, f"p{seed:02d}", photo, mask)
    assert found(tmp_path) is None
