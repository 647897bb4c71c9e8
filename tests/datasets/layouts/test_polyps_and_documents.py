"""Folders laid out as public sets of polyps and identity documents, which were misread at first."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, binary, photo, save


def boxed(picture: Pixels) -> Pixels:
    """Return a photo with a green box drawn along its sides, as around an object that fills it."""
    drawn = picture.copy()
    cv2.rectangle(drawn, (1, 1), (drawn.shape[1] - 2, drawn.shape[0] - 2), (0, 255, 0), 3)
    return drawn


def draw_polyps(root: Path) -> None:
    for k in range(COUNT):
        save(root / f"data_C1/images_C1/{k + 10}H0.png", photo(k))
        save(root / f"data_C1/masks_C1/{k + 10}H0_mask.png", binary(k) * 255)
        save(root / f"data_C1/bbox_image_C1/{k + 10}H0_mask_bbox.png", boxed(photo(k)))


@pytest.mark.parametrize("wanted", [None, "images_C1"])
def test_a_picture_with_a_drawn_box_is_not_the_photo(tmp_path: Path, wanted: str | None) -> None:
    draw_polyps(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder=wanted))
    assert len(data.samples) == COUNT
    np.testing.assert_array_equal(data.photo(data.samples[2]), photo(2))


def test_the_pictures_that_a_person_chose_are_the_photos(tmp_path: Path) -> None:
    draw_polyps(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(photo_folder="bbox_image_C1"))
    np.testing.assert_array_equal(data.photo(data.samples[2]), boxed(photo(2)))


def test_a_folder_of_photos_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    draw_polyps(tmp_path)
    with pytest.raises(DataError, match=r"photo_folder=nonsense is .* of no photo; the folders .* images_C1"):
        open_dataset(tmp_path, options=ReadOptions(photo_folder="nonsense"))


def test_two_letters_name_a_part_only_beside_training_photos(tmp_path: Path) -> None:
    for places, parts in ((("CA", "TS", "KS"), {None}), (("TR", "TS"), {"train", "test"})):
        root = tmp_path / "_".join(places)
        for k in range(2 * len(places)):
            place = places[k % len(places)]
            save(root / f"01_id/images/{place}/{place}{k:02}.png", photo(k))
            save(root / f"01_id/masks/{place}/{place}{k:02}.png", binary(k) * 255)
        assert {sample.part for sample in open_dataset(root).samples} == parts
