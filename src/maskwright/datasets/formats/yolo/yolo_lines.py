"""YOLO segmentation: for each photo a txt of lines `class x y x y ...`, shares of its width and height.

The txt lies beside the photo, or in labels/ where the photo lies in images/; where no photo has one there, in any
folder, under the photo's name. An empty txt is a photo of background; a photo without one is not annotated. A
data.yaml above the txt names the classes and the parts; so can classes.txt or obj.names.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.yolo.class_sheets import Sheet, part_of_photo, read_sheet, sheet_file, sheets_of
from maskwright.datasets.formats.yolo.line_kinds import BOX_COLUMNS, CERTAIN, confidence_of, is_yolo
from maskwright.datasets.formats.yolo.lines_of_photos import (
    arrays_beside,
    labelled_photos,
    photos_elsewhere,
    polygons_beside,
    require_counted_from_0,
    without_predictions,
)
from maskwright.datasets.labels.boxes_only import ALONE, beside_outlines, box_alone
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, ShapeRemark, dataset_of
from maskwright.datasets.labels.label_files import files_below, part_of_file
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.parsing.text_files import read_label_text
from maskwright.datasets.parsing.yaml_files import YAML_SUFFIXES
from maskwright.datasets.photo_search.photo_index import name_below, read_header
from maskwright.datasets.reader_types import ReadOptions, Recognition, Remark, refuse_mask_options
from maskwright.datasets.truth.shapes import Polygon, checked_ring, finite, rectangle, shape_or_reason
from maskwright.errors import DataError, ShapeError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key

NAME = "YOLO"
ELSEWHERE = 0.4
"""Confidence in lines that lie in any other folder under the names of photos."""
LOOKED_AT = 40
"""Texts that are looked into to tell whether they are YOLO lines."""
PREDICTED = "predictions of a model, as Ultralytics writes them into runs/"
IN_PIXELS = "has coordinates in pixels, and YOLO's are shares from 0 to 1"
MAX_SHARE = 4.0
"""Share of a side from which on coordinates are taken for pixels."""


def recognise(path: Path) -> Recognition | None:
    """Return that a folder, or the folder of a data.yaml, holds photos with YOLO lines; None if it does not."""
    root = _root(path)
    if root is None:
        return None
    pairs, are_elsewhere, _ = _pairs(root)
    filled = [label for _, label in pairs[:: max(1, len(pairs) // LOOKED_AT)] if label.stat().st_size]
    fitting = [is_yolo(label) for label in filled]
    sheets = _sheets(path, root, pairs)
    if not pairs or not (all(fitting) if fitting else sheets):
        return None
    confidence = min(confidence_of(pairs, root), ELSEWHERE if are_elsewhere else CERTAIN)
    return Recognition(confidence, "YOLO lines", f"{len(pairs)} files", tuple(sheets))


def _pairs(root: Path) -> tuple[list[tuple[Path, Path]], bool, list[Path]]:
    """Return the photos with their texts, whether these lie in other folders than usual, and predictions left out."""
    pairs, predicted = without_predictions(list(labelled_photos(root)), root)
    return (pairs, False, predicted) if pairs else (list(photos_elsewhere(root)), True, [])


def _sheets(path: Path, root: Path, pairs: Sequence[tuple[Path, Path]]) -> list[Path]:
    """Return the files that name the classes of some labels."""
    given = path if path.is_file() else None
    found = sheets_of([label for _, label in pairs], root, given)
    return list(dict.fromkeys(file for file in found.values() if file is not None))


def _root(path: Path) -> Path | None:
    if path.is_dir():
        return path
    return path.parent if path.suffix.lower() in YAML_SUFFIXES and sheet_file(path) else None


def lines_without_photo(root: Path) -> Path | None:
    """Return the first text file below a folder that holds YOLO lines, where none belongs to a photo."""
    if next(labelled_photos(root), None) is not None:
        return None
    texts = [file for file in files_below(root, (".txt",)) if file.stat().st_size]
    return next((file for file in texts[:LOOKED_AT] if is_yolo(file)), None)


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of a YOLO folder; DataError where it holds boxes or keypoints in place of outlines."""
    refuse_mask_options(options, path, NAME)
    root = _root(path) or path
    pairs, are_elsewhere, predicted = _pairs(root)
    of_folder = sheets_of([label for _, label in pairs], root, path if path.is_file() else None)
    sheet_in = {file: read_sheet(file) for file in of_folder.values()}
    labelled = [(photo, label, sheet_in[of_folder[label.parent]]) for photo, label in pairs]
    files = [_label_file(photo, label, sheet, root) for photo, label, sheet in labelled]
    reasons = [shape.shape for file in files for photo in file.photos for shape in photo.shapes or ()]
    if reasons and all(reason == ALONE for reason in reasons):
        raise DataError(
            f"{root} holds {len(reasons)} boxes and no outline: these are YOLO labels for detection; export the "
            f"project for instance segmentation, or draw outlines{polygons_beside(root)}{arrays_beside(root)}"
        )
    for sheet in sheet_in.values():
        own = [file for file, (_, _, its_sheet) in zip(files, labelled, strict=True) if its_sheet is sheet]
        require_counted_from_0(own, sheet, root)
    order = dict.fromkeys(name for sheet in sheet_in.values() for _, name in sorted(sheet.names.items()))
    remarks = [_found_elsewhere(photo, label, root) for photo, label in pairs if are_elsewhere]
    remarks += [] if order else _without_names(files)
    if predicted:
        remarks.append(Remark("file-unused", tuple(name_below(file, root) for file in predicted), PREDICTED))
    if remarks:
        files[0] = replace(files[0], remarks=tuple(remarks))
    return dataset_of(merged("yolo", root, files, order=list(order)), options)


def _without_names(files: Sequence[LabelFile]) -> list[Remark]:
    """Return the remark on classes that are called by their numbers, where there are any."""
    used = {shape.class_name for file in files for shape in file.photos[0].shapes or ()} - {None}
    names = some(sorted(filter(None, used), key=natural_key), most=8)
    return [Remark("class-names", (), names, "numbers")] if names else []


def _found_elsewhere(photo: Path, label: Path, root: Path) -> Remark:
    name = name_below(photo, root)
    return Remark("name-differs", (name,), f"{name} for {name_below(label, root)}", "folder")


def _label_file(photo: Path, label: Path, sheet: Sheet, root: Path) -> LabelFile:
    size_hw = read_header(photo).size_hw or (1, 1)
    lines = [line.split() for line in read_label_text(label).splitlines() if line.strip()]
    shapes = beside_outlines([_labelled(line, sheet, size_hw) for line in lines])
    part = part_of_photo(photo, sheet) or part_of_file(label, root)
    return LabelFile(label, (LabelledPhoto(photo.name, shapes, folders=(photo.parent,), part=part),))


def _class_name(number: str, sheet: Sheet) -> str | None:
    if not re.fullmatch(r"[0-9]{1,9}", number, re.ASCII):
        return None
    return sheet.names.get(int(number), f"class {int(number)}")


def _labelled(line: list[str], sheet: Sheet, size_hw: tuple[int, int]) -> LabelledShape:
    if len(line) == BOX_COLUMNS:
        return box_alone(lambda: _box(line, size_hw))
    shape = _shape(line, size_hw)
    remark = ShapeRemark("shape-invalid", IN_PIXELS, topic="pixels") if shape == IN_PIXELS else None
    return LabelledShape(_class_name(line[0], sheet), shape, remark)


def _box(line: list[str], size_hw: tuple[int, int]) -> Polygon:
    x, y, wide, high = (finite(share) * side for share, side in zip(line[1:], 2 * size_hw[::-1], strict=True))
    return rectangle(0, (x - wide / 2, y - high / 2), (wide, high))


def _shape(line: list[str], size_hw: tuple[int, int]) -> Polygon | str:
    shape = shape_or_reason(lambda: _polygon(line, size_hw))
    return shape if isinstance(shape, str | Polygon) else "is no polygon"


def _polygon(line: list[str], size_hw: tuple[int, int]) -> Polygon:
    if not re.fullmatch(r"[0-9]{1,9}", line[0], re.ASCII):
        raise ShapeError(f"has the class id {line[0][:20]!r}, which is not a whole number")
    if len(line) % 2 == 0:
        raise ShapeError("has an x without a y")
    shares = checked_ring(np.array(line[1:], dtype=object).reshape(-1, 2))
    if np.abs(shares).max() > MAX_SHARE:
        raise ShapeError(IN_PIXELS)
    return Polygon(0, shares * (size_hw[1], size_hw[0]))
