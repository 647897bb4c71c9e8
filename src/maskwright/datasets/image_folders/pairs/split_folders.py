"""Parts as folders and file names give them: train and val."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import PART_WORDS, SET_WORDS, folder_words
from maskwright.datasets.part_names import PARTS, PartName

KINDS_OF_PARTS = frozenset(["public", "private", "seen", "unseen", "internal", "external", "final", "images"])
"""Words that tell two parts of one kind apart, as test_seen and test_unseen."""
_LETTER = re.compile(r"(?<=[a-z])[A-Z]$")


def part_called(text: str) -> PartName | None:
    """Return the part that a text is the name of, as "val", "Training set" or "test_public"; None for other texts."""
    words = folder_words((text,))
    parts = {PARTS[word] for word in words if word in PARTS}
    is_name = all(word in PARTS or word in SET_WORDS | KINDS_OF_PARTS or word.isdigit() for word in words)
    return next(iter(parts)) if len(parts) == 1 and is_name else None


def part_of(image: FolderImage, *, without: Collection[str] = ()) -> PartName | None:
    """Return the part that a folder of an image is named after, the outermost first; those of `without` name none."""
    for name in (name for name in image.file.folder if name not in without):
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
    images = [*photos, *(mask for some_masks in masks.values() for mask in some_masks)]
    folders = {name for image in images for name in image.file.folder}
    series = _years_of_a_series(folders) | _no_parts_alone(folders)
    by_photo = {
        photo.below: part_of(photo, without=series) or _first(masks.get(photo.below, ()), without=series)
        for photo in photos
    }
    if not any(by_photo.values()):
        by_photo = {photo.below: part_of_name(photo) for photo in photos}
    known = {below: part for below, part in by_photo.items() if part is not None}
    annotated = {known.get(below) for below in masks if below in by_photo}
    return {} if len(annotated) == 1 and None not in annotated and set(known.values()) == annotated else known


def _years_of_a_series(folders: Collection[str]) -> frozenset[str]:
    """Return the folders such as test2022 that are no parts: they are of one part alone, or one part has two years."""
    years: dict[str, set[str]] = defaultdict(set)
    dated: set[str] = set()
    for name in folders:
        words = list(folder_words((name,)))
        for word, year in pairwise(words):
            if word in PART_WORDS and f"{word}{year}" in name.casefold() and year.isdigit():
                years[PART_WORDS[word]].add(year)
                dated.add(name)
    is_split = len(years) > 1 and all(len(own) == 1 for own in years.values())
    return frozenset() if is_split else frozenset(dated)


def _no_parts_alone(folders: Collection[str]) -> frozenset[str]:
    """Return the folders called valid, or by two letters, where none is for training.

    There valid means good, as beside empty or damaged, and TS is a place beside CA and KS.
    """
    words = {name: set(folder_words((name,))) for name in folders}
    if any(PART_WORDS.get(word) == "train" for own in words.values() for word in own):
        return frozenset()
    return frozenset(name for name, own in words.items() if own & {"valid", "va", "vd", "te", "ts"})


def _first(masks: Iterable[FolderImage], *, without: Collection[str]) -> PartName | None:
    return next((part for mask in masks if (part := part_of(mask, without=without)) is not None), None)
