import math

import numpy as np

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.imaging.video.motion import flicker_score, motion_between, small_grey

SIZE_HW = (160, 200)


def textured(shift_px: int) -> Photo:
    noise = np.random.default_rng(4).integers(0, 256, (20, 40), dtype=np.uint8)
    wide = np.repeat(np.repeat(noise, 8, axis=0), 8, axis=1)
    return np.repeat(wide[:, shift_px : shift_px + SIZE_HW[1], None], 3, axis=2)


def square(left_px: int) -> Mask:
    mask = np.zeros(SIZE_HW, dtype=np.uint8)
    mask[60:100, left_px : left_px + 40] = 1
    return mask


def test_a_mask_that_moves_with_the_picture_does_not_flicker() -> None:
    motion = motion_between(small_grey(textured(0), SIZE_HW), small_grey(textured(4), SIZE_HW))
    assert motion.still.mean() > 0.8
    assert flicker_score(square(80), square(76), motion) < 0.001


def test_an_object_that_appears_on_an_unchanged_picture_is_flicker_of_its_area() -> None:
    grey = small_grey(textured(0), SIZE_HW)
    score = flicker_score(np.zeros(SIZE_HW, dtype=np.uint8), square(80), motion_between(grey, grey))
    assert math.isclose(score, 40 * 40 / (160 * 200), rel_tol=1e-6)


def test_an_object_that_appears_where_the_picture_changed_is_no_flicker() -> None:
    before, now = textured(0), textured(0)
    now[60:100, 80:120] = 255 - now[60:100, 80:120]
    motion = motion_between(small_grey(before, SIZE_HW), small_grey(now, SIZE_HW))
    everywhere = 40 * 40 / (160 * 200)
    assert flicker_score(np.zeros(SIZE_HW, dtype=np.uint8), square(80), motion) < everywhere / 2


def test_flicker_is_not_known_where_nothing_is_the_same() -> None:
    dark = np.zeros(SIZE_HW, dtype=np.uint8)
    assert math.isnan(flicker_score(dark, dark, motion_between(dark, dark + 200)))
