"""The same photos in two folders with other masks in each, as for two tasks: masks of two kinds for one photo."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from filecmp import cmp
from itertools import combinations

import numpy as np

from maskwright.datasets.image_folders.choice.choice_of_photos import PhotoChoice
from maskwright.datasets.image_folders.choice.mask_relations import read_plane
from maskwright.datasets.image_folders.choice.photo_kinds import Kind, photo_kind, place_numbers, ways_to_call
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import plain
from maskwright.datasets.image_folders.pairs.split_folders import part_of

PHOTOS_LEAST, COMPARED_MOST = 3, 4
Key = tuple[tuple[str, ...], str]
Set = Mapping[Key, FolderImage]


def with_masks_of_one_photo(chosen: PhotoChoice, *, wanted: str | None = None) -> PhotoChoice:
    """Return the choice with the masks of copies of photos as masks of those photos, where they differ.

    All photos of one folder lie in another one too, byte by byte, under the same names, and not as another part of a
    split. The copies are those of the folder with fewer photos, or the one that `wanted` does not call.
    """
    masks = _single_masks(chosen)
    sets: dict[Kind, dict[Key, FolderImage]] = defaultdict(dict)
    for photo, _ in masks.values():
        sets[photo_kind(photo)][place_numbers(photo), plain(photo.name.stem)] = photo
    kept: dict[str, FolderImage] = {}
    for pair in combinations(sets, 2):
        lesser, greater = sorted((sets[kind] for kind in pair), key=lambda own: _rank(own, wanted))
        if _are_the_same_photos(lesser, greater) and _masks_differ(lesser, greater, masks):
            kept |= {photo.below: greater[key] for key, photo in lesser.items()}
    kept = {below: photo for below, photo in kept.items() if photo.below not in kept}
    matches = [replace(m, photos=(kept.get(m.photos[0].below, m.photos[0]),)) for m in chosen.matches]
    reasons = {below: f"repeats the photos of {'/'.join(photo.file.folder)}" for below, photo in kept.items()}
    return replace(chosen, matches=tuple(matches), unused={**chosen.unused, **reasons}) if kept else chosen


def _single_masks(chosen: PhotoChoice) -> dict[str, tuple[FolderImage, FolderImage]]:
    """Return the photos with one mask each, and that mask, by the path of the photo."""
    several: dict[str, list[tuple[FolderImage, FolderImage]]] = defaultdict(list)
    for match in chosen.matches:
        several[match.photos[0].below].append((match.photos[0], match.mask))
    return {below: own[0] for below, own in several.items() if len(own) == 1}


def _rank(photos: Set, wanted: str | None) -> tuple[bool, int, str]:
    """Return a sort key of a set of photos; the one to keep comes last."""
    first = next(iter(photos.values()))
    is_wanted = wanted is not None and plain(wanted).strip("_.- /") in ways_to_call(first)
    return is_wanted, len(photos), first.below


def _are_the_same_photos(lesser: Set, greater: Set) -> bool:
    if len(lesser) < PHOTOS_LEAST or not lesser.keys() <= greater.keys():
        return False
    pairs = [(photo, greater[key]) for key, photo in sorted(lesser.items())]
    if any(part_of(one) != part_of(other) for one, other in pairs):
        return False
    looked_at = pairs[:: max(1, len(pairs) // COMPARED_MOST)][:COMPARED_MOST]
    return all(cmp(one.file.path, other.file.path, shallow=False) for one, other in looked_at)


def _masks_differ(lesser: Set, greater: Set, masks: Mapping[str, tuple[FolderImage, FolderImage]]) -> bool:
    """Tell whether the masks of some photos are others than those of their copies."""
    for key in sorted(lesser)[:COMPARED_MOST]:
        own, other = (read_plane(masks[photo.below][1]) for photo in (lesser[key], greater[key]))
        if own is not None and other is not None and not np.array_equal(own, other):
            return True
    return False
