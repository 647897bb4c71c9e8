"""The same photos in two folders with other masks in each, as for two tasks: masks of two kinds for one photo."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from filecmp import cmp
from itertools import combinations

import numpy as np

from maskwright.datasets.image_folders.disambiguation.choose_photos import PhotoChoice
from maskwright.datasets.image_folders.disambiguation.duplicate_datasets import Version, pairs_to_compare, versions_of
from maskwright.datasets.image_folders.disambiguation.mask_relations import read_plane
from maskwright.datasets.image_folders.disambiguation.photo_kinds import is_called
from maskwright.datasets.image_folders.image_roles import FolderImage

MASKS_COMPARED_MOST = 4


def with_masks_of_one_photo(chosen: PhotoChoice, *, wanted: str | None = None) -> PhotoChoice:
    """Return the choice with the masks of copies of photos as masks of those photos, where they differ.

    All photos of one folder lie in another one too, byte by byte, under the same names, and not as another part of a
    split. The copies are those of the folder with fewer photos, or the one that `wanted` does not call.
    """
    masks = _single_masks(chosen)
    versions = versions_of(photo for photo, _ in masks.values())
    kept: dict[str, FolderImage] = {}
    alone: dict[str, int] = {}
    for pair in combinations(versions, 2):
        lesser, greater = sorted((versions[kind] for kind in pair), key=lambda own: _rank(own, wanted))
        if _are_the_same_photos(lesser, greater) and _masks_differ(lesser, greater, masks):
            kept |= {photo.below: greater[key] for key, photo in lesser.items()}
            alone |= dict.fromkeys((photo.below for photo in lesser.values()), len(greater) - len(lesser))
    kept = {below: photo for below, photo in kept.items() if photo.below not in kept}
    matches = [replace(m, photos=(kept.get(m.photos[0].below, m.photos[0]),)) for m in chosen.matches]
    reasons = {below: _reason(photo, alone[below]) for below, photo in kept.items()}
    return replace(chosen, matches=tuple(matches), unused={**chosen.unused, **reasons}) if kept else chosen


def _reason(photo: FolderImage, alone: int) -> str:
    """Return why the copy of a photo is left out, and how many photos of its folder have no copy with other masks."""
    said = f"repeats the photos of {'/'.join(photo.file.folder)}"
    if alone <= 0:
        return said
    rest = "photo there shows" if alone == 1 else f"{alone} photos there show"
    return f"{said}; where both kinds of masks count, the other {rest} none of what these mark: put aside unseen ones"


def _single_masks(chosen: PhotoChoice) -> dict[str, tuple[FolderImage, FolderImage]]:
    """Return the photos with one mask each, and that mask, by the path of the photo."""
    several: dict[str, list[tuple[FolderImage, FolderImage]]] = defaultdict(list)
    for match in chosen.matches:
        several[match.photos[0].below].append((match.photos[0], match.mask))
    return {below: own[0] for below, own in several.items() if len(own) == 1}


def _rank(photos: Version, wanted: str | None) -> tuple[bool, int, str]:
    """Return a sort key of a set of photos; the one to keep comes last."""
    first = next(iter(photos.values()))
    return wanted is not None and is_called(first, wanted), len(photos), first.below


def _are_the_same_photos(lesser: Version, greater: Version) -> bool:
    pairs = pairs_to_compare(lesser, greater)
    return bool(pairs) and all(cmp(one.file.path, other.file.path, shallow=False) for one, other in pairs)


def _masks_differ(lesser: Version, greater: Version, masks: Mapping[str, tuple[FolderImage, FolderImage]]) -> bool:
    """Tell whether the masks of some photos are others than those of their copies."""
    for key in sorted(lesser)[:MASKS_COMPARED_MOST]:
        own, other = (read_plane(masks[photo.below][1]) for photo in (lesser[key], greater[key]))
        if own is not None and other is not None and not np.array_equal(own, other):
            return True
    return False
