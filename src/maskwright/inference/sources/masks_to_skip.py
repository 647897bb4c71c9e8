"""The masks of a folder that belong to photos there: none of them is a photo to predict."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from maskwright.datasets.image_folders.image_roles import FolderImage, Group, folder_images, kind_of
from maskwright.datasets.image_folders.inventory import Inventory, some_images, take_inventory
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, folder_words
from maskwright.datasets.image_folders.pairs.pairing import ENOUGH, Match, pair

BEGINNINGS = ("mask", "segm", "label", "annot", "groundtruth")
"""What folders of masks are called with more behind it, as in SegmentationObject."""


def masks_to_skip(root: Path) -> frozenset[Path]:
    """Return the mask files below a folder whose kind is paired with photos there by name; none without such pairs.

    A folder that the photos do not lie in, or the ending of names, says that they are masks; so does a folder of any
    name that holds files of the names and sizes of photos elsewhere, and no photo. In a folder of photos two colours
    are not enough: scans of pages look like masks. The folder is looked through only where a sample of its files holds
    photos and masks.
    """
    sample, _ = some_images(root)
    roles = {image.role for image in folder_images(Inventory(root, sample))}
    if not {"photo", "mask"} <= roles:
        return frozenset()
    images = folder_images(take_inventory(root))
    matches = pair(images).matches
    kinds = {kind_of(match.mask) for match in matches if _is_called_mask(match)} | _kinds_apart(images, matches)
    return frozenset(image.file.path for image in images if image.role == "mask" and kind_of(image) in kinds)


def _is_called_mask(match: Match) -> bool:
    """Tell whether the ending of a mask's name, or a folder of it that is not the photo's, says what it is."""
    own_folders = set(folder_words(match.mask.file.folder)) - set(folder_words(match.photos[0].file.folder))
    words = {word.rstrip("0123456789") for word in (*match.mask.name.ending.split(), *own_folders)}
    return any(word in MASK_WORDS or word.startswith(BEGINNINGS) for word in words)


def _kinds_apart(images: Iterable[FolderImage], matches: Iterable[Match]) -> set[Group]:
    """Return the kinds in folders without photos most of whose masks have name and size of a photo elsewhere."""
    of_photos = {image.file.folder for image in images if image.role == "photo"}
    apart = [m.mask for m in matches if not m.said and m.mask.file.folder not in of_photos and _is_of_one_size(m)]
    members = Counter(kind_of(image) for image in images if image.role == "mask")
    return {kind for kind, count in Counter(map(kind_of, apart)).items() if count >= ENOUGH * members[kind]}


def _is_of_one_size(match: Match) -> bool:
    """Tell whether mask and photo have one size; a photo that EXIF turns has its sides exchanged."""
    headers = [image.file.header for image in (match.mask, match.photos[0])]
    sizes = [sorted(header.size_hw) for header in headers if header is not None]
    return len(sizes) == len(headers) and sizes[0] == sizes[1]
