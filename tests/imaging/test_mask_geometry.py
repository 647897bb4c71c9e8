"""Mask geometry against slow exact references, and its properties."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.imaging.mask_geometry import (
    boundary,
    bounding_box,
    component_areas,
    components_from,
    largest_component,
    median_width_px,
    resize_mask,
    trace_polygons,
)
from tests.support.filled import fill_ellipse, fill_polygon
from tests.support.naive_geometry import naive_ellipse, naive_polygon

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=np.float64)

corners = st.tuples(st.integers(-6, 30), st.integers(-6, 26))
small_masks = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def test_a_square_of_ten_by_ten_corners_is_a_hundred_pixels() -> None:
    mask = fill_polygon(SQUARE + 3, (20, 20))
    assert mask.sum() == 100
    assert mask[3:13, 3:13].all()


@given(st.lists(corners, min_size=3, max_size=9))
@settings(max_examples=200, deadline=None)
def test_a_filled_polygon_is_the_pixels_whose_centre_lies_in_it(points: list[tuple[int, int]]) -> None:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    filled = fill_polygon(np.array(points, dtype=np.float64), (20, 24))
    np.testing.assert_array_equal(filled, naive_polygon(xs, ys, (20, 24)))


@given(st.lists(corners, min_size=3, max_size=7), st.integers(0, 6))
@settings(max_examples=50, deadline=None)
def test_neither_direction_nor_first_point_matter(points: list[tuple[int, int]], start: int) -> None:
    xy = np.array(points, dtype=np.float64)
    other = np.roll(xy[::-1], start, axis=0)
    np.testing.assert_array_equal(fill_polygon(xy, (20, 24)), fill_polygon(other, (20, 24)))


def test_two_polygons_that_share_an_edge_neither_overlap_nor_leave_a_gap() -> None:
    left = np.array([[0, 0], [7.3, 0], [2.1, 12], [0, 12]])
    right = np.array([[7.3, 0], [12, 0], [12, 12], [2.1, 12]])
    cover = fill_polygon(left, (12, 12)).astype(int) + fill_polygon(right, (12, 12))
    assert (cover == 1).all()


@pytest.mark.parametrize(
    "points", [[], [[1, 1]], [[1, 1], [8, 8]], [[-9, -9], [-2, -9], [-2, -2]], [[40, 1], [50, 1], [50, 9]]]
)
def test_nothing_is_filled_where_there_is_no_area_on_the_canvas(points: list[list[float]]) -> None:
    assert not fill_polygon(np.array(points, dtype=np.float64).reshape(-1, 2), (10, 10)).any()


@given(
    st.tuples(st.floats(-3, 18), st.floats(-3, 15)),
    st.tuples(st.floats(0.3, 9), st.floats(0.3, 9)),
    st.floats(-4, 4),
)
@settings(max_examples=60, deadline=None)
def test_a_filled_ellipse_is_the_pixels_whose_centre_lies_in_it(
    centre: tuple[float, float], radii: tuple[float, float], angle: float
) -> None:
    filled = fill_ellipse(centre, radii, (13, 16), angle_rad=angle)
    reference = naive_ellipse(centre, radii, (13, 16), angle_rad=angle)
    rim = naive_ellipse(centre, (radii[0] + 1e-6, radii[1] + 1e-6), (13, 16), angle_rad=angle) ^ reference
    assert not (filled ^ reference)[~rim].any()


def test_an_ellipse_turned_by_a_quarter_swaps_its_radii() -> None:
    turned = fill_ellipse((10, 10), (8, 3), (20, 20), angle_rad=np.pi / 2)
    np.testing.assert_array_equal(turned, fill_ellipse((10, 10), (3, 8), (20, 20)))


def test_a_positive_angle_turns_an_ellipse_clockwise_on_the_screen() -> None:
    mask = fill_ellipse((10, 10), (8, 2), (20, 20), angle_rad=np.pi / 4)
    assert mask[14, 14]
    assert not mask[14, 5]


def test_an_ellipse_without_a_radius_is_empty() -> None:
    assert not fill_ellipse((5, 5), (0, 3), (10, 10)).any()


@given(small_masks)
@settings(max_examples=200, deadline=None)
def test_tracing_and_filling_gives_the_mask_back(mask: np.ndarray) -> None:
    filled = np.zeros(mask.shape, dtype=np.bool_)
    for polygon in trace_polygons(mask):
        piece = fill_polygon(polygon, mask.shape)
        assert not (piece & filled).any()
        filled |= piece
    np.testing.assert_array_equal(filled, mask)


def test_a_ring_is_traced_as_one_polygon_with_its_hole() -> None:
    ring = np.zeros((12, 12), dtype=np.bool_)
    ring[1:11, 1:11] = True
    ring[4:7, 4:7] = False
    (polygon,) = trace_polygons(ring)
    assert fill_polygon(polygon, (12, 12)).sum() == 100 - 9


def test_tracing_with_a_tolerance_needs_fewer_points_and_stays_close() -> None:
    disc = fill_ellipse((40, 40), (30, 30), (80, 80))
    exact, simple = trace_polygons(disc)[0], trace_polygons(disc, tolerance_px=1.5)[0]
    assert len(simple) < len(exact) / 3
    assert (fill_polygon(simple, (80, 80)) ^ disc).sum() < 0.06 * disc.sum()


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_a_mask_enlarged_by_a_whole_factor_and_reduced_again_is_the_same(mask: np.ndarray, factor: int) -> None:
    large = resize_mask(mask, (mask.shape[0] * factor, mask.shape[1] * factor))
    np.testing.assert_array_equal(large, np.kron(mask, np.ones((factor, factor), np.uint8)))
    np.testing.assert_array_equal(resize_mask(large, mask.shape), mask)


def test_a_resized_mask_invents_no_class() -> None:
    mask = np.random.default_rng(0).choice(np.array([0, 3, 255], np.uint8), (31, 17))
    assert set(np.unique(resize_mask(mask, (12, 40)))) <= {0, 3, 255}


def test_components_touch_at_corners_and_the_largest_is_kept() -> None:
    mask = np.zeros((8, 8), dtype=np.bool_)
    mask[0, 0] = mask[1, 1] = True
    mask[4:7, 4:7] = True
    assert sorted(component_areas(mask).tolist()) == [2, 9]
    assert largest_component(mask).sum() == 9
    assert largest_component(largest_component(mask)).sum() == 9
    assert components_from(mask, 2).sum() == 11
    assert components_from(mask, 2.5).sum() == 9
    assert components_from(mask, 10).sum() == 0


def test_a_bar_is_as_wide_as_it_is_drawn() -> None:
    bar = np.zeros((40, 60), dtype=np.bool_)
    bar[10:17, :] = True
    assert median_width_px(bar) == pytest.approx(7, abs=0.6)
    assert np.isnan(median_width_px(np.zeros((4, 4), dtype=np.bool_)))


def test_the_boundary_lies_between_classes() -> None:
    mask = np.zeros((4, 5), dtype=np.uint8)
    mask[:, 3:] = 2
    edge = boundary(mask)
    assert edge[:, 2].all()
    assert edge.sum() == 4


@pytest.mark.parametrize("least_px", [1, 4, 30, 1000])
def test_components_from_a_size_are_those_of_the_whole_mask(least_px: int) -> None:
    rng = np.random.default_rng(least_px)
    for share in (0.0, 0.02, 0.3, 0.6, 1.0):
        mask = np.zeros((60, 90), dtype=np.bool_)
        mask[7:50, 20:81] = rng.random((43, 61)) < share
        marks, count = scipy.ndimage.label(mask, structure=np.ones((3, 3)))
        areas = np.bincount(marks.reshape(-1), minlength=count + 1)
        np.testing.assert_array_equal(components_from(mask, least_px), mask & (areas >= least_px)[marks])


def test_the_bounding_box_holds_every_pixel_and_an_empty_mask_has_none() -> None:
    mask = np.zeros((9, 12), dtype=np.bool_)
    assert bounding_box(mask) is None
    mask[2, 5] = mask[7, 3] = True
    assert bounding_box(mask) == (slice(2, 8), slice(3, 6))
