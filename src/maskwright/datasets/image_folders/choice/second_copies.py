"""A data set that lies there twice, photos and masks alike, as in png/ and in jpg/: one of the two is left out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from maskwright.datasets.image_folders.choice.choice_of_photos import Kind, photo_kind
from maskwright.datasets.image_folders.choice.mask_relations import read_plane
from maskwright.datasets.image_folders.choice.overlays import compare_pictures
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import runs
from maskwright.imaging.decoders.image_files import JPEG_SUFFIXES

COMPARED_MOST, PHOTOS_LEAST = 4, 3
SAME_PIXELS = 0.8
"""The share of the pixels that are no background in one of two masks which both have alike; JPEG moves some."""
MasksOf = Mapping[str, Sequence[FolderImage]]


def second_copies(photos: Sequence[FolderImage], masks: MasksOf) -> dict[str, str]:
    """Return why photos are left out, by path: others of the same names show the same and have the same masks.

    Those whose masks or photos are JPEG are the copy, or else those that come later by name.
    """
    kinds: dict[Kind, dict[tuple[str, ...], FolderImage]] = defaultdict(dict)
    for photo in photos:
        if len(masks.get(photo.below, ())) == 1:
            kinds[photo_kind(photo)][runs(photo.name.stem)] = photo
    left_out: dict[str, str] = {}
    for first, second in combinations(kinds, 2):
        one, other = kinds[first], kinds[second]
        if one.keys() != other.keys() or len(one) < PHOTOS_LEAST or {first, second} & set(left_out):
            continue
        pairs = [(one[name], other[name]) for name in sorted(one)]
        if all(_is_copy(pair, masks) for pair in pairs[:: max(1, len(pairs) // COMPARED_MOST)][:COMPARED_MOST]):
            worse, better = _worse_first(one, other, masks)
            where = "/".join(next(iter(better.values())).file.folder)
            left_out |= {photo.below: f"repeats the photos of {where}, with the same masks" for photo in worse.values()}
    return left_out


def _is_copy(pair: tuple[FolderImage, FolderImage], masks: MasksOf) -> bool:
    """Tell whether two photos show the same, and so do their masks."""
    own = [masks[photo.below][0] for photo in pair]
    planes = [plane for mask in own if (plane := read_plane(mask)) is not None]
    if len(planes) < len(own) or planes[0].shape != planes[1].shape:
        return False
    shown = (planes[0] != 0) | (planes[1] != 0)
    if float((planes[0] == planes[1])[shown].sum()) < SAME_PIXELS * max(1, int(shown.sum())):
        return False
    return compare_pictures(pair[0].file.path, pair[1].file.path, own[0].file.path) == "copy"


def _worse_first(
    one: Mapping[tuple[str, ...], FolderImage], other: Mapping[tuple[str, ...], FolderImage], masks: MasksOf
) -> tuple[Mapping[tuple[str, ...], FolderImage], Mapping[tuple[str, ...], FolderImage]]:
    """Return two sets of photos, the one first whose files lose detail, or that comes later."""

    def roughness(photos: Mapping[tuple[str, ...], FolderImage]) -> tuple[bool, bool, str]:
        photo = next(iter(photos.values()))
        lossy = [image.file.path.suffix.lower() in JPEG_SUFFIXES for image in (masks[photo.below][0], photo)]
        return lossy[0], lossy[1], photo.below

    return (one, other) if roughness(one) > roughness(other) else (other, one)
