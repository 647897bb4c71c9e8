from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.workflows.cut.grid import SIDES, Spacing, fitting_side, spans


@given(st.integers(1, 5000), st.integers(64, 600), st.integers(0, 100), st.integers(1, 4))
def test_tiles_cover_an_image_but_for_the_gaps_between_blocks(length: int, size: int, gap: int, side: int) -> None:
    found = spans(length, Spacing(size, gap, side))
    assert found[0].start == 0
    assert found[-1].stop == length
    assert all(span.length == min(size, length) for span in found)
    for one, after in pairwise(found):
        if one.block == after.block:
            assert after.start <= one.stop + gap
        else:
            assert after.start == one.stop + gap
    for block in {span.block for span in found}:
        assert sum(span.block == block for span in found) <= side + 1


@pytest.mark.parametrize(("boxes", "side"), [(400, 4), (14, 3), (2, 2)])
def test_blocks_are_smaller_where_few_of_them_would_hold_labels(boxes: int, side: int) -> None:
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 2000, (boxes, 2))
    drawn = np.concatenate([corners, corners + 5], axis=1)
    assert fitting_side([(2000, 2000)], [drawn], Spacing(100, 10, 1)) <= side
    assert side in SIDES
