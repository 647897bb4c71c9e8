"""Photos with other sides than the annotation file states: shapes are scaled where coordinates count on the stated."""

import json
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Bitmap, Ellipse, Polygon, Shape, bitmap_of
from maskwright.datasets.truth.stated_sides import StatedPhoto, readings, scaled
from tests.support.drawn_layouts import photo, save, text

STATED_HW = (48, 64)
FAR, NEAR = (
    ((50.0, 30.0), (60.0, 30.0), (60.0, 44.0), (50.0, 44.0)),
    ((2.0, 2.0), (20.0, 2.0), (20.0, 20.0), (2.0, 20.0)),
)


def polygon(corners: tuple[tuple[float, float], ...]) -> Polygon:
    return Polygon(1, np.array(corners))


def reading(shape: Shape, photo_hw: tuple[int, int], *, photos: int = 8, in_shares: bool = False) -> str:
    given = {str(k): StatedPhoto([shape], STATED_HW, photo_hw, in_shares) for k in range(photos)}
    return readings(given).get("0", "same")


@pytest.mark.parametrize(
    ("corners", "photo_hw", "expected"),
    [
        (FAR, (48, 64), "same"),
        (FAR, (48, 65), "same"),
        (FAR, (24, 32), "scaled"),  # no photo of 32x24 pixels holds these
        (NEAR, (24, 32), "kept"),  # eight times by chance in the upper left quarter: no
        (FAR, (96, 128), "scaled"),
        (((50.0, 30.0), (90.0, 30.0), (90.0, 80.0)), (96, 128), "kept"),  # beyond the stated sides
        (FAR, (64, 64), "kept"),
        (FAR, (24, 64), "stretched"),
        (FAR, (40, 40), "stretched"),
        (((50.0, 30.0), (90.0, 30.0), (90.0, 60.0)), (40, 40), "kept"),  # beyond both
        (FAR, (64, 48), "exchanged"),
    ],
)
def test_the_coordinates_tell_on_which_sides_they_count(
    corners: tuple[tuple[float, float], ...], photo_hw: tuple[int, int], expected: str
) -> None:
    assert reading(polygon(corners), photo_hw) == expected


def test_a_single_photo_whose_shapes_fit_both_sides_is_taken_to_be_resized() -> None:
    assert reading(polygon(NEAR), (24, 32), photos=1) == "scaled"


def test_shapes_that_end_at_the_edge_of_their_photo_count_on_it() -> None:
    at_edge = ((16.0, 10.0), (32.0, 10.0), (32.0, 24.0), (16.0, 24.0))
    assert reading(polygon(at_edge), (24, 32), photos=1) == "kept"


def test_frames_that_a_codec_padded_are_not_scaled() -> None:
    padded = {"frame": StatedPhoto([polygon(FAR)], (1080, 1920), (1088, 1920))}
    assert readings(padded) == {"frame": "kept"}


def test_coordinates_made_from_shares_are_always_scaled() -> None:
    assert reading(polygon(FAR), (64, 48), in_shares=True) == "scaled"
    assert reading(polygon(NEAR), (24, 32), in_shares=True) == "scaled"


def test_every_kind_of_shape_is_scaled() -> None:
    seen = StatedPhoto([], STATED_HW, (96, 128))
    assert isinstance(outline := scaled(polygon(FAR), seen), Polygon)
    assert np.array_equal(outline.xy, 2 * np.array(FAR))
    assert scaled(Ellipse(1, (10.0, 12.0), (4.0, 3.0)), seen) == Ellipse(1, (20.0, 24.0), (8.0, 6.0))
    assert isinstance(pixels := scaled(bitmap_of(1, np.eye(4, dtype=bool), corner_xy=(5, 6)), seen), Bitmap)
    assert (pixels.corner_xy, pixels.class_id) == ((10, 12), 1)
    assert np.array_equal(pixels.pixels, np.kron(np.eye(4, dtype=bool), np.ones((2, 2), dtype=bool)))


def _resized(root: Path, *, stated_wh: tuple[int, int]) -> Dataset:
    images, shapes = [], []
    ring = [
        0.6 * stated_wh[0],
        0.6 * stated_wh[1],
        0.9 * stated_wh[0],
        0.6 * stated_wh[1],
        0.9 * stated_wh[0],
        stated_wh[1],
    ]
    for k in range(3):
        save(root / f"{k}.png", photo(k))
        images.append({"id": k, "width": stated_wh[0], "height": stated_wh[1], "file_name": f"{k}.png"})
        shapes.append({"id": k, "image_id": k, "category_id": 1, "segmentation": [ring]})
    content = {"images": images, "annotations": shapes, "categories": [{"id": 1, "name": "leaf"}]}
    text(root / "labels.json", json.dumps(content))
    return open_dataset(root)


def test_photos_resized_after_labelling_have_the_masks_of_the_originals_and_a_warning(tmp_path: Path) -> None:
    same, large = _resized(tmp_path / "same", stated_wh=(128, 96)), _resized(tmp_path / "large", stated_wh=(1280, 960))
    masks = [[dataset.mask(sample) for sample in dataset.samples] for dataset in (same, large)]
    assert np.array_equal(masks[0], masks[1])
    found = {finding.code: finding for finding in check(large)}
    assert "1280x960 by the file, the photo has 128x96" in found["photo-resized"].evidence
    assert "photo-resized" not in {finding.code for finding in check(same)}
