from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import IGNORE, class_table
from maskwright.report.error_maps import CROP_PX, EXTRA, MISSED, WRONG, crop_box, error_maps, errors

TABLE = class_table(("background", "cat", "dog"))


def test_each_kind_of_error_has_its_number_and_ignored_pixels_none() -> None:
    truth = np.array([[0, 0, 1, 1, 1, IGNORE, 2]], dtype=np.uint8)
    prediction = np.array([[0, 1, 0, 1, 2, 1, 2]], dtype=np.uint8)
    assert errors(truth, prediction, TABLE).tolist() == [[0, 2, 1, 0, 3, 0, 0]]


def test_the_crop_surrounds_the_objects_and_stays_in_the_photo() -> None:
    shown = np.zeros((900, 1200), dtype=np.bool_)
    shown[800:900, 0:600] = True
    top, bottom, left, right = crop_box(shown)
    assert (left, bottom) == (0, 900)
    assert right - left == pytest.approx(744, abs=1)
    assert (right - left) / (bottom - top) == pytest.approx(4 / 3, abs=0.01)


def test_a_photo_without_objects_is_shown_whole() -> None:
    assert crop_box(np.zeros((30, 40), dtype=np.bool_)) == (0, 30, 0, 40)


@pytest.mark.parametrize("size_hw", [(1, 1), (5, 300), (300, 5)])
def test_slim_photos_have_maps_too(size_hw: tuple[int, int]) -> None:
    truth = np.ones(size_hw, dtype=np.uint8)
    maps = error_maps(np.zeros((*size_hw, 3), dtype=np.uint8), truth, truth * 0, TABLE)
    assert maps.crop.shape[:2] == size_hw


def test_overlays_have_the_size_of_the_crop_and_the_colours_of_the_errors() -> None:
    truth = np.zeros((900, 1200), dtype=np.uint8)
    prediction = truth.copy()
    truth[100:800, 100:1100] = 1
    prediction[100:800, 300:1180] = 1
    prediction[400:500, 500:700] = 2
    maps = error_maps(np.full((900, 1200, 3), 90, dtype=np.uint8), truth, prediction, TABLE)
    assert max(maps.crop.shape) == CROP_PX
    for data in (maps.errors, maps.truth, maps.prediction):
        with Image.open(BytesIO(data)) as image:
            assert image.size == (maps.crop.shape[1], maps.crop.shape[0])
    with Image.open(BytesIO(maps.errors)) as image:
        pixels = np.asarray(image.convert("RGBA")).reshape(-1, 4)
    seen = {tuple(int(v) for v in pixel[:3]) for pixel in pixels if pixel[3]}
    assert seen == {MISSED, EXTRA, WRONG}
