"""Photos of no part that lie in a folder of a part once more, as images/ beside train/ and test/: one copy counts."""

from collections.abc import Mapping, Sequence

from maskwright.datasets.copies.duplicates import same_files
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reader_types import Remark
from maskwright.findings.finding import some

MasksOf = Mapping[str, Sequence[FolderImage]]


def copies_of_parts(
    photos: Sequence[FolderImage], masks: MasksOf, parts: Mapping[str, PartName | None]
) -> tuple[frozenset[str], list[Remark]]:
    """Return the photos of no part that repeat one with a part, by path, and what is said of them and their masks.

    Copies have one file name and the same bytes, and so have their masks. With other masks both photos stay.
    """
    having = [photo for photo in photos if parts.get(photo.below) is not None]
    names = {photo.file.path.name for photo in having}
    free = [photo for photo in photos if parts.get(photo.below) is None and photo.file.path.name in names]
    if not free:
        return frozenset(), []
    contents = _same([*free, *having])
    free, having = ([photo for photo in some_photos if photo.below in contents] for some_photos in (free, having))
    of_masks = _same([mask for photo in (*free, *having) for mask in masks.get(photo.below, ())])

    def shown(photo: FolderImage) -> tuple[int, frozenset[int | str]]:
        return contents[photo.below], frozenset(of_masks.get(m.below, m.below) for m in masks.get(photo.below, ()))

    originals = {shown(photo): photo for photo in having}
    copies = [photo for photo in free if shown(photo) in originals]
    if not copies:
        return frozenset(), []
    places = some(sorted({"/".join(originals[shown(photo)].file.folder) for photo in copies}))
    of_copies = (mask.below for photo in copies for mask in masks.get(photo.below, ()))
    left_out = tuple(sorted([*(photo.below for photo in copies), *of_copies]))
    text = f"the same photos and masks lie in {places}, and have their part there"
    return frozenset(photo.below for photo in copies), [Remark("file-unused", left_out, text)]


def _same(images: Sequence[FolderImage]) -> dict[str, int]:
    """Return a number for the content of each image of which there are several, by path."""
    groups = same_files({image.below: image.file.path for image in images})
    return {below: number for number, group in enumerate(groups) for below in group}
