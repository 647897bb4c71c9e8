"""Pictures that show a photo and its label side by side, as sets for image-to-image translation store them."""

from collections.abc import Sequence
from dataclasses import dataclass
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
PATCH_LEAST, PATCHES_LEAST = 0.01, 2
"""A label has two colours or more over this share of its half; a plain margin has one."""
Half = Literal["left", "right"]


@dataclass(frozen=True)
class _FlatHalf:
    """The half of a picture that shows flat colours; `several`: two or more of them cover a part each."""

    side: Half
    several: bool


def label_half(paths: Sequence[Path]) -> Half | None:
    """Return the half that shows flat colours in every one of some pictures, where the other one is a photo."""
    halves = [_flat_half(path) for path in paths[:: max(1, len(paths) // TRIED)][:TRIED]]
    sides = {half.side for half in halves if half is not None}
    if len(paths) < TRIED_LEAST or None in halves or len(sides) != 1:
        return None
    patched = sum(half is not None and half.several for half in halves)
    return sides.pop() if 2 * patched > len(halves) else None


def _flat_half(path: Path) -> _FlatHalf | None:
    try:
        picture = read_photo(path, long_side_px=SIDE_PX)
    except DataError:
        return None
    middle = picture.shape[1] // 2
    if picture.shape[1] <= picture.shape[0] or middle < 1:
        return None
    shares: dict[Half, NDArray[np.float64]] = {
        "left": _colour_shares(picture[:, :middle]),
        "right": _colour_shares(picture[:, -middle:]),
    }
    left, right = (_count_covering(share) for share in shares.values())
    if max(left, right) < PHOTO_TIMES_MORE * min(left, right) or min(left, right) > LABEL_COLOURS_MOST:
        return None
    side: Half = "left" if left < right else "right"
    return _FlatHalf(side, several=bool((shares[side] > PATCH_LEAST).sum() >= PATCHES_LEAST))


def _colour_shares(picture: Photo) -> NDArray[np.float64]:
    """Return the shares of a picture, 0..1, that its coarse colours cover, the largest first."""
    coarse: NDArray[np.int64] = picture.astype(np.int64) * LEVELS // 256
    keys = (coarse[:, :, 0] * LEVELS + coarse[:, :, 1]) * LEVELS + coarse[:, :, 2]
    return np.sort(np.bincount(keys.ravel()))[::-1] / keys.size


def _count_covering(shares: NDArray[np.float64]) -> int:
    """Return how many colours cover nearly all of a picture."""
    return int(np.searchsorted(np.cumsum(shares), COVERED)) + 1
