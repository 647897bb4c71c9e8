"""What a table beside the photos gives, csv, json or yaml: columns of parts, of masks, and of patients or sites."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.class_tables.class_files import NAME_COLUMNS, read_table
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.image_folders.pairs.part_list_files import LIST_SUFFIXES
from maskwright.datasets.image_folders.pairs.sidecar_files import LIST_BYTES_MOST, Given, Names
from maskwright.datasets.image_folders.pairs.split_columns import (
    contradicting_columns,
    flagged_parts,
    flags_said,
    names_an_object,
    several_said,
)
from maskwright.datasets.image_folders.pairs.split_folders import part_called
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.parsing.json_values import Record, items, record, records, text
from maskwright.datasets.parsing.text_files import csv_rows, read_label_json, read_label_text
from maskwright.datasets.parsing.yaml_files import YAML_SUFFIXES, yaml_content
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

GROUP_WORDS = frozenset(
    [
        *("patient", "subject", "donor", "person", "individual", "animal", "plant", "specimen", "lesion", "case"),
        *("site", "field", "slide", "scene", "sequence", "video", "group"),
    ]
)
CLASS_COLUMNS = frozenset([*NAME_COLUMNS, "labelname", "class_id", "classid", "category_id"])
TABLES_MOST = 20
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".manifest", ".json")
MAX_YAML_BYTES = 1 << 18
"""Bytes of a yaml that is looked into for lists of parts."""
PHOTO_COLUMN = "photo"
"""The column of photos that stand under the names of parts."""
PART_COLUMN = "part"
"""The column of the names that they stand under."""
CELLS_MOST, PARTS_MOST = 1000, 8
NAMED_LEAST = 0.5
"""A column whose cells name images, this share of them at least, is a column of images."""
NUMBERED_LEAST = 0.5
"""Share of the photos that lists of their numbers must name."""


def tables_in(root: Path) -> list[Path]:
    """Return the tables in a dataset and in the folders below it, but for large ones; yaml of parts comes last."""
    folders = [root, *subfolders(root)][:TABLES_MOST]
    tables = _small_files(folders, TABLE_SUFFIXES, bytes_most=LIST_BYTES_MOST)[:TABLES_MOST]
    yamls = _small_files(folders, YAML_SUFFIXES, bytes_most=MAX_YAML_BYTES)
    return tables + [path for path in yamls if _has_parts(path)]


def _small_files(folders: Sequence[Path], suffixes: Sequence[str], *, bytes_most: int) -> list[Path]:
    """Return the files with these endings in some folders, without large ones: at most 20 of each in a folder."""
    return [
        path
        for folder in folders
        for suffix in suffixes
        for path in sorted(folder.glob(f"*{suffix}"))[:TABLES_MOST]
        if path.is_file() and path.stat().st_size <= bytes_most
    ]


def _has_parts(path: Path) -> bool:
    """Tell whether a yaml has a list under the name of a part."""
    found = re.findall(r"^['\"]?(\w+)['\"]?[ ]*:[ ]*(?:\[|$)", read_label_text(path), re.MULTILINE)
    return bool({key.lower() for key in found} & PARTS.keys())


def from_table(path: Path, photos: Names, masks: Names, root: Path) -> Given:
    """Return what a table says whose cells name photos: columns of parts, masks and classes, and patients or sites.

    A very large one says nothing.
    """
    if path.stat().st_size > LIST_BYTES_MOST:
        return Given()
    header, rows = _table(path)
    rows = _with_paths_for_numbers(rows, photos) if header == [PHOTO_COLUMN, PART_COLUMN] else rows
    photo = _column_of(rows, photos)
    if photo is None or (all(row[photo].strip().isdigit() for row in rows) and read_table(path)):
        return Given()  # a list of classes has numbers, as names of photos do
    mask = _column_of(rows, masks, without=photo)  # names of photos may be those of masks too
    columns = [_parts_of_cells(name, [row[i] for row in rows]) for i, name in enumerate(header)]
    columns = [{} if names_an_object(i, header, rows) else meant for i, meant in enumerate(columns)]
    part = next((i for i, meant in enumerate(columns) if meant), None)
    several = contradicting_columns(columns, rows)
    part = None if several else part
    group = next((i for i, name in enumerate(header) if _names_group(name, [row[i] for row in rows])), None)
    below = path.relative_to(root).as_posix()
    said = several_said(below, [header[i] for i in several]) if several else ""
    said = said if part is None else flags_said(f"column {header[part]} of {below}", columns[part])
    matched = [(row, image) for row in rows if (image := photos.find(row[photo])) is not None]
    pairs = [] if mask is None else [(r, i, m) for r, i in matched if (m := masks.find(r[mask])) is not None]
    masks_of: dict[str, tuple[FolderImage, ...]] = {}
    for _, image, own in pairs:
        masks_of[image.below] = tuple(dict.fromkeys((*masks_of.get(image.below, ()), own)))
    return Given(
        {} if part is None else {image.below: columns[part][row[part].strip().lower()] for row, image in matched},
        masks_of,
        _classes(header, pairs) if any(len(of_photo) > 1 for of_photo in masks_of.values()) else {},
        {} if group is None else {image.below: row[group].strip() for row, image in matched if row[group].strip()},
        absent=tuple(r[photo] for r in rows if photos.find(r[photo]) is None and not photos.is_ambiguous(r[photo])),
        files=(below,),
        listed=tuple(image.below for _, image in matched),
        parts_said=said,
    )


def _classes(header: Sequence[str], pairs: Sequence[tuple[Sequence[str], FolderImage, FolderImage]]) -> dict[str, str]:
    """Return the class that stands beside each mask; nothing where a mask has none."""
    column = next((i for i, name in enumerate(header) if name in CLASS_COLUMNS), None)
    if column is None or not all(row[column].strip() for row, _, _ in pairs):
        return {}
    return {mask.below: row[column].strip().strip("/") for row, _, mask in pairs}


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the column names of a table in lower case, and its whole rows; of json its objects, a row each."""
    if path.suffix.lower() in (".csv", ".tsv"):
        content = read_label_text(path).lstrip()
        header, *rows = csv_rows(content) or [[]]
        if any(Path(cell).suffix in IMAGE_SUFFIXES for cell in header):  # a first row of images: no names of columns
            delimiter = max(",;\t", key=content.partition("\n")[0].count)
            numbered = delimiter.join(f"column {i}" for i in range(1, len(header) + 1))
            header, *rows = csv_rows(f"{numbered}\n{content}")
    elif path.suffix.lower() in LIST_SUFFIXES:
        rows = [re.split(r"[\s,;]+", line.strip()) for line in read_label_text(path).splitlines() if line.strip()]
        is_named = bool(rows) and not any(c.isdigit() or c == "." for cell in rows[0] for c in cell)
        header = rows.pop(0) if is_named else [f"column {i}" for i in range(len(rows[0]) if rows else 0)]
    else:
        found = _records(path)
        header = list(dict.fromkeys(key for row in found for key in row))
        rows = [[row.get(key, "") for key in header] for row in found]
    return [name.lower() for name in header], [row for row in rows if len(row) == len(header)]


def _records(path: Path) -> list[dict[str, str]]:
    """Return the flat objects of json lines, of a list in json, or of lists of parts as "training" in json or yaml."""
    try:
        if path.suffix.lower() in (".jsonl", ".manifest"):
            content: object = [json.loads(line) for line in read_label_text(path).splitlines() if line.strip()]
        elif path.suffix.lower() in YAML_SUFFIXES:
            content = yaml_content(path)
        else:
            content = read_label_json(path)
    except (DataError, ValueError, RecursionError):
        return []
    if isinstance(content, list):
        return [_flat(item) for item in records(content)]
    return [
        {**(_flat(item) if isinstance(item, dict) else {PHOTO_COLUMN: text(item)}), PART_COLUMN: part}
        for part, several in record(content).items()
        if part.lower() in PARTS
        for item in items(several)
    ]


def _with_paths_for_numbers(rows: Sequence[list[str]], photos: Names) -> list[list[str]]:
    """Return the rows of a list of parts with the paths of photos for their numbers, where all are such numbers.

    A few numbers under train, as in the settings of a program, are no photos.
    """
    if not all(photo.isdecimal() and photos.find(photo) is None for photo, _ in rows):
        return list(rows)
    numbered = photos.by_number()
    named = [[image.below, part] for photo, part in rows if (image := numbered.get(int(photo))) is not None]
    are_parts = len(named) == len(rows) and len(named) >= NUMBERED_LEAST * len(numbered)
    return named if are_parts else list(rows)


def _flat(item: Record) -> dict[str, str]:
    return {key: text(value) for key, value in item.items() if isinstance(value, str | int | float)}


def _column_of(rows: Sequence[Sequence[str]], names: Names, *, without: int | None = None) -> int | None:
    """Return the column whose cells name most images, of those that name enough of them, but for one column."""
    columns = range(len(rows[0]) if rows else 0)
    counts = [0 if i == without else sum(names.find(row[i]) is not None for row in rows) for i in columns]
    best = max(range(len(counts)), key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= max(1.0, NAMED_LEAST * len(rows)) else None


def _parts_of_cells(header: str, cells: Sequence[str]) -> dict[str, PartName]:
    """Return the part that each cell of a column stands for, by its word, or as 1 and 0 under is_test; or none."""
    words = {cell.strip().lower() for cell in cells[:CELLS_MOST]}
    if len(words) > PARTS_MOST:
        return {}
    words |= {cell.strip().lower() for cell in cells}
    meant = {word: part for word in words if (part := part_called(word)) is not None}
    return meant if meant and meant.keys() == words else flagged_parts(header, cells)


def _names_group(header: str, cells: Sequence[str]) -> bool:
    return bool(set(folder_words((header,))) & GROUP_WORDS) and 1 < len(set(cells)) < len(cells)
