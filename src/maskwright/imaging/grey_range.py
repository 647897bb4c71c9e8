"""Values of more than eight bits made 0..255: by the grey range of a dataset, or by the photo's own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RANGE_SAMPLE = 1 << 22
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class GreyRange:
    """The grey values of 16-bit photos that become 0 and 255; in between it is linear, beyond it is cut."""

    low: int
    high: int


def eight_bits(pixels: NDArray[Any], grey_range: GreyRange | None) -> NDArray[np.uint8]:
    """Return HxWxB whole numbers as uint8, scaled by `grey_range` or the photo's own where they have more bits."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * 255
    return scale_grey(pixels, grey_range or grey_range_of(pixels))


def grey_range_of(grey: NDArray[Any]) -> GreyRange:
    """Return the range from the 0.5 % to the 99.5 % quantile of the values, of up to four million of them."""
    flat = grey.reshape(-1)
    low, high = np.quantile(flat[:: max(1, flat.size // RANGE_SAMPLE)], [0.005, 0.995])
    return GreyRange(int(low), max(int(high), int(low) + 1))


def scale_grey(grey: NDArray[Any], grey_range: GreyRange) -> NDArray[np.uint8]:
    """Return whole numbers as uint8: `low` becomes 0, `high` becomes 255."""
    if grey.dtype == np.uint16:  # by a table: a deep photo must not become 64-bit numbers on the way
        return np.asarray(_scaled(np.arange(1 << 16), grey_range)[grey])
    scaled = np.empty(grey.shape, dtype=np.uint8)
    for row in range(0, len(grey), ROWS_AT_ONCE):
        scaled[row : row + ROWS_AT_ONCE] = _scaled(grey[row : row + ROWS_AT_ONCE].astype(np.int64), grey_range)
    return scaled


def _scaled(grey: NDArray[np.int64], grey_range: GreyRange) -> NDArray[np.uint8]:
    scaled = (grey - grey_range.low) * (255.0 / (grey_range.high - grey_range.low))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)
