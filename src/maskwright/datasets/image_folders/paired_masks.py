"""The masks of a folder that belong to photos there: none of them is a photo to predict."""

from pathlib import Path

from maskwright.datasets.image_folders.image_roles import folder_images, kind_of
from maskwright.datasets.image_folders.inventory import Inventory, some_images, take_inventory
from maskwright.datasets.image_folders.pairs.pairing import pair


def paired_masks(root: Path) -> frozenset[Path]:
    """Return the mask files below a folder whose kind is paired with photos there by name; none without such pairs.

    The folder is looked through only where a sample of its files holds photos and masks.
    """
    sample, _ = some_images(root)
    roles = {image.role for image in folder_images(Inventory(root, sample))}
    if not {"photo", "mask"} <= roles:
        return frozenset()
    images = folder_images(take_inventory(root))
    kinds = {kind_of(match.mask) for match in pair(images).matches}
    return frozenset(image.file.path for image in images if image.role == "mask" and kind_of(image) in kinds)
