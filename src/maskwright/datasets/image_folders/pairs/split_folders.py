"""Parts as folders and file names give them: train and val."""

import re
from collections.abc import Iterable, Sequence

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import PART_WORDS, folder_words
from maskwright.datasets.part_names import PartName

_LETTER = re.compile(r"(?<=[a-z])[A-Z]$")


def part_of(image: FolderImage) -> PartName | None:
    """Return the part that a folder of an image is named after, the outermost first."""
    for name in image.file.folder:
        parts = [PART_WORDS[word] for word in folder_words((name,)) if word in PART_WORDS]
        if parts:
            return parts[0]
    return None


def part_of_name(image: FolderImage) -> PartName | None:
    """Return the part that the first or the last word of an image's name is, as in test_1, testA_1 or 1_test."""
    words = [_LETTER.sub("", word).casefold() for word in re.findall(r"[^\W_]+", image.name.stem)]
    return next((PART_WORDS[word] for word in (words[0], words[-1]) if word in PART_WORDS), None) if words else None


def parts_of(photos: Sequence[FolderImage], masks: dict[str, list[FolderImage]]) -> dict[str, PartName]:
    """Return the part of each photo, by its path, as its folder, its mask's folder or its name says.

    Names count only where no folder says a part. One part alone for all photos with a mask is no split.
    """
    by_photo = {photo.below: part_of(photo) or _first(masks.get(photo.below, ())) for photo in photos}
    if not any(by_photo.values()):
        by_photo = {photo.below: part_of_name(photo) for photo in photos}
    known = {below: part for below, part in by_photo.items() if part is not None}
    annotated = {known.get(below) for below in masks if below in by_photo}
    return {} if len(annotated) == 1 and None not in annotated and set(known.values()) == annotated else known


def _first(masks: Iterable[FolderImage]) -> PartName | None:
    return next((part for mask in masks if (part := part_of(mask)) is not None), None)
