"""Pictures that show a photo and its label side by side, as sets for image-to-image translation store them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import Photo, read_photo

TRIED, TRIED_LEAST = 8, 2
SIDE_PX = 512
LEVELS = 8
COVERED = 0.95
LABEL_COLOURS_MOST, PHOTO_TIMES_MORE = 24, 3
PATCH_LEAST, PATCHES_LEAST = 0.01, 2
"""A label has two colours or more over this share of its half; a plain margin has one."""
FINE, MOSTLY = 32, 0.9
"""Levels a channel of the colours of level pixels, and the share of these that the counted colours cover."""
NOISE = 6
"""Pixels beside each other differ by no more where JPEG has stored one colour."""
FEW_MOST, TIMES_MORE = 48, 4
PIXELS_LEAST, APART_LEAST = 2000, 8
Half = Literal["left", "right"]
HALVES: tuple[Half, Half] = ("left", "right")
CUTTING = """\
from pathlib import Path
from PIL import Image
root, new = Path({root}), Path({new})
for f in sorted(root.rglob("*")):
    if f.suffix.lower() not in {suffixes}:
        continue
    picture = Image.open(f)
    width, height = picture.size
    middle = width // 2
    for folder, left in zip({folders}, (0, width - middle)):
        out = new / folder / f.relative_to(root).with_suffix(".png")
        out.parent.mkdir(parents=True, exist_ok=True)
        picture.crop((left, 0, left + middle, height)).save(out)
"""


@dataclass(frozen=True)
class _FlatHalf:
    """The half of a picture that shows flat colours; `several`: two or more of them cover a part each."""

    side: Half
    several: bool


def label_half(paths: Sequence[Path]) -> Half | None:
    """Return the half that shows flat colours in every one of some pictures, where the other one is a photo.

    Where JPEG has smeared small patches of many classes, the pixels that differ little from their neighbours tell:
    those of all labels together have few colours, those of all photos many.
    """
    chosen = paths[:: max(1, len(paths) // TRIED)][:TRIED]
    halves = [_flat_half(path) for path in chosen]
    sides = {half.side for half in halves if half is not None}
    if len(paths) < TRIED_LEAST:
        return None
    if None in halves or len(sides) != 1:
        return _of_few_colours(chosen)
    patched = sum(half is not None and half.several for half in halves)
    return sides.pop() if 2 * patched > len(halves) else None


def cutting(images: Sequence[Path], root: Path, *, new: Path, label: Half) -> str:
    """Return the command that saves the halves of pictures below a folder in images/ and masks/ of a new one."""
    texts = {"root": python_text(root), "new": python_text(new)}
    folders = ("images", "masks") if label == "right" else ("masks", "images")
    return python_command(CUTTING.format(**texts, folders=folders, suffixes=sorted({p.suffix.lower() for p in images})))


def _of_few_colours(paths: Sequence[Path]) -> Half | None:
    """Return the half whose level pixels, of all pictures together, have few colours, and those of the other many."""
    counts = {side: np.zeros(FINE**3, np.int64) for side in HALVES}
    for path in paths:
        try:
            picture = read_photo(path, long_side_px=SIDE_PX)
        except DataError:
            return None
        middle = picture.shape[1] // 2
        if picture.shape[1] <= picture.shape[0] or middle < 1:
            return None
        for side in HALVES:
            half = picture[:, :middle] if side == "left" else picture[:, -middle:]
            counts[side] += np.bincount(_keys(half[_is_level(half)], FINE), minlength=FINE**3)
    if min(count.sum() for count in counts.values()) < PIXELS_LEAST:
        return None
    shares = {side: np.sort(count)[::-1] / count.sum() for side, count in counts.items()}
    side, other = sorted(HALVES, key=lambda half: _count_covering(shares[half], MOSTLY))
    few, many = (_count_covering(shares[half], MOSTLY) for half in (side, other))
    patches = np.flatnonzero(counts[side] > PATCH_LEAST * counts[side].sum())
    channels = np.stack([patches // FINE**2, patches // FINE % FINE, patches % FINE])
    are_apart = len(patches) > 1 and bool((np.ptp(channels, axis=1) >= APART_LEAST).any())
    return side if few <= FEW_MOST and many >= TIMES_MORE * few and are_apart else None


def _is_level(picture: Photo) -> NDArray[np.bool_]:
    """Return where no pixel beside one differs by more than JPEG's noise."""
    levels = picture.astype(np.int16)
    down, along = (np.abs(np.diff(levels, axis=axis)).max(axis=2) <= NOISE for axis in (0, 1))
    is_level = np.ones(picture.shape[:2], np.bool_)
    is_level[:-1] &= down
    is_level[1:] &= down
    is_level[:, :-1] &= along
    is_level[:, 1:] &= along
    return is_level


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
    keys = _keys(picture.reshape(-1, 3), LEVELS)
    return np.sort(np.bincount(keys))[::-1] / keys.size


def _keys(pixels: NDArray[np.uint8], levels: int) -> NDArray[np.int64]:
    """Return a number for the coarse colour of each of some pixels, Nx3; a channel has so many levels."""
    coarse: NDArray[np.int64] = pixels.astype(np.int64) * levels // 256
    return (coarse[:, 0] * levels + coarse[:, 1]) * levels + coarse[:, 2]


def _count_covering(shares: NDArray[np.float64], covered: float = COVERED) -> int:
    """Return how many colours cover nearly all of a picture."""
    return int(np.searchsorted(np.cumsum(shares), covered)) + 1
