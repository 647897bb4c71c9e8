from pathlib import Path

import cv2
import numpy as np

from maskwright.checks.check import check
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.scenes import drawn_dataset

SIZE_HW = (120, 160)


def star(seed: int) -> Mask:
    """Draw one object of five points, turned by the seed."""
    angles = np.arange(10) * np.pi / 5 + seed
    radii = np.where(np.arange(10) % 2, 20, 45)
    points = np.stack([80 + radii * np.cos(angles), 60 + radii * np.sin(angles)], axis=1).round().astype(np.int32)
    return np.asarray(cv2.fillPoly(np.zeros(SIZE_HW, np.uint8), [points], (1,)), dtype=np.uint8)


def boxed(mask: Mask) -> Mask:
    left, top, wide, high = cv2.boundingRect(mask)
    return np.asarray(np.pad(np.ones((high, wide), np.uint8), ((top, 120 - top - high), (left, 160 - left - wide))))


def photo_of(mask: Mask, seed: int) -> Photo:
    grain = np.random.default_rng(seed).integers(0, 25, (*SIZE_HW, 1), dtype=np.uint8)
    return np.repeat(grain + 60 + 120 * mask[..., None], 3, axis=2)


def found(folder: Path, photos: list[Photo], masks: list[Mask]) -> Finding | None:
    names = [f"p{i:03}.png" for i in range(len(photos))]
    data = drawn_dataset(folder, dict(zip(names, photos, strict=True)), dict(zip(names, masks, strict=True)))
    return next((finding for finding in check(data) if finding.code == "mask-boxes"), None)


def test_boxes_among_outlines_are_named_with_their_photos(tmp_path: Path) -> None:
    shapes = [star(i) for i in range(18)]
    photos = [photo_of(shape, i) for i, shape in enumerate(shapes)]
    finding = found(tmp_path, photos, [boxed(s) if i % 3 == 0 else s for i, s in enumerate(shapes)])
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.photos == tuple(f"p{i:03}.png" for i in range(0, 18, 3))
    assert finding.evidence.startswith("6 of 18 of grid are axis-parallel boxes, in 6 photos: ")


def test_a_few_boxes_are_named_where_their_photos_hold_nothing_else(tmp_path: Path) -> None:
    shapes = [star(i) for i in range(12)]
    photos = [photo_of(shape, i) for i, shape in enumerate(shapes)]
    finding = found(tmp_path, photos, [boxed(s) if i % 4 == 0 else s for i, s in enumerate(shapes)])
    assert finding is not None
    assert finding.photos == tuple(f"p{i:03}.png" for i in range(0, 12, 4))


def test_boxes_that_touch_one_side_of_the_photo_count(tmp_path: Path) -> None:
    masks = [np.vstack([star(i)[38:], np.zeros((38, 160), np.uint8)]) for i in range(18)]
    photos = [photo_of(mask, i) for i, mask in enumerate(masks)]
    finding = found(tmp_path, photos, [boxed(m) if i % 3 == 0 else m for i, m in enumerate(masks)])
    assert finding is not None
    assert len(finding.photos) == 6


def test_objects_that_are_rectangles_are_a_note_and_outlines_alone_are_nothing(tmp_path: Path) -> None:
    shapes = [boxed(star(i)) if i % 3 == 0 else star(i) for i in range(18)]
    photos = [photo_of(shape, i) for i, shape in enumerate(shapes)]
    finding = found(tmp_path / "rectangles", photos, shapes)
    assert finding is not None
    assert finding.severity == "note"
    stars = [star(i) for i in range(18)]
    assert found(tmp_path / "stars", photos, stars) is None


def test_pages_of_which_some_lie_straight_are_not_named(tmp_path: Path) -> None:
    pages = []
    for i in range(18):
        corners = cv2.boxPoints(((80, 60), (90, 50), 0 if i % 3 == 0 else 5 + i)).round().astype(np.int32)
        pages.append(np.asarray(cv2.fillPoly(np.zeros(SIZE_HW, np.uint8), [corners], (1,)), dtype=np.uint8))
    assert found(tmp_path, [photo_of(page, i) for i, page in enumerate(pages)], pages) is None
