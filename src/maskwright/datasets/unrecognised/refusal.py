"""Why nothing was read: what a path holds instead, by the name of the tool that wrote it, and what to do."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.image_folders.background_removed import painted_background
from maskwright.datasets.image_folders.objects_painted_over import painted_objects
from maskwright.datasets.labels.label_files import files_below, label_files
from maskwright.datasets.parsing.text_files import csv_header, json_outline
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.unread_formats.text_masks import text_mask_sentence
from maskwright.datasets.unread_formats.unsupported_tools import foreign_file, foreign_files, packed_files
from maskwright.datasets.unrecognised.altered_photos import (
    halves_sentence,
    painted_background_sentence,
    painted_objects_sentence,
)
from maskwright.datasets.unrecognised.smeared_masks import smeared_masks, smeared_sentence
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.output_file_names import UNFINISHED_FOLDER

TEXTS_MOST = 40
LABEL_SUFFIXES = (".json", ".csv", ".xml")
WAYS = "export COCO, VIA, LabelMe, CVAT or YOLO segmentation, or put masks into masks/ beside images/"
IMAGES_BESIDE_LABELS = "put each folder of photos as images/ beside its labels/"


def unrecognised(path: Path, yolo_lines: Path | None) -> DataError:
    """Return the error for a path that no reader recognises; `yolo_lines` are lines of no sure photo."""
    if (path / UNFINISHED_FOLDER).is_dir():
        return DataError(f"{path} holds unfinished tiles: repeat the `maskwright cut` that was stopped")
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
        return DataError(f"{root} holds {holds} but no masks: {painted_background_sentence(background, root)}")
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
    if smeared := smeared_masks(images, root):
        return DataError(f"{root} holds {holds} but no masks: {smeared_sentence(smeared, root)}")
    every_text = [path for files in label_files(root, (".txt",)) for path in files] if photos else []
    for path in every_text[:TEXTS_MOST]:
        if sentence := text_mask_sentence(path, root):
            return DataError(f"{root} holds {holds} but no masks as images, and {name_below(path, root)} {sentence}")
    if (objects := painted_objects(images)) is not None:
        return DataError(f"{root} holds {holds} but no masks: {painted_objects_sentence(objects, root)}")
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
        return DataError(f"{held}: {WAYS}{hint}{halves_sentence(images, root)}")
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


def _texts_of_photos(texts: Sequence[Path], images: Sequence[Path]) -> list[Path]:
    """Return those text files that are named like photos, with or without a word in front; none where few are."""
    stems = {image.stem for image in images}
    named = [path for path in texts if path.stem in stems or path.stem.partition("_")[2] in stems]
    return named if 2 * len(named) > len(texts) else []


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
