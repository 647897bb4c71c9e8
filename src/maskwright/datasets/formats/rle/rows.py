"""Rows of a run-length csv: a photo, a class and a code, and the table that names the classes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.class_tables.class_files import read_table, table_files
from maskwright.datasets.parsing.text_files import csv_rows, read_label_text
from maskwright.errors import DataError

RUN_COLUMNS = ("encodedpixels", "rle_mask", "rle", "encoding", "segmentation", "annotation", "mask_rle")
PHOTO_COLUMNS = ("imageid", "image_id", "id", "img", "image", "filename", "file_name", "imageid_classid", "image_label")
CLASS_COLUMNS = ("classid", "class_id", "class", "label", "category", "defect", "cell_type")
JOINED_COLUMNS = ("imageid_classid", "image_label")
"""Columns of photos whose names end with `_` and the class."""
NOTHING = ("", "-1", "nan", "none")
"""What stands for a photo of background."""
CODE = re.compile(r"\s*[0-9]{1,12}( +[0-9]{1,12})*\s*", re.ASCII)
NUMBERED_CLASS = re.compile(r"(?:class )?([0-9]+)(?:_[0-9]+)*", re.ASCII)
CLASS_FILE = re.compile(r"class(?!if)|categor|label_?(desc|name)|ontology|taxonomy|legend", re.IGNORECASE)
MAX_LISTED_RATIO = 2
"""A table whose name does not speak of classes names theirs if it has at most this many times as many rows."""


@dataclass(frozen=True)
class Row:
    """One row: the photo's name, the class ("" for none) and the run-length code ("" for nothing)."""

    photo: str
    class_name: str
    code: str


def rows_of(path: Path) -> Iterable[Row]:
    """Yield the rows of a csv that name a photo; DataError where it lacks a column."""
    header, *lines = csv_rows(read_label_text(path)) or [[]]
    runs, photo, label = (_column(header, names) for names in (RUN_COLUMNS, PHOTO_COLUMNS, CLASS_COLUMNS))
    if runs is None or photo is None:
        raise DataError(f"{path} needs a column for the photo and one for its run lengths")
    for line in lines:
        if len(line) <= photo or not line[photo].strip():
            continue
        name, class_name = line[photo].strip(), line[label].strip() if label is not None and len(line) > label else ""
        if header[photo] in JOINED_COLUMNS and "_" in name:
            name, class_name = name.rsplit("_", 1)
        if re.fullmatch(r"[0-9]+", class_name, re.ASCII):
            class_name = f"class {class_name}"
        code = line[runs].strip() if len(line) > runs else ""
        yield Row(name, class_name, "" if code.lower() in NOTHING else code)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def listed_names(root: Path, rows: Sequence[Row]) -> tuple[Path | None, dict[int, str]]:
    """Return the table in the root that names all classes of some rows, and their names by number; None for none.

    Each row of it has a number. Where the file's name does not speak of classes, few numbers are of other classes, and
    not all are names of photos.
    """
    used = {number for row in rows if (number := _class_number(row)) is not None}
    photos = {Path(row.photo).stem.lstrip("0") for row in rows}
    for path in table_files([root]) if used else ():
        table = read_table(path)
        names = {number: name for name, number, _ in table if number is not None}
        if not used <= set(names) or len(names) < len(table):
            continue
        are_photos = {str(number).lstrip("0") for number in names} <= photos
        if CLASS_FILE.search(path.name) or (len(names) <= MAX_LISTED_RATIO * len(used) and not are_photos):
            return path, names
    return None, {}


def _class_number(row: Row) -> int | None:
    """Return the number of a row's class; numbers behind it, as in 6_12_30, are attributes."""
    numbered = NUMBERED_CLASS.fullmatch(row.class_name)
    return int(numbered[1][:9]) if numbered else None


def with_listed_name(row: Row, names: Mapping[int, str]) -> Row:
    """Return a row with the listed name of its class."""
    number = _class_number(row)
    name = None if number is None else names.get(number)
    return row if name is None else replace(row, class_name=name)
