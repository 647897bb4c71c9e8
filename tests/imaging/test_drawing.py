import cv2
import numpy as np
import pytest

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.imaging.drawing import Photo, draw_outline, draw_outlines, draw_overlay, encode_jpeg, line_px

TWO = class_table(("background", "grid"))
RED = np.array(TWO.colours[1])


def _photo(height: int = 120, width: int = 160) -> Photo:
    return np.full((height, width, 3), 100, dtype=np.uint8)


def _square(height: int = 120, width: int = 160) -> np.ndarray:
    mask = np.zeros((height, width), dtype=np.uint8)
    mask[30:90, 40:100] = 1
    return mask


def test_overlay_leaves_the_background_and_its_input_alone() -> None:
    photo, mask = _photo(), _square()
    drawn = draw_overlay(photo, mask, TWO)
    assert (drawn[mask == 0] == 100).all()
    assert (photo == 100).all()


def test_overlay_fills_half_transparently_and_outlines_in_full_colour() -> None:
    drawn = draw_overlay(_photo(), _square(), TWO)
    inner = drawn[60, 70].astype(float)
    assert (drawn[30, 70] == RED).all()
    assert np.allclose((inner - 100) / (RED - 100), 0.42, atol=0.02)


def test_every_class_is_filled_where_there_is_no_background() -> None:
    table = ClassTable(("sky", "road"), ((0, 0, 250), (250, 0, 0)), background=None)
    mask = np.zeros((120, 160), dtype=np.uint8)
    mask[60:] = 1
    drawn = draw_overlay(_photo(), mask, table)
    assert drawn[10, 10, 2] > 150 > 100 > drawn[10, 10, 0]
    assert drawn[110, 10, 0] > 150 > 100 > drawn[110, 10, 2]


def test_ignored_pixels_are_hatched_grey_and_not_filled() -> None:
    mask = _square()
    mask[30:90, 110:150] = IGNORE
    drawn = draw_overlay(_photo(), mask, TWO)[40:80, 115:145]
    grey, kept = np.asarray(drawn == 128).all(axis=2), np.asarray(drawn == 100).all(axis=2)
    assert (grey | kept).all()
    assert 0.2 < grey.mean() < 0.5


def test_an_object_one_pixel_wide_is_outlined_whole() -> None:
    mask = np.zeros((120, 160), dtype=np.uint8)
    mask[50, 20:140] = 1
    assert (draw_outline(_photo(), mask, TWO)[50, 20:140] == RED).all()


@pytest.mark.parametrize(("long_side_px", "width_px"), [(240, 1), (640, 2), (900, 2), (4032, 10)])
def test_lines_grow_with_the_photo(long_side_px: int, width_px: int) -> None:
    assert line_px(np.zeros((10, long_side_px, 3), dtype=np.uint8)) == width_px


def test_truth_is_a_closed_light_line_and_prediction_is_dashed_in_class_colour() -> None:
    truth, prediction = np.zeros((400, 400), dtype=np.uint8), np.zeros((400, 400), dtype=np.uint8)
    truth[20:180, 20:180] = 1
    prediction[220:380, 220:380] = 1
    drawn = draw_outlines(_photo(400, 400), truth, prediction, TWO)
    light, red = drawn.min(axis=2) > 200, np.abs(drawn - RED).max(axis=2) == 0
    assert light[20, 20:180].all()
    assert not light[200:].any()
    assert not red[:200].any()
    assert 0.4 < red[220, 220:380].mean() < 0.8


def test_a_prediction_on_ignored_pixels_is_not_outlined() -> None:
    truth = np.full((120, 160), IGNORE, dtype=np.uint8)
    drawn = draw_outlines(_photo(), truth, _square(), TWO)
    assert not (drawn == RED).all(axis=2).any()


def test_lines_have_a_dark_rim_so_that_they_show_on_white_paper() -> None:
    drawn = draw_outlines(np.full((120, 160, 3), 255, dtype=np.uint8), _square(), np.zeros_like(_square()), TWO)
    assert drawn[29, 70].max() < 200


def test_empty_masks_leave_the_photo_as_it_is() -> None:
    empty = np.zeros((120, 160), dtype=np.uint8)
    assert (draw_outlines(_photo(), empty, empty, TWO) == 100).all()
    assert (draw_overlay(_photo(), empty, TWO) == 100).all()


def test_jpeg_keeps_colours_in_order_and_quality_sets_its_size() -> None:
    photo = np.zeros((64, 64, 3), dtype=np.uint8)
    photo[:] = (200, 40, 10)
    back = cv2.imdecode(np.frombuffer(encode_jpeg(photo, 90), np.uint8), cv2.IMREAD_COLOR)
    assert back is not None
    assert np.abs(back[32, 32, ::-1].astype(int) - (200, 40, 10)).max() < 6
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    assert len(encode_jpeg(noise, 30)) < len(encode_jpeg(noise, 95))
