"""Shapes: painted in order by the pixel-centre rule, with holes, bitmaps and ignored regions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.datasets.truth.shape_bounds import are_outside, bounds_of, bounds_xyxy
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Ellipse,
    Polygon,
    Shape,
    bitmap_of,
    bitmap_of_runs,
    checked_ring,
    outline,
    outlines,
    paint,
    rectangle,
)
from maskwright.imaging.mask_geometry import resize_mask
from maskwright.imaging.run_lengths.codec import run_lengths
from tests.support.naive_geometry import naive_ellipse

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
small_masks = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def shifted(by: float) -> tuple[tuple[float, float], ...]:
    return tuple((x + by, y + by) for x, y in SQUARE)


def test_later_shapes_are_painted_over_earlier_ones() -> None:
    mask = paint([Polygon(1, SQUARE), Polygon(2, shifted(5))], (20, 20), (20, 20))
    assert np.bincount(mask.ravel()).tolist() == [400 - 175, 75, 100]


def test_shapes_are_equal_where_all_their_numbers_are() -> None:
    assert Polygon(1, SQUARE) == Polygon(1, np.array(SQUARE)) != Polygon(2, SQUARE)
    assert Polygon(1, SQUARE, (SQUARE,)) != Polygon(1, SQUARE)
    dot = bitmap_of(1, np.ones((1, 1), dtype=np.bool_))
    assert len({dot, bitmap_of(1, np.ones((1, 1), dtype=np.bool_)), Polygon(1, SQUARE), Polygon(1, SQUARE)}) == 2


def test_kinds_of_shapes_keep_their_order() -> None:
    dot = Bitmap(3, (0, 0), (1, 1), np.array([0, 1]))
    mask = paint([dot, Polygon(1, SQUARE), Ellipse(2, (5, 5), (3, 3)), Polygon(1, shifted(4)), dot], (20, 20), (20, 20))
    assert mask[0, 0] == 3
    assert mask[5, 5] == 1
    assert mask[3, 3] == 2


def test_shapes_are_scaled_to_another_canvas() -> None:
    mask = paint([Polygon(1, SQUARE), Ellipse(2, (15, 15), (4, 2))], (20, 20), (40, 60))
    assert (mask == 1).sum() == 100 * 2 * 3
    assert (mask == 2).sum() == naive_ellipse((45, 30), (12, 4), (40, 60)).sum()


def test_a_hole_shows_what_was_painted_before() -> None:
    hole = ((3.0, 3.0), (7.0, 3.0), (7.0, 7.0), (3.0, 7.0))
    mask = paint([Polygon(2, shifted(2)), Polygon(1, SQUARE, (hole,))], (20, 20), (20, 20))
    assert (mask == 1).sum() == 100 - 16
    assert (mask[3:7, 3:7] == 2).all()


def test_overlapping_parts_of_an_object_are_all_of_it() -> None:
    mask = paint([Polygon(1, SQUARE), Polygon(1, shifted(5))], (20, 20), (20, 20))
    assert (mask == 1).sum() == 175


def test_many_small_polygons_are_painted_as_each_of_them_alone() -> None:
    rng = np.random.default_rng(3)
    polygons = [Polygon(int(rng.integers(1, 255)), rng.random((5, 2)) * 8 + rng.random(2) * 56) for _ in range(300)]
    one_by_one = np.zeros((60, 60), dtype=np.uint8)
    for polygon in polygons:
        alone = paint([polygon], (60, 60), (60, 60))
        one_by_one[alone > 0] = alone[alone > 0]
    np.testing.assert_array_equal(paint(polygons, (60, 60), (60, 60)), one_by_one)


@given(small_masks, st.tuples(st.integers(-4, 12), st.integers(-4, 12)))
@settings(max_examples=100, deadline=None)
def test_a_bitmap_is_painted_where_it_lies_and_cut_at_the_canvas(pixels: np.ndarray, corner: tuple[int, int]) -> None:
    bitmap = bitmap_of(7, pixels, corner_xy=corner)
    expected = np.zeros((40, 40), dtype=np.uint8)
    y, x = corner[1] + 12, corner[0] + 12
    expected[y : y + pixels.shape[0], x : x + pixels.shape[1]] = 7 * pixels
    np.testing.assert_array_equal(paint([bitmap], (16, 16), (16, 16)), expected[12:28, 12:28])


@given(arrays(np.bool_, (12, 16)), st.sampled_from([(6, 8), (24, 32), (3, 4), (12, 16), (60, 80)]))
@settings(max_examples=50, deadline=None)
def test_a_bitmap_is_scaled_as_a_mask_is(pixels: np.ndarray, size_hw: tuple[int, int]) -> None:
    painted = paint([bitmap_of(1, pixels)], (12, 16), size_hw)
    np.testing.assert_array_equal(painted, resize_mask(pixels.astype(np.uint8), size_hw))


@given(small_masks)
@settings(max_examples=100, deadline=None)
def test_run_lengths_of_a_whole_photo_give_the_same_bitmap_by_rows_and_by_columns(pixels: np.ndarray) -> None:
    size_hw = (pixels.shape[0], pixels.shape[1])
    expected = bitmap_of(1, pixels)
    by_rows = bitmap_of_runs(1, run_lengths(pixels), size_hw)
    by_columns = bitmap_of_runs(1, run_lengths(np.ascontiguousarray(pixels.T)), size_hw, by_columns=True)
    for bitmap in (by_rows, by_columns):
        np.testing.assert_array_equal(paint([bitmap], size_hw, size_hw), pixels.astype(np.uint8))
        assert bitmap.size_hw == expected.size_hw


def test_a_bitmap_without_pixels_paints_nothing() -> None:
    empty = bitmap_of(1, np.zeros((4, 5), dtype=np.bool_))
    assert not paint([empty], (8, 8), (8, 8)).any()


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([], "has 0 points"),
        ([(1, 1), (2, 2)], "has 2 points"),
        ([(0, 0), (1, 1), (5, 5)], "lie on one line"),
        ([(3, 3), (3, 3), (3, 3)], "lie on one line"),
        ([(0, 0), (float("nan"), 1), (5, 0)], "not numbers"),
        ([(0, 0), (1e300, 1), (5, 0)], "beyond any photo"),
        ([(0, 0), (10**400, 1), (5, 0)], "not numbers"),
        ([(0, 0), "word", (5, 0)], "not numbers"),
        ([(0, 0), (1, 2, 3), (5, 0)], "not numbers"),
        (None, "has 0 points"),
        ({"x": 1}, "not numbers"),
        (5, "has 0 points"),
    ],
)
def test_an_outline_without_an_area_is_refused(points: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked_ring(points)


def test_the_bounds_of_shapes_tell_whether_they_lie_outside() -> None:
    assert bounds_xyxy(rectangle(1, (2, 3), (4, 5))) == (2, 3, 6, 8)
    assert bounds_xyxy(bitmap_of(1, np.ones((2, 3), dtype=np.bool_), corner_xy=(5, 6))) == (5, 6, 8, 8)
    ellipses = [Ellipse(1, (-5, 3), (4, 4)), Ellipse(1, (-5, 3), (6, 4))]
    assert are_outside([*ellipses, rectangle(1, (10, 3), (4, 5))], (10, 10)).tolist() == [True, False, True]


def test_the_bounds_of_many_shapes_are_those_of_each() -> None:
    ring = Polygon(1, ((2.0, 2.0), (9.0, 1.0), (5.0, 7.0)), holes=(((4.0, 3.0), (5.0, 3.0), (5.0, 4.0)),))
    shapes: list[Shape] = [rectangle(2, (2, 3), (4, 5)), Ellipse(1, (3, 3), (1, 2)), ring]
    assert bounds_of(shapes).tolist() == [[2, 3, 6, 8], [1, 1, 5, 5], [2, 1, 9, 7]]
    assert bounds_of([]).shape == (0, 4)


def test_many_outlines_are_read_in_one_go_as_they_are_one_by_one() -> None:
    rings: list[object] = [[0, 0, 5, 0, 5, 5], [1.5, 1, 9, 1, 9, 8.25, 2, 7], [0, 0, 1, 0, 2, 0, 2, 2]]
    read = outlines(rings)
    assert read is not None
    assert all(np.array_equal(one, outline(ring)) for one, ring in zip(read, rings, strict=True))


@pytest.mark.parametrize(
    "damaged",
    [
        [0, 0, 1, 1],
        [0, 0, 1, 0, 1],
        [0, 0, 1, 1, 2, 2],
        [0, 0, 1, 0, 1, float("nan")],
        [0, 0, 1e9, 0, 1, 1],
        "x",
        [[0, 0]] * 6,
    ],
)
def test_a_damaged_outline_among_others_is_left_to_be_looked_at_alone(damaged: object) -> None:
    assert outlines([[0, 0, 5, 0, 5, 5], damaged]) is None
