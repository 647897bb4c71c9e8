"""Pictures that show a photo and its label side by side, as sets for image-to-image translation store them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.photos import Photo, read_photo

TRIED, TRIED_LEAST = 8, 2
SIDE_PX = 512
LEVELS = 8
COVERED = 0.95
LABEL_COLOURS_MOST, PHOTO_TIMES_MORE = 24, 3
Half = Literal["left", "right"]


def label_half(paths: Sequence[Path]) -> Half | None:
    """Return the half that shows flat colours in every one of some pictures, where the other one is a photo."""
    halves = {_flat_half(path) for path in paths[:: max(1, len(paths) // TRIED)][:TRIED]}
    return halves.pop() if len(halves) == 1 and len(paths) >= TRIED_LEAST else None


def _flat_half(path: Path) -> Half | None:
    try:
        picture = read_photo(path, long_side_px=SIDE_PX)
    except DataError:
        return None
    middle = picture.shape[1] // 2
    if picture.shape[1] <= picture.shape[0] or middle < 1:
        return None
    left, right = _colours(picture[:, :middle]), _colours(picture[:, -middle:])
    if max(left, right) < PHOTO_TIMES_MORE * min(left, right) or min(left, right) > LABEL_COLOURS_MOST:
        return None
    return "left" if left < right else "right"


def _colours(picture: Photo) -> int:
    """Return how many coarse colours cover nearly all of a picture."""
    coarse: NDArray[np.int64] = picture.astype(np.int64) * LEVELS // 256
    keys = (coarse[:, :, 0] * LEVELS + coarse[:, :, 1]) * LEVELS + coarse[:, :, 2]
    counts = np.sort(np.bincount(keys.ravel()))[::-1]
    return int(np.searchsorted(np.cumsum(counts), COVERED * counts.sum())) + 1
