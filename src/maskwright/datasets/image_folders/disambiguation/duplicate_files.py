"""Second copies of single files, as systems and cloud folders name them: `a (1).jpg`, `a - Copy.png`, `a-LAPTOP-7Q2H`.

A copy of the same bytes says nothing new. Two versions of one mask that differ are a question: one of them is old.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from filecmp import cmp
from pathlib import Path

import numpy as np

from maskwright.datasets.image_folders.disambiguation.mask_relations import foreground, read_plane
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.inventory import ImageFile, Inventory
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.reader_types import Remark
from maskwright.errors import DataError
from maskwright.findings.finding import some

COUNTED = re.compile(r"(.+?)[ _]?\(\d{1,2}\)")
COPIED = (
    re.compile(r"(.+?)[ _-]+(?:copy|kopie|copie|copia|cópia|kopia)(?:[ _]?\(?\d{1,2}\)?)?", re.IGNORECASE),
    re.compile(r"(?:copy of|kopie von|copie de|copia de|copia di|cópia de) (.+)", re.IGNORECASE),
    re.compile(r"(.+?)-(?:desktop|laptop|win|pc)-[a-z0-9]{4,11}(?:-\d{1,2})?", re.IGNORECASE),
    re.compile(r"(.+?) ?\([^()]*conflict[^()]*\)", re.IGNORECASE),
    re.compile(r"(.+?)\.sync-conflict-[0-9a-z-]+", re.IGNORECASE),
)
SHARED_LEAST = 0.5
"""Two versions of one mask share so much of the smaller one's objects; masks of two objects share nothing."""
REASON = "a copy, byte by byte, of the file that it is named after"


def without_copies(inventory: Inventory) -> tuple[Inventory, list[Remark]]:
    """Return the files without copies of the same bytes beside them, and the remark that names these."""
    by_name = {(image.folder, image.path.name): image for image in inventory.images}
    copies = [
        image
        for image in inventory.images
        if any((other := by_name.get(place)) and _same_bytes(image, other) for place in _originals(image))
    ]
    if not copies:
        return inventory, []
    paths = {image.path for image in copies}
    names = tuple(name_below(path, inventory.root) for path in sorted(paths))
    left = tuple(image for image in inventory.images if image.path not in paths)
    return replace(inventory, images=left), [Remark("file-unused", names, REASON)]


def ask_about_versions(root: Path, images: Sequence[FolderImage]) -> None:
    """Raise DataError where masks lie there in two versions that differ, as after a conflict of a cloud folder.

    A mask whose photo has the same name is no version of another: renaming many files at once gives a (1), a (2).
    """
    by_name = {(image.file.folder, image.file.path.name): image for image in images if image.role == "mask"}
    of_photos = {image.file.path.stem for image in images if image.role != "mask"}
    pairs = [
        (image, other)
        for image in by_name.values()
        if image.file.path.stem not in of_photos
        for place in _originals(image.file)
        if (other := by_name.get(place)) is not None and _are_versions(image, other)
    ]
    if not pairs:
        return
    copy, original = pairs[0]
    others = some([other.below for other, _ in pairs[1:]], most=6)
    more = f"; so do {others} and the masks that they are named after" if others else ""
    raise DataError(
        f"{root}: {copy.below} is named as a copy of {original.below}, and the two masks differ{more}. Look at both, "
        f"keep the right one under the name {original.file.path.name}, and move the other out of {root}"
    )


def _originals(image: ImageFile) -> list[tuple[tuple[str, ...], str]]:
    """Return where the file would lie that a file is a copy of, by its name; none for a plain name."""
    stem, suffix = image.path.stem, image.path.suffix
    matches = [match for way in (COUNTED, *COPIED) if (match := way.fullmatch(stem))]
    return [(image.folder, match[1] + suffix) for match in matches]


def _same_bytes(one: ImageFile, other: ImageFile) -> bool:
    return one.path != other.path and cmp(one.path, other.path, shallow=False)


def _are_versions(copy: FolderImage, original: FolderImage) -> bool:
    """Tell whether two masks are versions of one: by the words in the name, or by the objects that they share."""
    one, other = read_plane(copy), read_plane(original)
    if one is None or other is None or one.shape != other.shape or np.array_equal(one, other):
        return False
    if any(way.fullmatch(copy.file.path.stem) for way in COPIED):
        return True
    first, second = foreground(one), foreground(other)
    smaller = min(np.count_nonzero(first), np.count_nonzero(second))
    return bool(np.count_nonzero(first & second) >= SHARED_LEAST * smaller > 0)
