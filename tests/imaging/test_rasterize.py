"""Painting polygons in bounded memory gives the pixels that painting them at once would."""

import tracemalloc

import numpy as np

from maskwright.imaging.rasterize import classes_seen, paint_ellipse, paint_polygons
from tests.support.naive_geometry import naive_polygon


def zigzag(points: int, size_hw: tuple[int, int]) -> np.ndarray:
    """Return a polygon that goes up and down the whole canvas, crossing every row at every point."""
    xy = np.zeros((points, 2))
    xy[:, 0] = np.linspace(0, size_hw[1], points).round()
    xy[1::2, 1] = size_hw[0]
    return xy


def test_a_polygon_with_more_crossings_than_fit_in_memory_is_painted_in_bands_of_rows() -> None:
    xy = zigzag(2000, (300, 400))  # 600,000 crossings
    mask = np.zeros((300, 400), dtype=np.bool_)
    paint_polygons(mask, [[xy]], [True])
    np.testing.assert_array_equal(mask, naive_polygon(xy[:, 0].tolist(), xy[:, 1].tolist(), (300, 400)))


def test_the_memory_for_a_polygon_is_bounded() -> None:
    mask = np.zeros((1000, 1000), dtype=np.uint8)
    tracemalloc.start()
    paint_polygons(mask, [[zigzag(5000, (1000, 1000))]], [1])  # 5 million crossings, 40 MB a number each
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6
    assert mask.any()


def test_a_square_with_a_square_hole_is_the_difference() -> None:
    mask = np.zeros((300, 300), dtype=np.uint8)
    outer = np.array([[10.0, 10], [250, 10], [250, 250], [10, 250]])
    paint_polygons(mask, [[outer, outer / 2 + 60]], [5])
    assert (mask == 5).sum() == 240 * 240 - 120 * 120


def test_an_ellipse_of_more_pixels_than_are_held_at_a_time_is_whole() -> None:
    mask = np.zeros((900, 1000), dtype=np.uint8)
    paint_ellipse(mask, (500, 450), (490, 440))
    assert abs(mask.sum() - np.pi * 490 * 440) < 50
    np.testing.assert_array_equal(mask, mask[::-1, ::-1])


def test_polygons_whose_value_is_nowhere_to_be_seen_are_told_apart() -> None:
    canvas = np.zeros((10, 10), dtype=np.uint8)
    small, large = ([np.array(ring, dtype=np.float64)] for ring in ([(2, 2), (4, 2), (4, 4)], [(0, 0), (9, 0), (9, 9)]))
    between = [np.array([(2.6, 2.6), (2.9, 2.6), (2.9, 2.9)])]
    paint_polygons(canvas, [small, large], [1, 2])
    covered, seen = classes_seen(canvas, [small, large, between], [1, 2, 2])
    assert covered.tolist() == [True, True, False]
    assert seen.tolist() == [False, True, False]
