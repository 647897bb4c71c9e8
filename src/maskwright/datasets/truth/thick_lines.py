"""Open lines as the pixels along them."""

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.truth.shapes import Bitmap, bitmap_of


def thick_line(xy: NDArray[np.float64], width: float, size_hw: tuple[int, int]) -> Bitmap:
    """Return the pixels of a photo whose centres lie within half a width of an open line through Nx2 points."""
    high, wide = size_hw
    lowest = np.clip(np.floor(xy.min(axis=0) - width), 0, (wide, high)).astype(int)
    highest = np.clip(np.ceil(xy.max(axis=0) + width) + 1, 0, (wide, high)).astype(int)
    columns, rows = np.maximum(highest - lowest, 0)
    pixels = np.zeros((rows, columns), dtype=np.bool_)
    own = xy - lowest
    for start, end in zip(own, own[1:] if len(own) > 1 else own, strict=False):
        _draw_segment(pixels, start, end, width / 2)
    return bitmap_of(0, pixels, corner_xy=(int(lowest[0]), int(lowest[1])))


def _draw_segment(
    pixels: NDArray[np.bool_], start: NDArray[np.float64], end: NDArray[np.float64], radius: float
) -> None:
    """Set the pixels whose centres lie within a radius of a segment, looking at its box alone."""
    limit = np.array(pixels.shape[::-1])
    left, top = np.clip(np.floor(np.minimum(start, end) - radius), 0, limit).astype(int)
    right, bottom = np.clip(np.ceil(np.maximum(start, end) + radius) + 1, 0, limit).astype(int)
    y, x = np.mgrid[top:bottom, left:right] + 0.5
    step = end - start
    along = ((x - start[0]) * step[0] + (y - start[1]) * step[1]) / max(float(step @ step), 1e-12)
    along = along.clip(0, 1)
    away = np.hypot(x - start[0] - along * step[0], y - start[1] - along * step[1])
    pixels[top:bottom, left:right] |= away <= radius
