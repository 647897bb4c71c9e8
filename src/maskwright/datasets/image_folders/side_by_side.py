"""Pictures that show a photo and its label side by side, as sets for image-to-image translation store them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import Photo, read_photo

MIN_PICTURES = 2
"""Pictures that there must be."""
MAX_PICTURES = 8
"""Pictures that are looked at."""
SIDE_PX = 512
"""Long side at which they are read."""
COARSE = 8
"""Levels a channel of the colours that are counted in each half."""
COVERED_SHARE = 0.95
"""Share of a half that the counted colours cover."""
MAX_LABEL_COLOURS = 24
"""Coarse colours that a label has."""
MIN_PHOTO_RATIO = 3
"""How many times as many the photo beside it must have."""
MIN_PATCH_SHARE = 0.01
"""Share of a half that a flat colour must cover to be a patch."""
MIN_PATCHES = 2
"""Patches that a label has; a plain margin has one."""
FINE = 32
"""Levels a channel of the colours of level pixels."""
NOISE_LEVELS = 6
"""Levels by which pixels beside each other may differ where JPEG has stored one colour."""
MIN_LEVEL_PIXELS = 2000
"""Level pixels that the halves of all pictures must have together."""
MOSTLY_SHARE = 0.9
"""Share of the level pixels that the counted colours cover."""
MAX_LEVEL_COLOURS = 48
"""Fine colours that the level pixels of labels have."""
MIN_LEVEL_RATIO = 4
"""How many times as many those of the photos must have."""
MIN_APART = 8
"""Fine levels in a channel by which the patches of labels must differ."""

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
    if len(paths) < MIN_PICTURES:
        return None
    chosen = spread_evenly(paths, MAX_PICTURES)
    pictures = [halves for path in chosen if (halves := _halves(path)) is not None]
    if len(pictures) < len(chosen):
        return None
    flat = [half for halves in pictures if (half := _flat_half(halves)) is not None]
    sides = {half.side for half in flat}
    if len(flat) < len(pictures) or len(sides) != 1:
        return _half_of_few_colours(pictures)
    return sides.pop() if 2 * sum(half.several for half in flat) > len(flat) else None


def command_that_halves(images: Sequence[Path], root: Path, *, new: Path, label: Half) -> str:
    """Return the command that saves the halves of pictures below a folder in images/ and masks/ of a new one."""
    texts = {"root": python_text(root), "new": python_text(new)}
    folders = ("images", "masks") if label == "right" else ("masks", "images")
    return python_command(CUTTING.format(**texts, folders=folders, suffixes=sorted({p.suffix.lower() for p in images})))


def _halves(path: Path) -> Mapping[Half, Photo] | None:
    """Return both halves of a picture; None where it cannot be read, or is no wider than high."""
    try:
        picture = read_photo(path, long_side_px=SIDE_PX)
    except DataError:
        return None
    middle = picture.shape[1] // 2
    if picture.shape[1] <= picture.shape[0] or middle < 1:
        return None
    return {"left": picture[:, :middle], "right": picture[:, -middle:]}


def _flat_half(halves: Mapping[Half, Photo]) -> _FlatHalf | None:
    """Return the half with few colours where the other one has many."""
    shares = {side: _colour_shares(half.reshape(-1, 3), COARSE) for side, half in halves.items()}
    count = {side: _count_covering(own, COVERED_SHARE) for side, own in shares.items()}
    few, many = sorted(HALVES, key=count.__getitem__)
    if count[many] < MIN_PHOTO_RATIO * count[few] or count[few] > MAX_LABEL_COLOURS:
        return None
    return _FlatHalf(few, several=bool((shares[few] > MIN_PATCH_SHARE).sum() >= MIN_PATCHES))


def _half_of_few_colours(pictures: Sequence[Mapping[Half, Photo]]) -> Half | None:
    """Return the half whose level pixels, of all pictures together, have few colours, and those of the other many."""
    level = {side: np.concatenate([p[side][_is_level(p[side])] for p in pictures]) for side in HALVES}
    if min(map(len, level.values())) < MIN_LEVEL_PIXELS:
        return None
    count = {side: _count_covering(_colour_shares(level[side], FINE), MOSTLY_SHARE) for side in HALVES}
    few, many = sorted(HALVES, key=count.__getitem__)
    if count[few] > MAX_LEVEL_COLOURS or count[many] < MIN_LEVEL_RATIO * count[few]:
        return None
    counts = np.bincount(_keys(level[few], FINE))
    patches = np.flatnonzero(counts > MIN_PATCH_SHARE * counts.sum())
    channels = np.stack([patches // FINE**2, patches // FINE % FINE, patches % FINE])
    return few if len(patches) > 1 and np.ptp(channels, axis=1).max() >= MIN_APART else None


def _is_level(picture: Photo) -> NDArray[np.bool_]:
    """Return where no pixel beside one differs by more than JPEG's noise."""
    levels = picture.astype(np.int16)
    down, along = (np.abs(np.diff(levels, axis=axis)).max(axis=2) <= NOISE_LEVELS for axis in (0, 1))
    is_level = np.ones(picture.shape[:2], np.bool_)
    is_level[:-1] &= down
    is_level[1:] &= down
    is_level[:, :-1] &= along
    is_level[:, 1:] &= along
    return is_level


def _colour_shares(pixels: NDArray[np.uint8], levels: int) -> NDArray[np.float64]:
    """Return the shares of some pixels, Nx3, that have each colour of so many levels a channel, the largest first."""
    return np.sort(np.bincount(_keys(pixels, levels)))[::-1] / len(pixels)


def _keys(pixels: NDArray[np.uint8], levels: int) -> NDArray[np.int64]:
    """Return a number for the coarse colour of each of some pixels, Nx3; a channel has so many levels."""
    coarse: NDArray[np.int64] = pixels.astype(np.int64) * levels // 256
    return (coarse[:, 0] * levels + coarse[:, 1]) * levels + coarse[:, 2]


def _count_covering(shares: NDArray[np.float64], covered_share: float) -> int:
    """Return how many colours cover so much of a picture."""
    return int(np.searchsorted(np.cumsum(shares), covered_share)) + 1
