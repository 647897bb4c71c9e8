"""The masks of a folder that belong to photos there: none of them is a photo to predict."""

from pathlib import Path

from maskwright.datasets.image_folders.image_roles import folder_images, kind_of
from maskwright.datasets.image_folders.inventory import Inventory, some_images, take_inventory
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, folder_words
from maskwright.datasets.image_folders.pairs.pairing import Match, pair

BEGINNINGS = ("mask", "segm", "label", "annot", "groundtruth")
"""What folders of masks are called with more behind it, as in SegmentationObject."""


def paired_masks(root: Path) -> frozenset[Path]:
    """Return the mask files below a folder whose kind is paired with photos there by name; none without such pairs.

    A folder that the photos do not lie in, or the ending of names, says that they are masks: scans of two colours, as
    of pages, look like masks. The folder is looked through only where a sample of its files holds photos and masks.
    """
    sample, _ = some_images(root)
    roles = {image.role for image in folder_images(Inventory(root, sample))}
    if not {"photo", "mask"} <= roles:
        return frozenset()
    images = folder_images(take_inventory(root))
    kinds = {kind_of(match.mask) for match in pair(images).matches if _is_called_mask(match)}
    return frozenset(image.file.path for image in images if image.role == "mask" and kind_of(image) in kinds)


def _is_called_mask(match: Match) -> bool:
    """Tell whether the ending of a mask's name, or a folder of it that is not the photo's, says what it is."""
    own_folders = set(folder_words(match.mask.file.folder)) - set(folder_words(match.photos[0].file.folder))
    words = {word.rstrip("0123456789") for word in (*match.mask.name.ending.split(), *own_folders)}
    return any(word in MASK_WORDS or word.startswith(BEGINNINGS) for word in words)
