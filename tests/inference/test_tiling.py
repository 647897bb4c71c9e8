import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.inference.tiling import tiles_over, window_weights


@given(height=st.integers(1, 300), width=st.integers(1, 300), tile=st.integers(16, 120))
def test_tiles_cover_every_pixel_and_none_is_larger_than_asked(height: int, width: int, tile: int) -> None:
    covered = np.zeros((height, width), dtype=int)
    for rows, columns in tiles_over((height, width), tile):
        assert 0 < rows.stop - rows.start <= tile
        assert 0 < columns.stop - columns.start <= tile
        covered[rows, columns] += 1
    assert covered.min() >= 1


def test_neighbours_share_at_least_a_quarter() -> None:
    starts = sorted({rows.start for rows, _ in tiles_over((1000, 10), 128)})
    assert max(np.diff(starts)) <= 96


@given(height=st.integers(20, 200), width=st.integers(20, 200))
def test_stitched_tiles_give_the_picture_back(height: int, width: int) -> None:
    picture = np.random.default_rng(height * width).random((height, width))
    total, weight = np.zeros((height, width)), np.zeros((height, width))
    for rows, columns in tiles_over((height, width), 48):
        trust = window_weights((rows.stop - rows.start, columns.stop - columns.start))
        total[rows, columns] += picture[rows, columns] * trust
        weight[rows, columns] += trust
    np.testing.assert_allclose(total / weight, picture, rtol=1e-5)


def test_weights_fade_towards_the_edge_but_never_vanish() -> None:
    weights = window_weights((64, 64))
    assert weights.min() > 0
    assert weights[32, 32] == pytest.approx(1.0)
    assert weights[0, 32] < weights[8, 32] < 1.0
