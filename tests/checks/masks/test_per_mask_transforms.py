"""Photos and masks that were augmented with different random numbers; photos show many lines, as vessels do."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.mask_faults import mirrored, shifted, write_pair

ANGLES = (12, -18, 8, 22, -10, 16)


def lines(seed: int) -> tuple[Photo, Mask]:
    """Return a mottled photo with dark lines all over, and the mask of the lines."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((240, 240), dtype=np.uint8)
    for x0, y0, x1, y1 in rng.integers(0, 240, (30, 4)).tolist():
        cv2.line(mask, (x0, y0), (x1, y1), (1,), 5)
    ground = cv2.resize(rng.integers(100, 200, (20, 20, 3)).astype(np.uint8), (240, 240))
    photo = np.where(mask[:, :, None] == 1, ground // 2, ground).astype(np.int64) + rng.integers(-8, 9, (240, 240, 3))
    return np.clip(photo, 0, 255).astype(np.uint8), mask


def rotated(mask: Mask, degrees: float) -> Mask:
    matrix = cv2.getRotationMatrix2D((119.5, 119.5), degrees, 1.0)
    return np.asarray(cv2.warpAffine(mask, matrix, (240, 240), flags=cv2.INTER_NEAREST), dtype=np.uint8)


def test_masks_that_were_moved_each_by_itself_are_named_with_their_moves(tmp_path: Path) -> None:
    for seed, degrees in enumerate(ANGLES):
        photo, mask = lines(seed)
        write_pair(tmp_path, f"p{seed}", photo, rotated(mirrored(mask) if seed % 2 else mask, degrees))
    (finding,) = (f for f in check(open_dataset(tmp_path)) if f.code == "mask-turned")
    assert "of 6 that were tried, 6 do" in finding.evidence
    assert "p0.png rotated by -12 degrees" in finding.evidence
    assert len(finding.photos) == 6


@pytest.mark.parametrize("other_photo", [0, 50])
def test_masks_that_lie_right_or_belong_to_other_pictures_are_not_called_rotated(
    tmp_path: Path, other_photo: int
) -> None:
    for seed in range(6):
        write_pair(tmp_path, f"p{seed}", lines(seed)[0], lines(seed + other_photo)[1])
    assert "mask-turned" not in {f.code for f in check(open_dataset(tmp_path))}


def test_augmented_copies_whose_masks_are_shifted_each_by_itself_are_named(tmp_path: Path) -> None:
    shifts = ((0.125, -0.083), (-0.1, 0.15), (0.075, 0.108), (-0.167, -0.0625))
    for seed, (right, down) in enumerate(shifts):
        write_pair(tmp_path, f"p{seed}", *lines(seed))
        photo, mask = lines(seed + 20)
        write_pair(tmp_path, f"p{seed}_aug", photo, shifted(mask, right=right, down=down))
    (finding,) = (f for f in check(open_dataset(tmp_path)) if f.code == "mask-shifted")
    assert [Path(name).stem for name in finding.photos] == [f"p{seed}_aug" for seed in range(4)]
    assert "all with 'aug' in their names" in finding.evidence
    assert "-12% of the long side to the right and +8% down" in finding.evidence
    for name in finding.photos:  # the fix, obeyed
        for path in tmp_path.rglob(Path(name).stem + ".*"):
            path.unlink()
    assert "mask-shifted" not in {f.code for f in check(open_dataset(tmp_path))}
