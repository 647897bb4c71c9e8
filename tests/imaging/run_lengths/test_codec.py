"""Run lengths say what a mask says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.imaging.run_lengths.codec import mask_of_runs, run_lengths


@given(arrays(np.bool_, st.tuples(st.integers(0, 7), st.integers(1, 9))))
@settings(max_examples=100, deadline=None)
def test_the_mask_of_its_run_lengths_is_the_mask(mask: np.ndarray) -> None:
    counts = run_lengths(mask)
    assert counts.sum() == mask.size
    np.testing.assert_array_equal(mask_of_runs(counts, (mask.shape[0], mask.shape[1])), mask)


def test_the_first_run_is_outside() -> None:
    assert run_lengths(np.array([[True, True, False]])).tolist() == [0, 2, 1]
    assert run_lengths(np.array([[False, True, False]])).tolist() == [1, 1, 1]


@pytest.mark.parametrize("counts", [[], [5], [3, 4], [-1, 7], [2**62, 2**62, 2**62, 2**62]])
def test_runs_that_do_not_cover_the_mask_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"run lengths? (over|below)"):
        mask_of_runs(np.array(counts, dtype=np.int64), (2, 3))
