"""Photos of one folder that were cut from the larger photos of another: the same pixels twice, perhaps in two parts."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.errors import DataError
from maskwright.imaging.photos import Photo, read_photo

SMALLER = 0.75
"""Pieces have at most this share of the width and of the height of the photos that they may be cut from."""
TRIED, WHOLES_MOST, RUN_PX, DETAIL_LEAST = 4, 60, 48, 4.0
FOUND_LEAST, PIXELS_MOST = 3, 120_000_000


def pieces_said(photos: Iterable[FolderImage]) -> list[str]:
    """Return a sentence for each folder whose photos are pieces of those in other folders, by their very pixels.

    Four photos of a folder are looked for in up to sixty larger ones, of 120 million pixels together. Saved as JPEG
    once more they are not found.
    """
    by_folder: dict[str, list[FolderImage]] = defaultdict(list)
    for photo in photos:
        by_folder["/".join(photo.file.folder)].append(photo)
    texts = []
    for folder, own in by_folder.items():
        larger = [others for name, others in by_folder.items() if name != folder and _may_hold(others, own)]
        wholes = [photo for others in larger for photo in others]
        found = _found(own, wholes) if wholes else None
        if found is not None:
            piece, whole = found
            texts.append(
                f"photos in {folder} are pieces of larger ones in other folders, as {piece} of {whole}: keep one of "
                "the two, or a split may divide a picture (groups with --set split.groups=FILE)"
            )
    return texts


def _may_hold(wholes: Sequence[FolderImage], pieces: Sequence[FolderImage]) -> bool:
    """Tell whether all photos of a folder are larger than all of another, by their headers."""
    sizes = [[photo.file.header.size_hw for photo in several if photo.file.header] for several in (wholes, pieces)]
    if not all(sizes):
        return False
    least, most = np.min(sizes[0], axis=0), np.max(sizes[1], axis=0)
    return bool((most <= SMALLER * least).all())


def _found(pieces: Sequence[FolderImage], wholes: Sequence[FolderImage]) -> tuple[str, str] | None:
    """Return a piece and the photo that holds it, if nearly all pieces that are tried lie in some photo."""
    runs = _runs(pieces[:: max(1, len(pieces) // TRIED)][:TRIED])
    if len(runs) < FOUND_LEAST:
        return None
    found: dict[str, str] = {}
    area = max(math.prod(whole.file.header.size_hw) for whole in wholes if whole.file.header)
    most = max(TRIED, min(WHOLES_MOST, PIXELS_MOST // max(1, area)))
    for whole in wholes[:: max(1, len(wholes) // most)][:most]:
        pixels = _pixels(whole)
        data = b"" if pixels is None else pixels.tobytes()
        found |= {below: whole.below for below, run in runs.items() if run in data}
    share = min(1.0, most / len(wholes))
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
        if run.std(axis=0).mean() >= DETAIL_LEAST:
            runs[piece.below] = run.tobytes()
    return runs


def _pixels(photo: FolderImage) -> Photo | None:
    try:
        return read_photo(photo.file.path)
    except DataError:
        return None
