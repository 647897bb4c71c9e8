import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maskwright.imaging.mask_geometry import components_from, largest_component
from maskwright.imaging.streamed_components import large_patches_only, largest_patch_only

MASKS = arrays.arrays(np.uint8, (13, 9), elements=st.integers(0, 2))


@settings(max_examples=100, deadline=None)
@given(MASKS, st.integers(1, 6), st.integers(1, 20))
def test_patches_joined_over_strips_are_those_of_the_whole_mask(mask: np.ndarray, rows: int, least_px: int) -> None:
    strips = lambda: (mask[top : top + rows].copy() for top in range(0, len(mask), rows))  # noqa: E731
    together = np.concatenate(list(large_patches_only(strips, (1, 2), least_px, 0)))
    whole = mask.copy()
    for class_id in (1, 2):
        of_class = mask == class_id
        whole[of_class & ~components_from(of_class, least_px)] = 0
    assert np.array_equal(together, whole)


@settings(max_examples=100, deadline=None)
@given(MASKS, st.integers(1, 6))
def test_the_largest_patch_is_as_large_as_that_of_the_whole_mask(mask: np.ndarray, rows: int) -> None:
    strips = lambda: (mask[top : top + rows].copy() for top in range(0, len(mask), rows))  # noqa: E731
    together = np.concatenate(list(largest_patch_only(strips, 1)))
    largest = largest_component(mask == 1)
    assert not (together.astype(bool) & (mask != 1)).any()
    assert together.sum() % max(1, largest.sum()) == 0
    assert together.any() == largest.any()
