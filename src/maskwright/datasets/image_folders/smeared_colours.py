"""The few colours of masks that JPEG or smoothing has smeared: what a command needs to make flat masks of them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import read_photo

TRIED_MOST, SIDE_PX = 12, 512
STEP = 32
"""Colours are counted in cubes of this side."""
MIN_COLOUR_SHARE = 0.002
"""Share of the pixels that a colour must have to be one of the flat ones."""
MAX_COLOURS = 12
"""Flat colours that a mask may have."""
MIN_APART_LEVELS = 72
"""Levels in a channel by which flat colours must differ."""
MIXED_MOST = 0.1
NEAR, COVERED_LEAST = 48, 0.9
"""Nearly all pixels lie near one of the colours, or the images are no masks."""
TIGHT, TIGHT_LEAST = 16, 0.8
"""Most pixels are this near: between colours that are 20 levels apart they would not be."""
OF_A_LIST = 0.6
"""The same of a list that somebody wrote, which needs less proof than colours that are guessed."""
EXTREME = 24
"""Levels this near to 0 and 255 were these before they were smeared."""

Colours = NDArray[np.int64]


def flat_colours(images: Sequence[Path]) -> Colours:
    """Return the few colours, Nx3, that nearly all pixels of some images are near to; none where there are more."""
    pixels = [own for path in images[:: max(1, len(images) // TRIED_MOST)][:TRIED_MOST] if (own := _pixels(path)).size]
    if not pixels:
        return np.zeros((0, 3), np.int64)
    values = np.concatenate(pixels)
    keys = (values // STEP) @ np.array([64, 8, 1])
    counts = np.bincount(keys, minlength=512)
    colours: list[Colours] = []
    for key in np.argsort(-counts):
        if counts[key] < MIN_COLOUR_SHARE * len(values) or len(colours) > MAX_COLOURS:
            break
        middle = np.median(values[keys == key], axis=0).astype(np.int64)
        is_apart = all(np.abs(middle - other).max() > MIN_APART_LEVELS for other in colours)
        if is_apart and not _is_between(middle, colours, int(counts[key]), int(counts.max())):
            colours.append(middle)
    flat = np.stack(colours)
    far = np.full(len(values), 255)
    for colour in flat:
        far = np.minimum(far, np.abs(values - colour).max(axis=1))
    is_few = 1 < len(flat) <= MAX_COLOURS and (far <= NEAR).mean() >= COVERED_LEAST
    is_few &= bool((far <= TIGHT).mean() >= TIGHT_LEAST)
    return np.where(flat < EXTREME, 0, np.where(flat > 255 - EXTREME, 255, flat)) if is_few else flat[:0]


def are_near(images: Sequence[Path], colours: Colours, *, tight: float = OF_A_LIST) -> bool:
    """Tell whether nearly all pixels of some images are near to one of the colours, Nx3, of a list.

    A share `tight` of them must be very near.
    """
    pixels = [own for path in images[:: max(1, len(images) // TRIED_MOST)][:TRIED_MOST] if (own := _pixels(path)).size]
    if not pixels or len(colours) < 2:
        return False
    values = np.concatenate(pixels)
    far = np.full(len(values), 255)
    for colour in colours:
        far = np.minimum(far, np.abs(values - colour).max(axis=1))
    return bool((far <= NEAR).mean() >= COVERED_LEAST and (far <= TIGHT).mean() >= tight)


def _is_between(colour: Colours, others: Sequence[Colours], count: int, most: int) -> bool:
    """Tell whether a rare colour is a mixture of two that are kept, as along smeared edges."""
    if count > MIXED_MOST * most:
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
