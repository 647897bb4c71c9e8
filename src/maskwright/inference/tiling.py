"""Tiles: windows that cover a photo with overlap, and how far each is trusted."""

import math

import numpy as np
from numpy.typing import NDArray

OVERLAP_SHARE = 0.25


def tiles_over(size_hw: tuple[int, int], tile_px: int) -> list[tuple[slice, slice]]:
    """Return windows of at most `tile_px` a side that cover the photo, neighbours sharing at least a quarter."""
    rows, columns = (_spans(length, tile_px) for length in size_hw)
    return [(r, c) for r in rows for c in columns]


def _spans(length: int, tile_px: int) -> list[slice]:
    if length <= tile_px:
        return [slice(0, length)]
    step = tile_px * (1 - OVERLAP_SHARE)
    count = 1 + math.ceil((length - tile_px) / step)
    starts = np.linspace(0, length - tile_px, count).round().astype(int)
    return [slice(int(s), int(s) + tile_px) for s in starts]


def window_weights(size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Return HxW weights in (0, 1]: full in the middle of a window, fading towards its edge, never zero."""
    ramps = [np.minimum(np.arange(n) + 1, n - np.arange(n)) / (n / 2) for n in size_hw]
    faded = [np.clip(ramp / (2 * OVERLAP_SHARE), 1e-3, 1.0) for ramp in ramps]
    return (faded[0][:, None] * faded[1][None, :]).astype(np.float32)
