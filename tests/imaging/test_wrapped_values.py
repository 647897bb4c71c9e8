import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from maskwright.imaging.wrapped_values import wrapped_share


def _smooth(seed: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(seed).normal(0, 1, (200, 260))
    values = cv2.GaussianBlur(noise, (0, 0), 6)
    return np.asarray(np.interp(values, (values.min(), values.max()), (20, 230)))


def _grey(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.dstack([values.astype(np.int64).astype(np.uint8)] * 3)


@pytest.mark.parametrize("factor", [2, 4, 16])
def test_values_cut_to_the_lower_eight_bits_wrap(factor: int) -> None:
    assert wrapped_share(_grey(_smooth(0))) == 0
    assert wrapped_share(_grey(_smooth(0) * factor)) > 0.003


def test_a_printed_page_and_noise_of_dead_pixels_do_not_wrap() -> None:
    page = Image.new("L", (400, 300), 255)
    for row in range(0, 300, 12):
        ImageDraw.Draw(page).text((3, row), "The quick brown fox jumps over the lazy dog, 0123456789.", fill=0)
    printed = np.asarray(page, dtype=np.float64)
    rng = np.random.default_rng(1)
    scanned = np.clip(printed * 0.9 + 10 + rng.normal(0, 6, printed.shape), 0, 255)
    coded = cv2.imencode(".jpg", printed, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    dead = _smooth(2)
    dead[rng.random(dead.shape) < 0.03] = 255
    dead[rng.random(dead.shape) < 0.03] = 0
    pages = (printed, scanned, 255 - scanned, np.asarray(cv2.imdecode(coded, 0), dtype=np.float64), dead)
    assert [wrapped_share(_grey(values)) for values in pages] == [0, 0, 0, 0, 0]


def test_a_photo_of_three_columns_is_not_measured() -> None:
    assert wrapped_share(np.zeros((5, 3, 3), np.uint8)) == 0
