"""The components of all values at once are those of each value by itself."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.imaging import components
from maskwright.imaging.components import areas_by_value
from maskwright.imaging.mask_geometry import component_areas

small_masks = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))


@given(small_masks, st.booleans())
@settings(max_examples=100, deadline=None)
def test_areas_are_those_of_each_value_by_itself(mask: np.ndarray, wide: bool) -> None:
    mask = np.repeat(mask, 20 if wide else 1, axis=1)  # short runs and long ones are searched in two ways
    with mock.patch.object(components, "SMALL_PX", 0):
        areas = areas_by_value(mask)
    assert set(areas) == set(np.unique(mask).tolist()) - {0}
    for value, some_areas in areas.items():
        assert sorted(some_areas) == sorted(component_areas(mask == value))


def test_patches_that_touch_at_a_corner_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.array([[1, 0, 0], [0, 1, 2], [2, 0, 1]], dtype=np.uint8)
    for small_px, pixels_a_run in ((0, 0), (0, 100), (100, 0)):
        monkeypatch.setattr(components, "SMALL_PX", small_px)
        monkeypatch.setattr(components, "PIXELS_A_RUN", pixels_a_run)
        assert {value: areas.tolist() for value, areas in areas_by_value(mask).items()} == {1: [3], 2: [1, 1]}
        assert set(areas_by_value(mask, but=None)) == {0, 1, 2}
