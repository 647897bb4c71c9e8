"""A dataset that lies there twice, photos and masks alike, as in png/ and in jpg/: one of the two is left out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.image_folders.disambiguation.mask_relations import read_plane
from maskwright.datasets.image_folders.disambiguation.overlays import compare_pictures
from maskwright.datasets.image_folders.disambiguation.photo_kinds import Kind, is_called, photo_kind, place_numbers
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import plain
from maskwright.datasets.image_folders.pairs.split_folders import part_of
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.decoders.image_files import JPEG_SUFFIXES
from maskwright.imaging.photos import read_photo

COMPARED_MOST, PHOTOS_LEAST = 4, 3
SAME_PIXELS = 0.8
"""The share of the pixels that are no background in one of two masks which both have alike; JPEG moves some."""
SIDE_PX = 256
"""Long side at which two photos are compared."""
SMOOTH_PX = 1.0
"""Sigma of the Gaussian that smooths their noise away."""
MAX_APART_LEVELS = 5.0
"""Grey levels by which copies may then differ on average: JPEG changes no more, fog and dusk change far more."""
MasksOf = Mapping[str, Sequence[FolderImage]]
Key = tuple[tuple[str, ...], str]
Version = Mapping[Key, FolderImage]
Pair = tuple[FolderImage, FolderImage]


def second_copies(photos: Sequence[FolderImage], masks: MasksOf, *, wanted: str | None = None) -> dict[str, str]:
    """Return why photos are left out, by path: others of the same names have the same pixels and the same masks.

    The copy is what a person did not choose by the folder's name `wanted`, else the one whose masks or photos are
    JPEG, else the smaller one, else the one that comes later by name. Photos of two parts of a split both stay: the
    check names them.
    """
    versions = versions_of(photo for photo in photos if len(masks.get(photo.below, ())) == 1)
    left_out: dict[Kind, Kind] = {}
    for first, second in combinations(versions, 2):
        if not {first, second} & set(left_out) and _are_copies(versions[first], versions[second], masks):
            worse, better = sorted((first, second), key=lambda kind: _rank(versions[kind], masks, wanted), reverse=True)
            left_out[worse] = better
    return {
        photo.below: f"repeats the photos of {'/'.join(versions[better][key].file.folder)}, with the same masks"
        for worse, better in left_out.items()
        for key, photo in versions[worse].items()
    }


def versions_of(photos: Iterable[FolderImage]) -> dict[Kind, Version]:
    """Return the photos of each kind by the numbers in their folders and their name."""
    versions: dict[Kind, dict[Key, FolderImage]] = defaultdict(dict)
    for photo in photos:
        versions[photo_kind(photo)][place_numbers(photo), plain(photo.name.stem)] = photo
    return dict(versions)


def pairs_to_compare(one: Version, other: Version) -> list[Pair]:
    """Return a few photos, spread evenly, with those of their names in another set.

    None where the other lacks one of them, where they are of two parts of a split, or where they are few.
    """
    if len(one) < PHOTOS_LEAST or not one.keys() <= other.keys():
        return []
    pairs = [(photo, other[key]) for key, photo in sorted(one.items())]
    if any(part_of(first) != part_of(second) for first, second in pairs):
        return []
    return spread_evenly(pairs, COMPARED_MOST)


def _are_copies(one: Version, other: Version, masks: MasksOf) -> bool:
    """Tell whether two sets of photos have the same names and parts, and some of them the same pixels and masks."""
    pairs = pairs_to_compare(one, other) if len(one) == len(other) else []
    return bool(pairs) and all(_is_copy(pair, masks) for pair in pairs)


def _is_copy(pair: Pair, masks: MasksOf) -> bool:
    """Tell whether two photos have nearly the same pixels, and so do their masks."""
    own = [masks[photo.below][0] for photo in pair]
    planes = [plane for mask in own if (plane := read_plane(mask)) is not None]
    if len(planes) < len(own):
        return False
    one, other = planes[0], _at_size(planes[1], planes[0].shape)
    shown = (one != 0) | (other != 0)
    if float((one == other)[shown].sum()) < SAME_PIXELS * int(shown.sum()):
        return False
    first, second = (photo.file.path for photo in pair)
    return (
        _levels_apart(first, second) <= MAX_APART_LEVELS and compare_pictures(first, second, own[0].file.path) == "copy"
    )


def _at_size(plane: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the values of a mask at another size, the nearest ones."""
    rows, columns = ((np.arange(to) * of // to) for to, of in zip(shape, plane.shape, strict=True))
    return np.asarray(plane[rows][:, columns])


def _levels_apart(first: Path, second: Path) -> float:
    """Return by how many of 255 levels two smoothed photos differ on average; infinity where one cannot be read."""
    try:
        one, other = (read_photo(path, long_side_px=SIDE_PX) for path in (first, second))
    except DataError:
        return float("inf")
    if one.shape != other.shape:
        other = np.asarray(cv2.resize(other, one.shape[1::-1], interpolation=cv2.INTER_AREA))
    smoothed = [cv2.GaussianBlur(photo.astype(np.float32), (0, 0), SMOOTH_PX) for photo in (one, other)]
    return float(np.abs(smoothed[0] - smoothed[1]).mean())


def _rank(version: Version, masks: MasksOf, wanted: str | None) -> tuple[bool, bool, bool, int, str]:
    """Return a sort key of a set of photos; the one to keep comes first."""
    photo = next(iter(version.values()))
    lossy = [image.file.path.suffix.lower() in JPEG_SUFFIXES for image in (masks[photo.below][0], photo)]
    unwanted = wanted is not None and not is_called(photo, wanted)
    size_hw = photo.file.header.size_hw if photo.file.header is not None else (0, 0)
    return unwanted, lossy[0], lossy[1], -size_hw[0] * size_hw[1], photo.below
