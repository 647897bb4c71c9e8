"""Masks of one kind as a class for each folder that divides the photos, where a person asks for classes."""

from collections.abc import Mapping, Sequence

from maskwright.datasets.image_folders.disambiguation.mask_kinds import KINDS_MOST, MaskKind
from maskwright.datasets.image_folders.folder_parts import dividing_folders
from maskwright.datasets.image_folders.image_roles import FolderImage


def by_folders(masks: Mapping[str, Sequence[FolderImage]], kinds: Mapping[str, MaskKind]) -> dict[str, MaskKind]:
    """Return the kinds of masks by path: where all are of one, a kind for each folder by which photos differ first.

    `masks` are those of each photo, by path. Folders of empty masks alone are no class: theirs are of the first one.
    """
    level, names = dividing_folders(masks)
    if len(set(kinds.values())) != 1 or not 1 < len(names) <= KINDS_MOST:
        return dict(kinds)
    folder = {mask.below: photo.split("/")[level] for photo, several in masks.items() for mask in several}
    drawn = {folder[mask.below] for several in masks.values() for mask in several if mask.bits}
    if len(drawn) < 2:
        return dict(kinds)
    first = min(drawn)
    return {
        below: MaskKind((name if name in drawn else first,), "", is_class=True)
        for below, kind in kinds.items()
        for name in [folder.get(below, first)]
    }
