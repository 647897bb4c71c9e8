"""Masks that all begin in one corner of their photos, and some that only seem to."""

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

SIDE = 240


def found(root: Path, code: str = "mask-shifted") -> Finding | None:
    return next((f for f in check(open_dataset(root)) if f.code == code and f.severity != "note"), None)


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
