"""Pictures that a program made of photos, and how masks are made of these: painted ones, and photo and label in one."""

from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.image_folders.background_removed import PaintedBackground, saving_objects
from maskwright.datasets.image_folders.objects_painted_over import PaintedObjects, saving_masks
from maskwright.datasets.image_folders.side_by_side import command_that_halves, label_half
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.unrecognised.smeared_masks import free_folder


def painted_background_sentence(found: PaintedBackground, root: Path) -> str:
    """Return what pictures with a painted background are, and how masks are made of them."""
    new = free_folder(root / "masks")
    folder = found.picture.parent
    picture, photo = (name_below(path, root) for path in (found.picture, found.photo))
    pictures = f"pictures as {picture}" if folder == root else name_below(folder, root)
    colour = ", ".join(map(str, found.colour))
    return (
        f"{picture} repeats {photo} with all but the objects painted in the colour ({colour}). Save masks of all such "
        f"pictures in {new}: {saving_objects(found, new)}; then move {pictures} out of {root}"
    )


def painted_objects_sentence(found: PaintedObjects, root: Path) -> str:
    """Return what pictures with painted objects are, and the command that makes masks of them."""
    colour = ", ".join(map(str, found.colour))
    apart = found.picture.parent != found.photo.parent
    which = (
        f"the folder {name_below(found.picture.parent, root)}" if apart else f"the pictures ending in {found.ending!r}"
    )
    meant = (
        "If what its lines enclose, lines included, is the object" if found.outlines else "If that colour is the object"
    )
    return (
        f"{name_below(found.picture, root)} repeats {name_below(found.photo, root)} with the colour ({colour}) painted "
        f"on ({found.count} such pictures). {meant}, save masks of them in {root / 'masks'}: "
        f"{saving_masks(found, root)}; then move {which} out of {root}"
    )


def halves_sentence(images: Sequence[Path], root: Path) -> str:
    """Return what to do with pictures that seem to show a photo and its label side by side, else ""."""
    half = label_half(images)
    if half is None:
        return ""
    other = "right" if half == "left" else "left"
    folder = root if root.name else root.resolve()
    new = folder.with_name(f"{folder.name}_cut")
    return (
        f"; where each, as {name_below(images[0], root)}, seems to be a photo and its label side by side: cut each in "
        f"two, the {other} half into images/ and the {half} half into masks/ of a new folder: "
        f"{command_that_halves(images, root, new=new, label=half)}; then give {new}"
    )
