"""Tiles: windows that cover a photo with overlap, and their logits stitched together."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.photos import Photo
from maskwright.inference.logits_to_masks import Logits

OVERLAP_SHARE = 0.25


def tiles_over(size_hw: tuple[int, int], tile_px: int) -> list[tuple[slice, slice]]:
    """Return windows of at most `tile_px` a side that cover the photo; neighbours overlap by at least a quarter."""
    rows, columns = (_spans(length, tile_px) for length in size_hw)
    return [(r, c) for r in rows for c in columns]


def stitched(photo: Photo, tile_px: int, logits_of: Callable[[Photo], Logits]) -> Logits:
    """Return CxHxW logits of a photo, computed tile by tile and blended where tiles overlap."""
    tiles = tiles_over((photo.shape[0], photo.shape[1]), tile_px)
    if len(tiles) == 1:
        return logits_of(photo)
    total: Logits | None = None
    weight = np.zeros(photo.shape[:2], dtype=np.float32)
    for rows, columns in tiles:
        logits = logits_of(photo[rows, columns])
        if total is None:
            total = np.zeros((len(logits), *photo.shape[:2]), dtype=np.float32)
        trust = window_weights((logits.shape[1], logits.shape[2]))
        total[:, rows, columns] += logits * trust
        weight[rows, columns] += trust
    assert total is not None
    total /= weight
    return total


def _spans(length: int, tile_px: int) -> list[slice]:
    if length <= tile_px:
        return [slice(0, length)]
    step = tile_px * (1 - OVERLAP_SHARE)
    count = 1 + math.ceil((length - tile_px) / step)
    starts = np.linspace(0, length - tile_px, count).round().astype(int)
    return [slice(int(s), int(s) + tile_px) for s in starts]


def window_weights(size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Return HxW weights in (0, 1]: 1 in the middle of a window, falling towards its edges, never 0."""
    ramps = [np.minimum(np.arange(n) + 1, n - np.arange(n)) / (n / 2) for n in size_hw]
    faded = [np.clip(ramp / (2 * OVERLAP_SHARE), 1e-3, 1.0) for ramp in ramps]
    return (faded[0][:, None] * faded[1][None, :]).astype(np.float32)
