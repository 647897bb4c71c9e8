"""Label Studio's brush codes: ours come back, and blocks of every kind are read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from maskwright.imaging.run_lengths.codec import run_lengths
from maskwright.imaging.run_lengths.label_studio import decode_brush, encode_brush


@given(arrays(np.bool_, (9, 11)))
@settings(max_examples=100, deadline=None)
def test_a_mask_comes_back(mask: np.ndarray) -> None:
    values = decode_brush(encode_brush(run_lengths(mask)), 4 * mask.size)
    np.testing.assert_array_equal(values.reshape(9, 11, 4), np.repeat(255 * mask[..., None], 4, axis=2))


def test_runs_longer_than_one_block_come_back() -> None:
    mask = np.zeros((300, 400), dtype=np.bool_)
    mask[100:250] = True
    assert decode_brush(encode_brush(run_lengths(mask)), 480_000).reshape(300, 400, 4)[..., 3].sum() == 255 * 150 * 400


def test_a_block_of_different_values_is_read_at_any_bit() -> None:
    """The bits are put together by hand: a header for 5 values, a block of three values, a block of two alike."""
    bits = f"{5:032b}" + f"{7:05b}" + "0010" * 4 + "0" + "01" + f"{2:03b}" + f"{17:08b}{200:08b}{3:08b}"
    bits += "1" + "00" + f"{1:03b}" + f"{255:08b}"
    bits += "0" * (-len(bits) % 8)
    code = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    assert decode_brush(code, 5).tolist() == [17, 200, 3, 255, 255]


@pytest.mark.parametrize("cut", [3, 9, 12])
def test_a_code_that_ends_early_is_refused(cut: int) -> None:
    code = encode_brush(run_lengths(np.eye(9, dtype=np.bool_)))
    with pytest.raises(ValueError, match="brush stroke"):
        decode_brush(code[:cut], 4 * 81)


def test_codes_are_read_and_written_as_label_studios_own_converter_does() -> None:
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="label-studio-sdk needs another OpenCV")
    mask = np.random.default_rng(1).random((23, 31)) < 0.3
    code = encode_brush(run_lengths(mask))
    np.testing.assert_array_equal(brush.decode_rle(code), decode_brush(code, 4 * mask.size))
    theirs = brush.encode_rle(np.repeat(np.where(mask, 255, 0).ravel(), 4))
    np.testing.assert_array_equal(decode_brush(theirs, 4 * mask.size), decode_brush(code, 4 * mask.size))
