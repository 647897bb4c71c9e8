"""Why nothing was read: what a path holds instead, by the name of the tool that wrote it, and what to do."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np

from maskwright.datasets.class_tables.class_files import read_table, tables_around
from maskwright.datasets.class_tables.colour_texts import colour_text
from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV
from maskwright.datasets.image_folders.background_removed import PaintedBackground, painted_background
from maskwright.datasets.image_folders.objects_painted_over import PaintedObjects, painted_objects, saving_masks
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, PHOTO_WORDS, folder_words
from maskwright.datasets.image_folders.side_by_side import command_that_halves, label_half
from maskwright.datasets.image_folders.smeared_colours import (
    Colours,
    are_near,
    flat_colours,
    flattening,
    sampled_pixels,
)
from maskwright.datasets.labels.label_files import files_below, label_files
from maskwright.datasets.parsing.text_files import csv_header, json_outline
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.unread_formats.text_masks import text_mask_sentence
from maskwright.datasets.unread_formats.unsupported_tools import foreign_file, foreign_files, packed_files
from maskwright.errors import DataError
from maskwright.findings.finding import some

TEXTS_MOST = 40
LABEL_SUFFIXES = (".json", ".csv", ".xml")
WAYS = "export COCO, VIA, LabelMe, CVAT or YOLO segmentation, or put masks into masks/ beside images/"
IMAGES_BESIDE_LABELS = "put each folder of photos as images/ beside its labels/"


def unrecognised(path: Path, yolo_lines: Path | None) -> DataError:
    """Return the error for a path that no reader recognises; `yolo_lines` are lines of no sure photo."""
    if path.is_dir():
        return _unrecognised_folder(path, yolo_lines)
    if (foreign := foreign_file(path)) is not None:
        return DataError(f"{path} {foreign}")
    if path.suffix.lower() not in LABEL_SUFFIXES:
        return DataError(f"{path} is no annotation file: give the folder of photos, or the annotation file")
    return DataError(f"{path} {_not_read(path)}")


def _unrecognised_folder(root: Path, yolo_lines: Path | None) -> DataError:
    if not any(root.iterdir()):
        return DataError(f"{root} is empty: put photos and their annotation into it")
    images = image_files(root)
    photos = len(images)
    holds = f"{photos} photos" if photos else _nothing(root)
    if (background := painted_background(images)) is not None:
        return DataError(f"{root} holds {holds} but no masks: {_of_painted(background, root)}")
    foreign = list(foreign_files(root))
    if foreign:
        path, sentence = foreign[0]
        more = f" ({len(foreign) - 1} more files like it)" if len(foreign) > 1 else ""
        return DataError(f"{root} holds {holds}, and {name_below(path, root)} {sentence}{more}")
    if photos and yolo_lines is not None:
        return DataError(f"{root} holds {holds}, and {_of_lines(yolo_lines, images, root)}")
    labels = [path for files in label_files(root, LABEL_SUFFIXES) for path in files]
    if photos and labels:
        more = f" ({len(labels) - 1} more like it)" if len(labels) > 1 else ""
        return DataError(f"{root} holds {holds}, and {name_below(labels[0], root)} {_not_read(labels[0])}{more}")
    if smeared := _smeared(images, root):
        return DataError(f"{root} holds {holds} but no masks: {_of_smeared(smeared, root)}")
    every_text = [path for files in label_files(root, (".txt",)) for path in files] if photos else []
    for path in every_text[:TEXTS_MOST]:
        if sentence := text_mask_sentence(path, root):
            return DataError(f"{root} holds {holds} but no masks as images, and {name_below(path, root)} {sentence}")
    if (objects := painted_objects(images)) is not None:
        return DataError(f"{root} holds {holds} but no masks: {_of_objects(objects, root)}")
    if photos and (texts := _texts_of_photos(every_text, images)):
        more = f" ({len(texts) - 1} more like it)" if len(texts) > 1 else ""
        return DataError(
            f"{root} holds {holds}, and {name_below(texts[0], root)} is text of a kind that is not read: {WAYS}{more}"
        )
    packed = packed_files(root)
    if packed and not photos:
        return DataError(f"{root} holds {holds}, and {name_below(packed[0], root)} is packed: unpack it first")
    if photos:
        hint = f"; {name_below(packed[0], root)} is packed: unpack it if the masks are in it" if packed else ""
        held = f"{root} holds {holds} but neither an annotation file nor masks"
        return DataError(f"{held}: {WAYS}{hint}{_to_cut(images, root)}")
    return DataError(f"{root} holds {holds}: put photos into it, with their annotation file or masks")


def _of_lines(yolo_lines: Path, images: Sequence[Path], root: Path) -> str:
    """Return why YOLO lines are those of no photo, and what to do."""
    stem = yolo_lines.stem
    photos = [image for image in images if image.stem == stem]
    texts = [text for text in files_below(root, (".txt",)) if text.stem == stem]
    has_lines = f"{name_below(yolo_lines, root)} has YOLO lines, but"
    if not photos:
        return (
            f"{has_lines} no photo is called {stem}: "
            "name photos and lines alike, or export with the photos (in Label Studio: YOLO with Images, or JSON)"
        )
    for kind, alike in (("photos", photos), ("files of lines", texts)):
        if len(alike) > 1:
            names = some([name_below(path, root) for path in alike], most=3)
            return f"{has_lines} several {kind} are called {stem} ({names}): {IMAGES_BESIDE_LABELS}"
    return f"{has_lines} other text files that are named like photos have none: move these out of {root}"


def _of_smeared(smeared: Sequence[Path], root: Path) -> str:
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
        folders[folder] = _free_beside(folder, folders.values())
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


def _free_beside(folder: Path, taken: Collection[Path]) -> Path:
    """Return a folder for masks beside another that is neither there nor taken."""
    names = chain(("masks", "masks_png"), (f"masks_png{i}" for i in count(2)))
    return next(new for name in names if not (new := folder.with_name(name)).exists() and new not in taken)


def _of_painted(found: PaintedBackground, root: Path) -> str:
    """Return what pictures with a painted background are, and how masks are made of them."""
    picture, photo = (name_below(path, root) for path in (found.picture, found.photo))
    colour = ", ".join(map(str, found.colour))
    return (
        f"{picture} repeats {photo} with all but the objects painted in the colour ({colour}). Make a mask of each "
        f'such picture, named as its photo: a = np.asarray(Image.open("{picture}").convert("RGB")).astype(int); '
        f'Image.fromarray((abs(a - [{colour}]).max(2) > 60).astype("uint8") * 255)'
        f'.save("masks/{found.photo.stem}.png"). Then move these pictures elsewhere'
    )


def _of_objects(found: PaintedObjects, root: Path) -> str:
    """Return what pictures with painted objects are, and the command that makes masks of them."""
    colour = ", ".join(map(str, found.colour))
    return (
        f"{name_below(found.picture, root)} repeats {name_below(found.photo, root)} with the colour ({colour}) painted "
        f"on ({found.count} such pictures). If that colour is the object, save masks of them in {root / 'masks'}: "
        f"{saving_masks(found, root)}; then move the pictures ending in {found.ending!r} out of {root}"
    )


def _texts_of_photos(texts: Sequence[Path], images: Sequence[Path]) -> list[Path]:
    """Return those text files that are named like photos, with or without a word in front; none where few are."""
    stems = {image.stem for image in images}
    named = [path for path in texts if path.stem in stems or path.stem.partition("_")[2] in stems]
    return named if 2 * len(named) > len(texts) else []


def _to_cut(images: Sequence[Path], root: Path) -> str:
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


def _smeared(images: Sequence[Path], root: Path) -> list[Path]:
    """Return those of some images that lie in folders that are called masks, ground truth or the like."""
    return [path for path in images if _says_masks(path.relative_to(root).parts[:-1])]


def _says_masks(folder: tuple[str, ...]) -> bool:
    words = set(folder_words(folder))
    return bool(words & MASK_WORDS) and not words & PHOTO_WORDS


def _nothing(root: Path) -> str:
    others = Counter(p.suffix.lower() or p.name for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
    return f"no photos (found {some([f'{n} {suffix}' for suffix, n in others.most_common()]) or 'only folders'})"


def _not_read(path: Path) -> str:
    match path.suffix.lower():
        case ".csv":
            header, _ = csv_header(path)
            return f"is a csv with the columns {','.join(header)[:80]!r}, which is not read: {WAYS}"
        case ".xml":
            return f"is XML of a kind that is not read: {WAYS}"
    outline = json_outline(path)
    if outline.error:
        return f"is broken JSON ({outline.error}): export the annotations again"
    return f"is JSON of a kind that is not read: {WAYS}"
