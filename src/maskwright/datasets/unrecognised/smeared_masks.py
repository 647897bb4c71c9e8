"""Masks that JPEG or smoothing has smeared: how they get the colours back that they mean."""

from collections.abc import Collection, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np

from maskwright.datasets.class_tables.class_files import read_table, tables_around
from maskwright.datasets.class_tables.colour_texts import colour_text
from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS, folder_words
from maskwright.datasets.image_folders.smeared_colours import (
    Colours,
    are_near,
    flat_colours,
    flattening,
    sampled_pixels,
)
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.findings.finding import some


def smeared_masks(images: Sequence[Path], root: Path) -> list[Path]:
    """Return those of some images that lie in folders that are called masks, ground truth or the like."""
    return [path for path in images if _says_masks(path.relative_to(root).parts[:-1])]


def smeared_sentence(smeared: Sequence[Path], root: Path) -> str:
    """Return what such masks are, and the command that saves them in the colours that they mean."""
    first = f"{name_below(smeared[0], root)} has the many colours of a photo, as JPEG and smoothing make of a mask"
    pixels = sampled_pixels(smeared)
    listed, colours = _listed_colours(smeared, pixels, root)
    if not len(colours):
        colours = flat_colours(pixels)
    if not len(colours):
        return (
            f"{first}: export them again as PNG, with one flat colour or number a class. Saving these files as PNG "
            f"does not make them flat. {_how_to_list(root)}"
        )
    folders: dict[Path, Path] = {}
    for folder in dict.fromkeys(_mask_folder(path, root) for path in smeared):
        folders[folder] = free_folder(folder, folders.values())
    command = flattening(folders, {path.suffix.lower() for path in smeared}, colours)
    moved = some([name_below(folder, root) for folder in folders], most=8)
    which = f"of {listed}" if listed else ", ".join(map(colour_text, colours.tolist()))
    return (
        f"{first}. Export them again as PNG if you can. If they mean the {len(colours)} colours {which}, save them "
        f"in the nearest of these: {command}; then move {moved} out of {root}"
    )


def _how_to_list(root: Path) -> str:
    """Return how colours are listed that JPEG has smeared, or that those listed are not the ones."""
    if (root / CLASSES_CSV).is_file():
        return f"{CLASSES_CSV} lists no colours that nearly all of their pixels are near to: correct it"
    columns = "the columns id,name,colour,ignore"
    return f"If you know their colours, list these in {root / CLASSES_CSV} with {columns}, and give the folder again"


def _listed_colours(smeared: Sequence[Path], pixels: Colours, root: Path) -> tuple[str, Colours]:
    """Return the name and the colours of a class list beside smeared masks that nearly all their pixels are near to."""
    for path in tables_around(smeared, root):
        colours = [colour for _, _, colour in read_table(path) if colour is not None]
        found = np.array(colours, np.int64).reshape(-1, 3)
        is_own = path.name == CLASSES_CSV  # who writes it knows the colours, however smeared these are
        if are_near(pixels, found, very_near_share=0.0) if is_own else are_near(pixels, found):
            return name_below(path, root), found
    return "", np.zeros((0, 3), np.int64)


def _mask_folder(path: Path, root: Path) -> Path:
    """Return the folder on the way to a mask that is called after masks: gt of gt/train/a.jpg."""
    folder = path.relative_to(root).parts[:-1]
    depth = next(i for i in range(1, len(folder) + 1) if _says_masks(folder[:i]) or i == len(folder))
    return root.joinpath(*folder[:depth])


def free_folder(beside: Path, taken: Collection[Path] = ()) -> Path:
    """Return a folder for masks beside another that is neither there nor taken."""
    names = chain(("masks", "masks_png"), (f"masks_png{i}" for i in count(2)))
    return next(new for name in names if not (new := beside.with_name(name)).exists() and new not in taken)


def _says_masks(folder: tuple[str, ...]) -> bool:
    words = set(folder_words(folder))
    return bool(words & MASK_WORDS) and not words & PHOTO_WORDS
