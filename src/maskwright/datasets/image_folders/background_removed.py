"""Pictures that repeat a photo with all but the objects painted in one colour: masks can be made of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import cv2
import numpy as np

from maskwright.datasets.image_folders.pairs.names import numbers
from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text
from maskwright.imaging.photos import Photo, read_photo

MAX_FOLDERS = 6
"""Folders that are compared with each other."""
MIN_PAIRS = 3
"""Names that two folders must share."""
MAX_PAIRS = 4
"""Pairs of pictures that are compared."""
SIDE_PX = 256
MAX_COLOUR_LEVELS = 32
"""Levels in a channel by which a painted background may vary around its colour."""
MIN_REPAINTED_LEVELS = 40
"""Levels in a channel by which a pixel of the photo must differ to have been painted."""
MAX_OBJECT_LEVELS = 12
"""Levels by which picture and photo may differ within the objects, in the median."""
MIN_BACKGROUND_SHARE = 0.05
"""Share of the picture that a painted background must cover."""
MAX_BACKGROUND_SHARE = 0.98
"""Share of the picture that a painted background may cover."""
MIN_REPAINTED_SHARE = 0.6
"""Share of that background where the photo must have another colour."""

MIN_OBJECT_LEVELS = 60
"""Levels in a channel by which a pixel that is saved as object differs from the background: JPEG smears edges."""

SAVING = """\
import re
from pathlib import Path
import numpy as np
from PIL import Image
def numbers(f):
    return [int(n) for n in re.findall("[0-9]+", f.stem)]
new = Path({new})
new.mkdir(exist_ok=True)
photos = [f for f in sorted(Path({photos}).iterdir()) if f.suffix.lower() == {photo_suffix}]
for f in sorted(Path({pictures}).iterdir()):
    if f.suffix.lower() != {picture_suffix}:
        continue
    photo = next((p for p in photos if numbers(p) == numbers(f)), None)
    if photo is None:
        print("left out:", f, "as no photo has its number")
        continue
    apart = abs(np.asarray(Image.open(f).convert("RGB")).astype(int) - {colour}).max(2)
    Image.fromarray((apart > {levels}).astype("uint8") * 255).save(new / (photo.stem + ".png"))
"""


@dataclass(frozen=True)
class PaintedBackground:
    """A picture, the photo that it repeats, and the colour that its background is painted in."""

    picture: Path
    photo: Path
    colour: tuple[int, int, int]


def painted_background(images: Sequence[Path]) -> PaintedBackground | None:
    """Return the first picture of a folder whose pictures repeat the photos of another with a painted background."""
    for pairs in _pairs_of_folders(images):
        verdicts = [_compared(picture, photo) for picture, photo in pairs[:MAX_PAIRS]]
        first = verdicts[0]
        if first is not None and all(verdict is not None for verdict in verdicts):
            return first
    return None


def saving_objects(found: PaintedBackground, new: Path) -> str:
    """Return the command that saves a mask of each picture of the folder in a new one, named as its photo."""
    folders = {"pictures": found.picture.parent, "photos": found.photo.parent, "new": new}
    suffixes = {"picture_suffix": found.picture.suffix.lower(), "photo_suffix": found.photo.suffix.lower()}
    texts = {key: python_text(text) for key, text in {**folders, **suffixes}.items()}
    return python_command(SAVING.format(**texts, colour=list(found.colour), levels=MIN_OBJECT_LEVELS))


def _pairs_of_folders(images: Sequence[Path]) -> Iterator[list[tuple[Path, Path]]]:
    """Yield pictures and photos of two folders that have the same numbers in their names, a number once each."""
    by_folder: dict[Path, dict[tuple[int, ...], Path]] = defaultdict(dict)
    for image in images:
        by_folder[image.parent].setdefault(numbers(image.stem), image)
    for first, second in permutations(list(by_folder.values())[:MAX_FOLDERS], 2):
        shared = [key for key in first if key and key in second]
        if len(shared) >= MIN_PAIRS:
            yield [(first[key], second[key]) for key in shared]


def _compared(picture_path: Path, photo_path: Path) -> PaintedBackground | None:
    try:
        picture = read_photo(picture_path, long_side_px=SIDE_PX)
        photo = read_photo(photo_path, long_side_px=SIDE_PX)
    except DataError:
        return None
    if picture.shape != photo.shape:
        return None
    colour = _commonest(picture)
    background = np.abs(picture.astype(np.int16) - colour).max(axis=2) <= MAX_COLOUR_LEVELS
    apart = np.abs(picture.astype(np.int16) - photo).max(axis=2)
    inside = cv2.erode((~background).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    repeats = inside.any() and float(np.median(apart[inside])) <= MAX_OBJECT_LEVELS
    repainted = (
        MIN_BACKGROUND_SHARE <= background.mean() <= MAX_BACKGROUND_SHARE
        and float((apart[background] > MIN_REPAINTED_LEVELS).mean()) >= MIN_REPAINTED_SHARE
    )
    if not (repeats and repainted):
        return None
    red, green, blue = (int(value) for value in colour)
    return PaintedBackground(picture_path, photo_path, (red, green, blue))


def _commonest(picture: Photo) -> Photo:
    """Return the middle of the pixels of the commonest colour, by the upper four bits of each channel."""
    coarse = (picture >> 4).astype(np.int32)
    keys = coarse[..., 0] * 256 + coarse[..., 1] * 16 + coarse[..., 2]
    commonest = np.bincount(keys.ravel()).argmax()
    return np.asarray(np.median(picture[keys == commonest], axis=0).astype(np.uint8))
