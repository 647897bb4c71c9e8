"""The few colours of masks that JPEG or smoothing has smeared: what a command needs to make flat masks of them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import read_photo

MAX_IMAGES = 12
"""Images that are looked at."""
SIDE_PX = 512
"""Long side at which they are read."""
STEP = 32
"""Colours are counted in cubes of this side."""
MIN_COLOUR_SHARE = 0.002
"""Share of the pixels that a colour must have to be one of the flat ones."""
MAX_COLOURS = 12
"""Flat colours that a mask may have."""
MIN_APART_LEVELS = 72
"""Levels in a channel by which flat colours must differ."""
MAX_MIXED_RATIO = 0.1
"""Pixels of a mixture of two colours against those of the commonest colour."""
NEAR_LEVELS = 48
"""Levels in a channel within which a pixel is near a colour."""
MIN_NEAR_SHARE = 0.9
"""Share of the pixels that must be near one of the colours, or the images are no masks."""
VERY_NEAR_LEVELS = 16
"""Levels in a channel within which it is very near: between colours that are 20 levels apart most pixels are not."""
MIN_VERY_NEAR_SHARE = 0.8
"""Share of the pixels that must be very near a colour that is guessed."""
MIN_VERY_NEAR_LISTED_SHARE = 0.6
"""The same for colours that somebody listed, which need less proof."""
EXTREME = 24
"""Levels this near to 0 and 255 were these before they were smeared."""

Colours = NDArray[np.int64]


def sampled_pixels(images: Sequence[Path]) -> Colours:
    """Return the pixels, Nx3, of some of the images at a reduced size; none where none of these can be read."""
    return np.concatenate([np.zeros((0, 3), np.int64), *map(_pixels, spread_evenly(images, MAX_IMAGES))])


def flat_colours(pixels: Colours) -> Colours:
    """Return the few colours, Nx3, that nearly all pixels of masks are near to; none where there are more."""
    if not len(pixels):
        return pixels
    keys = (pixels // STEP) @ np.array([64, 8, 1])
    counts = np.bincount(keys, minlength=512)
    colours: list[Colours] = []
    for key in np.argsort(-counts):
        if counts[key] < MIN_COLOUR_SHARE * len(pixels) or len(colours) > MAX_COLOURS:
            break
        middle = np.median(pixels[keys == key], axis=0).astype(np.int64)
        is_apart = all(np.abs(middle - other).max() > MIN_APART_LEVELS for other in colours)
        if is_apart and not _is_between(middle, colours, int(counts[key]), int(counts.max())):
            colours.append(middle)
    flat = np.stack(colours) if colours else pixels[:0]
    if len(flat) > MAX_COLOURS or not are_near(pixels, flat, very_near_share=MIN_VERY_NEAR_SHARE):
        return flat[:0]
    return np.where(flat < EXTREME, 0, np.where(flat > 255 - EXTREME, 255, flat))


def are_near(pixels: Colours, colours: Colours, *, very_near_share: float = MIN_VERY_NEAR_LISTED_SHARE) -> bool:
    """Tell whether nearly all pixels are near to one of two colours or more, and a share of them very near."""
    if not len(pixels) or len(colours) < 2:
        return False
    far = np.full(len(pixels), 255)
    for colour in colours:
        far = np.minimum(far, np.abs(pixels - colour).max(axis=1))
    is_near = (far <= NEAR_LEVELS).mean() >= MIN_NEAR_SHARE
    return bool(is_near and (far <= VERY_NEAR_LEVELS).mean() >= very_near_share)


def _is_between(colour: Colours, others: Sequence[Colours], count: int, most: int) -> bool:
    """Tell whether a rare colour is a mixture of two that are kept, as along smeared edges."""
    if count > MAX_MIXED_RATIO * most:
        return False
    for first, second in combinations(others, 2):
        way = (second - first).astype(float)
        place = float(np.clip((colour - first) @ way / max(1.0, way @ way), 0, 1))
        if np.abs(first + place * way - colour).max() <= MIN_APART_LEVELS / 2:
            return True
    return False


def _pixels(path: Path) -> Colours:
    try:
        return read_photo(path, long_side_px=SIDE_PX).reshape(-1, 3).astype(np.int64)
    except DataError:
        return np.zeros((0, 3), np.int64)


FLATTENING = """\
from pathlib import Path
import numpy as np
from PIL import Image
colours = {colours}
for folder, out in {folders}:
    for f in sorted(Path(folder).rglob("*")):
        if f.suffix.lower() not in {suffixes}:
            continue
        new = out / f.relative_to(folder).with_suffix(".png")
        if new.exists():
            print("left out:", f, "as", new, "is there already")
            continue
        red, green, blue = np.asarray(Image.open(f).convert("RGB")).transpose(2, 0, 1).astype(np.int32)
        best, nearest = np.full(red.shape, 1 << 30, np.int32), np.zeros(red.shape, np.uint8)
        for i, (r, g, b) in enumerate(colours):
            far = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2
            nearest[far < best] = i
            best = np.minimum(far, best)
        new.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.array(colours, np.uint8)[nearest]).save(new)
"""


def flattening(folders: Mapping[Path, Path], suffixes: Collection[str], colours: Colours) -> str:
    """Return the command that saves the images below each folder in the nearest of some colours, as PNG in another.

    The names below the folders stay, and no file is written over.
    """
    pairs = [f"({python_text(folder)}, Path({python_text(out)}))" for folder, out in folders.items()]
    return python_command(
        FLATTENING.format(folders=f"[{', '.join(pairs)}]", suffixes=sorted(suffixes), colours=colours.tolist())
    )
