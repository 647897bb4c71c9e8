"""Flat colours of 16 bits in masks, as those of 8."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE

COLOURS_MOST, UPPER_BYTES = 4096, 0xFF00FF00FF00FF00
ROWS_AT_ONCE = 1024


def colours_in_8_bits(stored: NDArray[Any]) -> NDArray[Any]:
    """Return HxWxB colours of 16 bits as those of 8: small numbers as they are, of others the upper byte.

    ValueError where two colours would become one, as in photos.
    """
    if stored.max(initial=0) <= IGNORE:
        return stored.astype(np.uint8)
    if stored.dtype.kind == "u" and _are_told_apart_by_upper_bytes(stored):
        return (stored >> 8).astype(np.uint8)
    raise ValueError("its colours have 16 bits; save one flat colour of 8 bits a class")


def _are_told_apart_by_upper_bytes(stored: NDArray[np.unsignedinteger[Any]]) -> bool:
    """Tell whether HxWxB colours of 16 bits are few, and their upper bytes differ wherever they do."""
    colours: set[int] = set()
    for row in range(0, len(stored), ROWS_AT_ONCE):
        strip = stored[row : row + ROWS_AT_ONCE].astype(np.uint64)
        packed = sum((strip[:, :, band] << np.uint64(16 * band) for band in range(1, strip.shape[2])), strip[:, :, 0])
        colours.update(np.unique(packed).tolist())
        if len(colours) > COLOURS_MOST:
            return False
    return len({colour & UPPER_BYTES for colour in colours}) == len(colours)
