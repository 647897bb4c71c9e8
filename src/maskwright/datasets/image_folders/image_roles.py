"""What the images of a folder are, photos or masks, found by looking into some files of each kind."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.image_folders.appearance import (
    Appearance,
    appearance_of,
    filling_values,
    share_of_values,
    transparency_of,
)
from maskwright.datasets.image_folders.inventory import ImageFile, Inventory
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS, Name, folder_words, name_files

Role = Literal["photo", "mask", "unclear"]

SLOTS_MOST = 48
LOOKS_MOST, LOOKS_A_KIND = 240, (2, 6)
BLANK_LOOKS_MOST = 32
MIXED_LOOKS_MOST = 2000
FLAT_LOOKS_MOST, FLAT_LEAST = 12, 0.5
CLEARLY_RICHER = 3.0
"""Of two kinds that both look like masks, the one with so many times the change is the photo."""


@dataclass(frozen=True)
class FolderImage:
    """An image file with its parted name, what it is, and how much it changes where it was looked at.

    `is_cutout`: a photo whose transparency parts object and background.
    """

    file: ImageFile
    name: Name
    role: Role = "unclear"
    bits: float | None = None
    is_cutout: bool = False

    @cached_property
    def below(self) -> str:
        """The path below the root, with slashes."""
        return "/".join((*self.file.folder, self.file.path.name))


Group = tuple[object, ...]


def folder_images(inventory: Inventory) -> list[FolderImage]:
    """Return the images of an inventory, each a photo, a mask or unclear."""
    names = name_files([(file.folder, file.stem) for file in inventory.images])
    images = [FolderImage(file, name) for file, name in zip(inventory.images, names, strict=True)]
    groups = _groups(images)
    each = max(LOOKS_A_KIND[0], min(LOOKS_A_KIND[1], LOOKS_MOST // max(1, len(groups))))
    judged = [image for members in groups.values() for image in _judged(members, each)]
    return sorted(_settled(judged), key=lambda image: image.file.path)


def _groups(images: Sequence[FolderImage]) -> dict[Group, list[FolderImage]]:
    """Return the images by folder, ending and storage; folders that differ by numbers alone are one."""
    slots = {image.file.folder: tuple(general(part) for part in image.file.folder) for image in images}
    if len(set(slots.values())) > SLOTS_MOST:
        slots = {folder: slot[-1:] for folder, slot in slots.items()}
    if len(set(slots.values())) > SLOTS_MOST:
        slots = dict.fromkeys(slots, ())
    groups: dict[Group, list[FolderImage]] = defaultdict(list)
    for image in images:
        header = image.file.header
        stored = (header.kind, header.mode, header.bits) if header else ()
        groups[slots[image.file.folder], image.name.ending, stored].append(image)
    return groups


def general(folder: str) -> str:
    """Return a folder's name in lower case, with `#` for every number or hash in it."""
    return re.sub(r"[0-9a-f]{16,}|\d+", "#", folder.casefold())


def _judged(members: Sequence[FolderImage], each: int) -> list[FolderImage]:
    """Return the files of one group with their role, told from some of them, or from all where those differ."""
    sound = [image for image in members if image.file.header is not None]
    broken = [image for image in members if image.file.header is None]
    appearances = _looked_at(_spread(sound, each))
    if appearances and all(appearance.is_blank for appearance in appearances):
        appearances = _looked_at(_spread(sound, BLANK_LOOKS_MOST))
    roles = {_role(appearance) for appearance in appearances if not appearance.is_blank}
    if roles - {"mask"} and _are_cutouts(_spread(sound, each)):  # small objects on nothing look like masks
        return broken + [replace(image, is_cutout=True, role="photo") for image in sound]
    if len(roles) > 1 and _are_mattes(sound, appearances):
        roles = {"mask"}
    if len(roles) > 1 and len(sound) <= MIXED_LOOKS_MOST:
        return broken + _with_smeared([_alone(image, appearance_of(image.file)) for image in sound])
    bits = [appearance.bits for appearance in appearances if not appearance.is_blank]
    role: Role = next(iter(roles)) if len(roles) == 1 else "unclear"
    middle = sorted(bits)[len(bits) // 2] if bits else None
    return broken + [replace(image, role=role, bits=middle) for image in sound]


def _with_smeared(images: Sequence[FolderImage]) -> list[FolderImage]:
    """Return images of one group, those that look like photos as masks where words and the others say masks.

    Their edges are smeared: most of their pixels have colours that fill parts of the other masks.
    """
    smeared = [image for image in images if image.role != "mask" and image.bits is not None and _called_mask(image)]
    masks = [image for image in images if image.role == "mask"]
    if not smeared or len(masks) <= len(smeared):
        return list(images)
    flat = frozenset(key for image in _spread(masks, FLAT_LOOKS_MOST) for key in filling_values(image.file))
    drawn = {image.below for image in smeared if share_of_values(image.file, flat) >= FLAT_LEAST}
    return [replace(image, role="mask") if image.below in drawn else image for image in images]


def _are_cutouts(images: Sequence[FolderImage]) -> bool:
    """Tell whether the transparency of photos is a mask in each of them."""
    appearances = [transparency_of(image.file) for image in images]
    return bool(appearances) and all(appearance is not None and appearance.is_mask for appearance in appearances)


def _are_mattes(images: Sequence[FolderImage], appearances: Sequence[Appearance]) -> bool:
    """Tell whether images that words call masks are alpha mattes: some look like masks, others are soft at the edges.

    A small one with wide soft edges looks like a photo.
    """
    called = all(_called_mask(image) for image in images)
    return called and all(look.is_mask or look.is_blank or look.matte for look in appearances)


def _looked_at(images: Sequence[FolderImage]) -> list[Appearance]:
    appearances: list[Appearance | None] = in_threads(lambda image: appearance_of(image.file), images)
    return [appearance for appearance in appearances if appearance is not None]


def _spread(images: Sequence[FolderImage], most: int) -> list[FolderImage]:
    step = max(1, -(-len(images) // most))
    return list(images[::step])


def _role(appearance: Appearance) -> Role:
    return "mask" if appearance.is_mask else "photo" if appearance.is_photo else "unclear"


def _alone(image: FolderImage, appearance: Appearance | None) -> FolderImage:
    return (
        image
        if appearance is None or appearance.is_blank
        else replace(image, role=_role(appearance), bits=appearance.bits)
    )


def _settled(images: Sequence[FolderImage]) -> list[FolderImage]:
    """Return the images with a role for those whose looks did not tell: blank ones, and flat or shaded pictures.

    Blank and broken files are what the others of their ending, or of their folder, are. Where nothing looks like a
    photo, the richest kind is.
    """
    settled = _black_photos_too(images)
    for key in (_by_folder_and_ending, _by_ending):
        settled = _as_neighbours(settled, key)
    settled = [_as_mask_words_say(image) if _is_open(image) and image.file.header else image for image in settled]
    settled = _as_neighbours(settled, _by_storage)
    settled = [_as_words_say(image) if _is_open(image) and image.file.header else image for image in settled]
    settled = _as_neighbours(settled, _by_folder)
    settled = [_as_words_say(image) for image in settled]
    if any(image.role == "photo" and not image.is_cutout for image in settled):
        settled = [replace(image, role="mask") if image.is_cutout else image for image in settled]
    roles = {image.role for image in settled}
    if "mask" not in roles or "photo" in roles:
        return settled
    if any(_is_open(image) for image in settled):  # photos that cannot be decoded
        return [_as_photo(image) if _is_open(image) else image for image in settled]
    return _richest_as_photos(settled)


def _black_photos_too(images: Sequence[FolderImage]) -> list[FolderImage]:
    """Return the images, those that look like masks as photos where they lie among photos, and their masks elsewhere.

    Photos of floats that were stored as bytes hold 0 and 1 alone. Their folder is called photos and holds others, and a
    folder that is called masks has a file of each name.
    """
    among = {image.file.folder for image in images if image.role == "photo"}
    drawn = {image.file.stem for image in images if image.role == "mask" and _called_mask(image)}
    return [
        _as_photo(image) if image.file.folder in among and _called_photo(image) and image.file.stem in drawn else image
        for image in images
    ]


def _by_folder_and_ending(image: FolderImage) -> Group:
    return (image.file.folder, image.name.ending, image.file.path.suffix.lower())


def _by_ending(image: FolderImage) -> Group:
    return (image.name.ending,) if image.name.ending else (id(image),)


def _by_storage(image: FolderImage) -> Group:
    """Return how an image is stored, with its ending: blank masks are stored as other masks are."""
    header = image.file.header
    return (header.kind, header.mode, header.bits, image.name.ending) if header else (id(image),)


def _by_folder(image: FolderImage) -> Group:
    return (image.file.folder,)


def _as_neighbours(images: Sequence[FolderImage], key: Callable[[FolderImage], Group]) -> list[FolderImage]:
    roles: Mapping[Group, set[Role]] = defaultdict(set)
    for image in images:
        if image.role in ("photo", "mask"):
            roles[key(image)].add(image.role)
    only = {group: next(iter(known)) for group, known in roles.items() if len(known) == 1}
    return [replace(image, role=only.get(key(image), "unclear")) if _is_open(image) else image for image in images]


def _is_open(image: FolderImage) -> bool:
    return image.role == "unclear" and image.bits is None


def _as_words_say(image: FolderImage) -> FolderImage:
    """Return an image that looks like neither photo nor mask with the role that its ending or a folder is called by."""
    if image.role != "unclear":
        return image
    for words in (image.name.ending.split(), *(folder_words((part,)) for part in image.file.folder[::-1])):
        says_mask, says_photo = bool(set(words) & MASK_WORDS), bool(set(words) & PHOTO_WORDS)
        if says_mask != says_photo:
            return replace(image, role="mask" if says_mask else "photo")
    return image


def _as_mask_words_say(image: FolderImage) -> FolderImage:
    """Return an image as a mask where words say so; one that words call a photo is left open."""
    called = _as_words_say(image)
    return called if called.role == "mask" else image


def _richest_as_photos(images: Sequence[FolderImage]) -> list[FolderImage]:
    """Return the images with the kind that changes most as photos, where it stands out or is called so.

    A kind that is called masks is none beside one that is called photos, however plain those are.
    """
    kinds: dict[Group, list[float]] = defaultdict(list)
    for image in images:
        if image.role == "mask" and image.bits is not None:
            kinds[kind_of(image)].append(image.bits)
    ranked = sorted(((sum(bits) / len(bits), kind) for kind, bits in kinds.items()), reverse=True, key=lambda k: k[0])
    called = {kind_of(image) for image in images if _called_mask(image)}
    named = len(ranked) > 1 and ranked[0][1] not in called and all(kind in called for _, kind in ranked[1:])
    contradicts = bool(ranked) and ranked[0][1] in called and any(_called_photo(image) for image in images)
    if len(ranked) < 2 or contradicts or (not named and ranked[0][0] < CLEARLY_RICHER * max(ranked[1][0], 1e-6)):
        return [_as_photo(image) if _called_photo(image) else image for image in images]
    photo = ranked[0][1]
    return [_as_photo(image) if kind_of(image) == photo else image for image in images]


def kind_of(image: FolderImage) -> Group:
    """Return what all images of a kind share: the folders, but for numbers in their names, and the ending."""
    return (tuple(general(part) for part in image.file.folder), image.name.ending)


def _called_photo(image: FolderImage) -> bool:
    words = set(image.name.ending.split()) | set(folder_words(image.file.folder[-1:]))
    return image.role == "mask" and bool(words & PHOTO_WORDS) and not words & MASK_WORDS


def _called_mask(image: FolderImage) -> bool:
    words = set(image.name.ending.split()) | set(folder_words(image.file.folder[-1:]))
    return bool(words & MASK_WORDS)


def _as_photo(image: FolderImage) -> FolderImage:
    return replace(image, role="photo")
