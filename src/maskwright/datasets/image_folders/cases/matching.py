"""Photos with the masks that names and lists give them, before it is decided which kinds of masks count."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.image_folders.appearance import is_cut_away
from maskwright.datasets.image_folders.disambiguation.alternative_annotations import with_masks_of_one_photo
from maskwright.datasets.image_folders.disambiguation.choose_photos import PhotoChoice, choose_photos
from maskwright.datasets.image_folders.disambiguation.derived_images import augmented_copies
from maskwright.datasets.image_folders.disambiguation.duplicate_datasets import second_copies
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.list_files import given_masks, read_lists
from maskwright.datasets.image_folders.pairs.near_misses import nothing_fits, renumbered
from maskwright.datasets.image_folders.pairs.pairing import Pairing
from maskwright.datasets.image_folders.pairs.sidecar_files import Given
from maskwright.datasets.reader_types import ReadOptions, Remark
from maskwright.errors import DataError
from maskwright.findings.finding import some

CUTOUTS_TRIED = 4


@dataclass(frozen=True)
class Matched:
    """Photos with their masks, by the path of the photo.

    `photos` says which pictures are used, and `given` what lists say of them. `every_mask` has the masks of copies
    that are left out, too. `set_aside` are masks of known photos that a list passes over, `orphans` masks whose photo
    is not there.
    """

    photos: PhotoChoice
    given: Given
    masks: Mapping[str, Sequence[FolderImage]]
    every_mask: Mapping[str, Sequence[FolderImage]]
    set_aside: tuple[str, ...]
    orphans: Sequence[FolderImage]


def match_masks(root: Path, images: Sequence[FolderImage], pairing: Pairing, options: ReadOptions) -> Matched:
    """Return the photos with their masks; DataError asks where photos can be read in several ways, or nothing fits."""
    given = read_lists(root, images)
    if options.pairing is None and not given.masks and (question := renumbered(root, images, pairing)) is not None:
        raise question
    photos = [image for image in images if image.role == "photo"]
    chosen = choose_photos(pairing.matches, photos, root, wanted=options.photo_folder)
    chosen, given = _with_lists(chosen, given, root=root, images=images, wanted=options.photo_folder)
    matched = _masks_of(chosen)
    every_mask = given_masks(given, matched) or _own_transparency(photos, root)
    used = {mask.below for several in every_mask.values() for mask in several}
    copies = second_copies(photos, every_mask, wanted=options.photo_folder) or augmented_copies(photos, every_mask)
    masks = {below: several for below, several in every_mask.items() if below not in copies}
    set_aside = tuple(sorted({m.below for photo in given.masks for m in matched.get(photo, ())} - used))
    orphans = [i for i in images if i.role == "mask" and i.below not in used and i.below not in set_aside]
    if not masks and options.canvas_hw is None:
        raise nothing_fits(root, photos, orphans, pairing)
    return Matched(chosen.without(copies), given, masks, every_mask, set_aside, orphans)


def unused_masks(matched: Matched) -> list[Remark]:
    """Return what is said of masks whose photo is not used, and of those that a list does not name."""
    unused, every_mask = matched.photos.unused, matched.every_mask
    counting = {mask.below for photo, several in every_mask.items() if photo not in unused for mask in several}
    known = counting | unused.keys()  # a photo may be its own mask
    lost = tuple(dict.fromkeys(m.below for several in every_mask.values() for m in several if m.below not in known))
    remarks = [Remark("file-unused", lost, "only pictures that are not used have its name")] if lost else []
    if matched.set_aside:
        remarks.append(Remark("file-unused", matched.set_aside, f"{some(matched.given.files)} names other masks"))
    return remarks


def _with_lists(
    chosen: PhotoChoice, given: Given, *, root: Path, images: Sequence[FolderImage], wanted: str | None
) -> tuple[PhotoChoice, Given]:
    """Return the photos with all masks of their copies, and what lists say of these photos.

    Lists are read again where names of pictures that are not used were ambiguous.
    """
    whole = with_masks_of_one_photo(chosen, wanted=wanted)
    is_unread = not (given.parts or given.masks or given.groups)
    if len(whole.unused) > len(chosen.unused) or (chosen.unused and is_unread):
        given = read_lists(root, [image for image in images if image.below not in whole.unused])
    return whole, _of_chosen_photos(given, whole)


def _masks_of(chosen: PhotoChoice) -> dict[str, list[FolderImage]]:
    matched: dict[str, list[FolderImage]] = defaultdict(list)
    for match in chosen.matches:
        matched[match.photos[0].below].append(match.mask)
    return matched


def _of_chosen_photos(given: Given, chosen: PhotoChoice) -> Given:
    """Return what lists say of pictures that are not used as said of the photo that has the listed mask."""
    owners = {match.mask.below: match.photos[0].below for match in chosen.matches}
    moved = {
        photo: owners[mask.below]
        for photo, masks in given.masks.items()
        if photo in chosen.unused
        for mask in masks
        if mask.below in owners
    }
    if not moved:
        return given
    return replace(
        given,
        parts={moved.get(photo, photo): part for photo, part in given.parts.items()},
        masks={moved.get(photo, photo): masks for photo, masks in given.masks.items()},
        groups={moved.get(photo, photo): group for photo, group in given.groups.items()},
    )


def _own_transparency(photos: Sequence[FolderImage], root: Path) -> dict[str, list[FolderImage]]:
    """Return photos as their own masks where their transparency parts object and background; DataError for cut-outs."""
    photos = photos if all(photo.is_cutout for photo in photos) else ()
    if any(is_cut_away(photo.file) for photo in photos[:CUTOUTS_TRIED]):
        raise DataError(
            f"{root}: the transparency of {len(photos)} photos is their mask, but what was behind the object is cut "
            f"away ({photos[0].below}): put the photos as they were taken in {root / 'images'}, and these in "
            f"{root / 'masks'} under the same names"
        )
    return {photo.below: [photo] for photo in photos}
