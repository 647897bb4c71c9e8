import math

import cv2
import numpy as np
import pytest

from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.measuring.objects import course, measure_objects, perimeter
from maskwright.imaging.measuring.skeleton import branches_of, path_length, thinned
from tests.support.filled import fill_ellipse, fill_polygon

CANVAS = (400, 400)


def crack(length: float, width: float, degrees: float) -> Bools:
    """Return a straight crack of known size, its middle off the pixel grid."""
    angle = math.radians(degrees)
    along = np.array([math.cos(angle), math.sin(angle)]) * length / 2
    across = np.array([-math.sin(angle), math.cos(angle)]) * width / 2
    middle = np.array([200.3, 199.8])
    corners = [middle + along + across, middle + along - across, middle - along - across, middle - along + across]
    return fill_polygon(np.array(corners), CANVAS)


@pytest.mark.parametrize("degrees", [0, 15, 30, 45, 67, 90])
@pytest.mark.parametrize("width", [3, 4, 7, 12, 30])
def test_a_drawn_crack_has_the_width_and_length_it_was_drawn_with(width: int, degrees: float) -> None:
    (crack_measures,) = measure_objects(crack(200, width, degrees).astype(np.uint8), [1])
    assert crack_measures.width_mean_px == pytest.approx(width, abs=0.7)
    assert crack_measures.width_max_px == pytest.approx(width, abs=0.7)
    assert crack_measures.length_px == pytest.approx(200, rel=0.013)
    assert crack_measures.perimeter_px == pytest.approx(2 * (200 + width), rel=0.06)


def test_a_bent_crack_has_its_length_and_its_widest_place() -> None:
    x = np.linspace(30, 370, 4000)
    y = 200 + 60 * np.sin(x / 40)
    half = np.where(np.abs(x - 200) < 30, 8.0, 3.0)
    canvas = np.zeros(CANVAS, dtype=np.uint8)
    rows, columns = np.mgrid[:400, :400] + 0.5
    for at_x, at_y, radius in zip(x[::8], y[::8], half[::8], strict=True):
        canvas[np.hypot(rows - at_y, columns - at_x) < radius] = 1
    _, widest, length = course(canvas > 0)
    assert widest == pytest.approx(16, abs=0.7)
    assert length == pytest.approx(np.hypot(np.diff(x), np.diff(y)).sum() + 6, rel=0.02)


def test_the_branches_of_a_crack_are_summed() -> None:
    canvas = np.zeros(CANVAS, dtype=np.uint8)
    for end in ((50, 200), (300, 60), (300, 340)):
        cv2.line(canvas, (200, 200), end, 1, 5)
    expected = 150 + 2 * math.hypot(100, 140)
    assert course(canvas > 0)[2] == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("radius", [3, 10, 50, 180])
def test_a_disc_is_as_long_and_as_wide_as_its_diameter(radius: float) -> None:
    disc = fill_ellipse((200, 200), (radius, radius), CANVAS)
    mean, widest, length = course(disc)
    assert (mean, widest, length) == pytest.approx((2 * radius,) * 3, rel=0.06)
    assert perimeter(disc) == pytest.approx(2 * math.pi * radius, rel=0.04)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 2), (2, 2), (1, 3000), (3000, 1), (2, 3)])
def test_the_smallest_objects_have_finite_measures(size_hw: tuple[int, int]) -> None:
    (measures,) = measure_objects(np.ones(size_hw, dtype=np.uint8), [1])
    assert measures.area_px == size_hw[0] * size_hw[1]
    numbers = (measures.width_mean_px, measures.width_max_px, measures.length_px, measures.perimeter_px)
    assert all(math.isfinite(number) and number > 0 for number in numbers)


def test_a_large_object_is_measured_on_a_small_canvas() -> None:
    block = np.zeros((3000, 4000), dtype=np.uint8)
    block[200:2800, 100:3900] = 1
    mean, widest, _ = course(block > 0)
    assert widest == pytest.approx(2600, rel=0.02)
    assert mean == pytest.approx(2600, rel=0.1)


def test_objects_are_counted_by_class_with_box_centroid_and_confidence() -> None:
    mask = np.zeros((40, 60), dtype=np.uint8)
    mask[5:15, 10:30], mask[20:30, 40:50], mask[35, 5] = 1, 2, 2
    confidence = np.full(mask.shape, 0.25, dtype=np.float32)
    confidence[5:15, 10:30] = 0.75
    first, second = measure_objects(mask, [1, 2], confidence=confidence, least_area_px=2)
    assert (first.class_id, first.area_px, first.box, first.centroid_xy) == (1, 200, (10, 5, 30, 15), (20.0, 10.0))
    assert (first.confidence, second.confidence) == (0.75, 0.25)
    assert (second.class_id, second.box) == (2, (40, 20, 50, 30))


def test_a_ring_has_a_skeleton_without_ends() -> None:
    ring = fill_ellipse((200, 200), (103, 103), CANVAS) & ~fill_ellipse((200, 200), (97, 97), CANVAS)
    (branch,) = [branch for branch in branches_of(thinned(ring)) if len(branch) > 20]
    assert branch[0] == branch[-1]
    assert path_length(branch) == pytest.approx(2 * math.pi * 100, rel=0.03)
