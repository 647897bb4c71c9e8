"""Masks in folders beside a label file: not used, but for photos that they say show no object."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.reader_types import Remark
from maskwright.errors import DataError
from maskwright.imaging.mask_reader import read_raw_mask

MASK_FOLDER = re.compile(r"mask|label|annot|segment|(^|[_-])gt([_-]|$)", re.IGNORECASE)
LOOKED_AT = 4
"""Masks of so many listed photos must show objects: a folder of masks that are all blank was never drawn."""


def shown_blank(unlisted: Sequence[Path], drawn: Iterable[Path], masks: Collection[Path]) -> list[Path]:
    """Return the unlisted photos of which every mask of their name is background alone.

    Empty where the masks of the photos with `drawn` shapes are missing or blank too.
    """
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for mask in masks:
        by_stem[mask.stem].append(mask)
    named = [photo for photo in unlisted if photo.stem in by_stem]
    objects = [photo.stem for photo in drawn if photo.stem in by_stem][:LOOKED_AT]
    if not named or not objects or any(_are_blank(by_stem[stem]) for stem in objects):
        return []
    return [photo for photo in named if _are_blank(by_stem[photo.stem])]


def _are_blank(masks: Iterable[Path]) -> bool:
    try:
        return not any(read_raw_mask(mask, by_colour=False).any() for mask in masks)
    except DataError:
        return False


def masks_beside(root: Path, photos: Collection[Path]) -> list[Path]:
    """Return the images below `root` in folders that are called masks or labels."""
    others = [path for path in image_files(root) if path not in photos and MASK_FOLDER.search(path.parent.name)]
    return [path for path in others if "panoptic" not in name_below(path, root).lower()]


def mask_remarks(root: Path, label_format: str, masks: Sequence[Path], blank: Sequence[Path]) -> list[Remark]:
    """Return what is remarked of masks beside a label file, and of the photos that they say show no object."""
    names = tuple(name_below(path, root) for path in masks)
    remarks = [Remark("file-unused", names, f"the {label_format} file is read instead")] if names else []
    if blank:
        text = (
            f"{len(blank)} photos, as {name_below(blank[0], root)}, are not in the {label_format} file, but have masks "
            "without an object: they show background alone"
        )
        remarks.append(Remark("folder-reading", (), text))
    return remarks


def unlisted_images(listed: Collection[Path], root: Path) -> list[Path]:
    """Return the images that lie beside listed photos, or in `root` where no listed one exists, and are not listed."""
    folders = {path.parent for path in listed if path.is_file()} or {root}
    return [path for path in image_files(root) if path.parent in folders and path not in listed]
