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
from maskwright.imaging.photos import Photo, read_photo

FOLDERS_MOST, PAIRS_LEAST, PAIRS_TRIED = 6, 3, 4
SIDE_PX = 256
NEAR, DIFFERENT, ALIKE = 32, 40, 12
BACKGROUND_LEAST, BACKGROUND_MOST = 0.05, 0.98
REPAINTED = 0.6
"""Where the background is painted, so many pixels of the photo have another colour; else the two differ by ALIKE."""


@dataclass(frozen=True)
class PaintedBackground:
    """A picture, the photo that it repeats, and the colour that its background is painted in."""

    picture: Path
    photo: Path
    colour: tuple[int, int, int]


def painted_background(images: Sequence[Path]) -> PaintedBackground | None:
    """Return the first picture of a folder whose pictures repeat the photos of another with a painted background."""
    for pairs in _pairs_of_folders(images):
        verdicts = [_compared(picture, photo) for picture, photo in pairs[:PAIRS_TRIED]]
        first = verdicts[0]
        if first is not None and all(verdict is not None for verdict in verdicts):
            return first
    return None


def _pairs_of_folders(images: Sequence[Path]) -> Iterator[list[tuple[Path, Path]]]:
    """Yield pictures and photos of two folders that have the same numbers in their names, a number once each."""
    by_folder: dict[Path, dict[tuple[int, ...], Path]] = defaultdict(dict)
    for image in images:
        by_folder[image.parent].setdefault(numbers(image.stem), image)
    for first, second in permutations(list(by_folder.values())[:FOLDERS_MOST], 2):
        shared = [key for key in first if key and key in second]
        if len(shared) >= PAIRS_LEAST:
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
    background = np.abs(picture.astype(np.int16) - colour).max(axis=2) <= NEAR
    apart = np.abs(picture.astype(np.int16) - photo).max(axis=2)
    inside = cv2.erode((~background).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    repeats = inside.any() and float(np.median(apart[inside])) <= ALIKE
    repainted = (
        BACKGROUND_LEAST <= background.mean() <= BACKGROUND_MOST
        and float((apart[background] > DIFFERENT).mean()) >= REPAINTED
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
