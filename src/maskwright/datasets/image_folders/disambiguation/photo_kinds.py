"""Kinds of pictures: the folder but for its numbers, the ending and the file type, and what each may be called."""

import re
from collections.abc import Sequence

from maskwright.datasets.image_folders.disambiguation.depth_images import is_coloured
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PART_WORDS, PHOTO_WORDS, folder_words, plain
from maskwright.imaging.decoders.image_files import JPEG_SUFFIXES

OVERLAY_WORDS = frozenset(["bbox", "bboxes", "box", "boxes", "overlay", "overlays", "vis", "visualization", "drawn"])
"""Of two pictures that repeat each other, the one with such a word in its name is the one that was painted on."""
NUMBER = re.compile(r"[0-9a-f]{16,}|\d+")
SIZE = re.compile(r"\d+(p|px|x\d+)")
Kind = tuple[tuple[str, ...], str, str]


def photo_kind(photo: FolderImage) -> Kind:
    """Return the folder, but for numbers in it, the ending and the file type of a photo."""
    folder = tuple(NUMBER.sub("#", part.casefold()) for part in photo.file.folder)
    return folder, photo.name.ending, photo.file.path.suffix.lower()


def place_numbers(photo: FolderImage) -> tuple[str, ...]:
    """Return the numbers in the folder of a photo, which `photo_kind` leaves out, but for those of sizes, as 480p."""
    folders = (part.casefold() for part in photo.file.folder if not SIZE.fullmatch(part.casefold()))
    return tuple(number for part in folders for number in NUMBER.findall(part))


def ways_to_call(photo: FolderImage) -> set[str]:
    """Return the names by which a person may choose photos like this one: folders and the ending."""
    ending = photo.name.ending
    return {ending, ending.replace(" ", "_"), *(plain(part) for part in photo.file.folder)}


def is_called(photo: FolderImage, wanted: str) -> bool:
    """Tell whether a person means photos like this one by a name."""
    return plain(wanted).strip("_.- /") in ways_to_call(photo)


def in_any_part(kind: Kind) -> Kind:
    """Return a kind of photos without the words for parts: test_red and train_red are one kind."""
    folders, ending, suffix = kind
    words = (" ".join(word for word in folder_words((name,)) if word not in PART_WORDS) for name in folders)
    return tuple(words), ending, suffix


def only_one_called_photo(one: Kind, other: Kind) -> bool:
    """Tell whether the folder of one kind says photos, as rgb does, and that of another does not."""
    own, others = (set(folder_words(kind[0][-1:])) for kind in (one, other))
    return bool(own & PHOTO_WORDS) and not others & PHOTO_WORDS and not own & (OVERLAY_WORDS | MASK_WORDS)


def copy_rank(photos: Sequence[FolderImage], kind: Kind) -> tuple[bool, bool, bool, bool]:
    """Return a sort key of one kind of some photos, of which one repeats the other; the photo comes first.

    A copy in a folder of masks is none, grey is no copy's colour, a thumbnail is smaller, and JPEG comes after what it
    was made of.
    """
    photo = next(photo for photo in photos if photo_kind(photo) == kind)
    is_lossy = photo.file.path.suffix.lower() in JPEG_SUFFIXES
    is_small = 2 * _pixels(photo) < max(map(_pixels, photos))
    return bool(set(folder_words(photo.file.folder[-1:])) & MASK_WORDS), not is_coloured(photo), is_small, is_lossy


def _pixels(photo: FolderImage) -> int:
    height, width = photo.file.header.size_hw if photo.file.header is not None else (0, 0)
    return height * width


def kind_called(kind: Kind) -> str:
    folder, ending, suffix = kind
    where = "/".join(folder[-1:])
    return f"{where}/*{'_' + ending.replace(' ', '_') if ending else ''}{suffix}".lstrip("/")
