"""COCO's compressed run lengths are read and written as pycocotools does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.imaging.run_lengths.coco import decode_counts, encode_counts
from maskwright.imaging.run_lengths.codec import mask_of_runs, run_lengths

mask_api = pytest.importorskip("pycocotools.mask", reason="the dev extra brings pycocotools")


@given(arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=200, deadline=None)
def test_masks_are_encoded_and_decoded_as_pycocotools_does(mask: np.ndarray) -> None:
    counts = run_lengths(np.ascontiguousarray(mask.T))
    theirs = mask_api.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert encode_counts(counts) == theirs
    np.testing.assert_array_equal(mask_of_runs(decode_counts(theirs), (mask.shape[1], mask.shape[0])).T, mask)


@given(st.lists(st.integers(0, 2**40), max_size=30))
@settings(max_examples=200, deadline=None)
def test_large_counts_come_back(counts: list[int]) -> None:
    assert decode_counts(encode_counts(np.array(counts, dtype=np.int64))).tolist() == counts


@pytest.mark.parametrize("text", ["P", "\x00", "Ä", "PPPPPPPPPPPPPPPPP0", "zz"])
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode_counts(text)
