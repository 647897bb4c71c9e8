"""Photos of one folder that were cut from the larger photos of another: the same pixels twice, perhaps in two parts."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.photos import Photo, read_photo

SMALLER = 0.75
"""Pieces have at most this share of the width and of the height of the photos that they may be cut from."""
MAX_PIECES = 4
"""Pieces of a folder that are looked for."""
MAX_WHOLES = 60
"""Larger photos in which they are looked for."""
RUN_PX = 48
"""Pixels of a piece's middle row that must occur in the larger photo."""
MIN_DETAIL_LEVELS = 4.0
"""Standard deviation of these pixels, in levels: flat ones occur anywhere."""
FOUND_LEAST, PIXELS_MOST = 3, 120_000_000
FOLDERS_MOST, PIXELS_IN_ALL = 40, 360_000_000


def pieces_said(photos: Iterable[FolderImage]) -> list[str]:
    """Return a sentence for each folder whose photos are pieces of those in other folders, by their very pixels.

    Four photos of a folder are looked for in up to sixty larger ones, of 120 million pixels together; of the first
    forty folders that hold three photos or more, and of 360 million pixels in all. Saved as JPEG once more they are not
    found.
    """
    by_folder: dict[str, list[FolderImage]] = defaultdict(list)
    for photo in photos:
        if photo.file.header:
            by_folder["/".join(photo.file.folder)].append(photo)
    if len(by_folder) < 2:
        return []
    texts, left = [], PIXELS_IN_ALL
    for folder, others in _larger(by_folder).items():
        own, wholes = by_folder[folder], [photo for name in others for photo in by_folder[name]]
        tried = _tried(wholes, min(PIXELS_MOST, left))
        left -= _area(wholes) * len(tried) + _area(own) * MAX_PIECES
        found = _found(own, tried, len(wholes))
        if found is not None:
            piece, whole = found
            texts.append(
                f"photos in {folder} are pieces of larger ones in other folders, as {piece} of {whole}: keep one of "
                "the two, or a split may divide a picture (groups with --set split.groups=FILE)"
            )
        if left <= 0:
            break
    return texts


def _larger(by_folder: Mapping[str, Sequence[FolderImage]]) -> dict[str, list[str]]:
    """Return for each folder of enough photos, by their headers, those whose photos are all larger than all of it."""
    sizes = {name: [p.file.header.size_hw for p in several if p.file.header] for name, several in by_folder.items()}
    least = np.array([np.min(own, axis=0) for own in sizes.values()])
    names, larger = list(by_folder), {}
    for folder, own in sizes.items():
        holds = (np.max(own, axis=0) <= SMALLER * least).all(axis=1) if len(own) >= FOUND_LEAST else np.zeros(0)
        if holds.any():
            larger[folder] = [names[i] for i in np.flatnonzero(holds)]
        if len(larger) == FOLDERS_MOST:
            break
    return larger


def _area(photos: Sequence[FolderImage]) -> int:
    """Return the pixels of the largest of some photos."""
    return max(math.prod(photo.file.header.size_hw) for photo in photos if photo.file.header)


def _tried(wholes: Sequence[FolderImage], pixels_most: int) -> Sequence[FolderImage]:
    most = max(MAX_PIECES, min(MAX_WHOLES, pixels_most // max(1, _area(wholes))))
    return spread_evenly(wholes, most)


def _found(pieces: Sequence[FolderImage], tried: Sequence[FolderImage], wholes: int) -> tuple[str, str] | None:
    """Return a piece and the photo that holds it, if nearly all pieces lie in some of the photos tried of `wholes`."""
    runs = _runs(spread_evenly(pieces, MAX_PIECES))
    if len(runs) < FOUND_LEAST:
        return None
    found: dict[str, str] = {}
    for whole in tried:
        pixels = _pixels(whole)
        data = b"" if pixels is None else pixels.tobytes()
        found |= {below: whole.below for below, run in runs.items() if run in data}
    share = min(1.0, len(tried) / wholes)
    return next(iter(found.items())) if found and len(found) >= min(FOUND_LEAST, share * FOUND_LEAST) else None


def _runs(pieces: Iterable[FolderImage]) -> Mapping[str, bytes]:
    """Return some pixels of the middle row of each piece that shows detail there, as bytes."""
    runs = {}
    for piece in pieces:
        pixels = _pixels(piece)
        if pixels is None or pixels.shape[1] < RUN_PX:
            continue
        left = (pixels.shape[1] - RUN_PX) // 2
        run = pixels[pixels.shape[0] // 2, left : left + RUN_PX]
        if run.std(axis=0).mean() >= MIN_DETAIL_LEVELS:
            runs[piece.below] = run.tobytes()
    return runs


def _pixels(photo: FolderImage) -> Photo | None:
    try:
        return read_photo(photo.file.path)
    except DataError:
        return None
