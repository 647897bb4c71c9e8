"""Parts and groups as folders and file names give them: train and val, and a folder a patient or site."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import PART_WORDS, folder_words
from maskwright.datasets.part_names import PartName

GROUPS_LEAST, NAMED_GROUPS_LEAST = 4, 3
"""How many folders are groups; fewer are enough where their names say so."""
PHOTOS_A_GROUP = 2
GROUP_WORDS = frozenset(
    [
        "patient",
        "subject",
        "case",
        "person",
        "donor",
        "animal",
        "specimen",
        "slide",
        "site",
        "scene",
        "tile",
        "plot",
        "video",
        "sequence",
    ]
)
NO_GROUPS = frozenset(["class", "label", "type", "grade", "category", "level", "stage", "kind"])
_LETTER = re.compile(r"(?<=[a-z])[A-Z]$")
_RUNS = re.compile(r"[0-9a-f]{16,}|\d+")


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


def folder_groups(photos: Sequence[FolderImage]) -> dict[str, str]:
    """Return the group of each annotated photo, by its path: the folder of its patient or site.

    Folders are groups where four or more of them (three patients, sites, ...) are named alike but for numbers, with
    two or more photos each on average; folders named after classes are none.
    """
    depth = max((len(photo.file.folder) for photo in photos), default=0)
    for level in range(depth - 1, -1, -1):
        names: dict[str, list[FolderImage]] = defaultdict(list)
        for photo in photos:
            if len(photo.file.folder) > level:
                names["/".join(photo.file.folder[: level + 1])].append(photo)
        if _are_groups([photo.file.folder[level] for photo in photos if len(photo.file.folder) > level], photos):
            return {photo.below: name for name, members in names.items() for photo in members}
    return {}


def _are_groups(folders: Sequence[str], photos: Sequence[FolderImage]) -> bool:
    """Tell whether the folders of one level are named alike but for numbers, and hold several photos each."""
    counts = Counter(folders)
    alike = {_RUNS.sub("#", folder.casefold()) for folder in counts}
    if len(folders) < len(photos) or len(alike) != 1:
        return False
    template = next(iter(alike))
    words = set(re.findall(r"[^\W\d_]+", template))
    least = NAMED_GROUPS_LEAST if words & GROUP_WORDS else GROUPS_LEAST
    if "#" not in template or words & NO_GROUPS or len(counts) < least:
        return False
    return len(photos) >= PHOTOS_A_GROUP * len(counts)
