"""Masks that lie beside what they show among many that fit, and some that only seem to."""

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
