"""Masks that are copies of other photos' masks."""

import time
from pathlib import Path

import cv2
import numpy as np

from maskwright.checks.check import check
from maskwright.checks.masks.copied_masks import copied_findings
from maskwright.datasets.compared_photos import Duplicates
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.mask_faults import write_pair

COUNT = 14


def scene(seed: int) -> tuple[Photo, Mask]:
    """Return a mottled photo with bright discs, and their mask."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((160, 200), np.uint8)
    for x, y, radius in rng.integers((20, 20, 8), (180, 140, 22), (6, 3)).tolist():
        cv2.circle(mask, (x, y), radius, (1,), -1)
    ground = cv2.resize(rng.integers(40, 120, (16, 20, 3)).astype(np.uint8), (200, 160))
    return np.where(mask[..., None] == 1, ground + 90, ground).astype(np.uint8), mask


def named(root: Path) -> list[Finding]:
    return [f for f in check(open_dataset(root)) if f.code == "mask-same"]


def written(root: Path, owners: dict[int, int]) -> Path:
    """Write photos, each with its own mask or with that of the photo that `owners` gives."""
    for k in range(COUNT):
        write_pair(root, f"p{k:02d}", scene(k)[0], scene(owners.get(k, k))[1])
    return root


def test_masks_that_repeat_the_one_before_are_named_by_the_edges_of_their_photos(tmp_path: Path) -> None:
    (finding,) = named(written(tmp_path, {5: 4, 9: 8}))
    assert [Path(name).stem for name in finding.photos] == ["p05", "p09"]
    assert "2 times one mask on several photos" in finding.evidence
    for name in finding.photos:  # the fix, obeyed
        for path in tmp_path.rglob(Path(name).stem + ".*"):
            path.unlink()
    assert named(tmp_path) == []


def test_masks_of_their_own_are_fine(tmp_path: Path) -> None:
    assert named(written(tmp_path, {})) == []


def test_a_template_that_most_photos_share_is_drawn_on_purpose(tmp_path: Path) -> None:
    assert named(written(tmp_path, dict.fromkeys(range(8), 0))) == []


def test_one_photo_that_is_there_twice_has_one_mask(tmp_path: Path) -> None:
    root = written(tmp_path, {})
    write_pair(root, "twice", *scene(3))
    assert named(root) == []


def test_boxes_are_alike_by_chance(tmp_path: Path) -> None:
    root = written(tmp_path, {})
    for k in (2, 7):
        mask = np.zeros((160, 200), np.uint8)
        mask[10:150, 10:190] = 1
        write_pair(root, f"p{k:02d}", scene(k)[0], mask)
    assert named(root) == []


def test_many_equal_frames_take_a_moment() -> None:
    frames = tuple(f"{k}.png" for k in range(3000))
    begin = time.process_time()
    assert copied_findings([], Duplicates((frames,), (), (frames,), len(frames), 0)) == []
    assert time.process_time() - begin < 0.2
