"""What a csv beside the photos gives: columns of parts, of masks, and of patients or sites."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.image_folders.pairs.given import Given, Names
from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.labels.class_tables import read_table
from maskwright.datasets.labels.text_files import csv_rows, read_text
from maskwright.datasets.part_names import PARTS

GROUP_WORDS = frozenset(
    [
        *("patient", "subject", "donor", "person", "individual", "animal", "plant", "specimen", "lesion", "case"),
        *("site", "field", "slide", "scene", "sequence", "video", "group"),
    ]
)
TABLES_MOST, TABLE_BYTES_MOST = 20, 1 << 24
NAMED_LEAST = 0.5
"""A column whose cells name images, this share of them at least, is a column of images."""


def tables_in(root: Path) -> list[Path]:
    """Return the csv files in a data set and in the folders right below it, but for very large ones."""
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))]
    tables = [path for folder in folders[:TABLES_MOST] for path in sorted(folder.glob("*.csv"))]
    return [path for path in tables if path.is_file() and path.stat().st_size <= TABLE_BYTES_MOST][:TABLES_MOST]


def from_table(path: Path, photos: Names, masks: Names, root: Path) -> Given:
    """Return what a csv says whose cells name photos: columns of parts, of masks, and of patients or sites."""
    header, *rows = csv_rows(read_text(path)) or [[]]
    rows = [row for row in rows if len(row) == len(header)]
    photo = _column_of(rows, photos)
    if photo is None or (all(row[photo].strip().isdigit() for row in rows) and read_table(path)):
        return Given()  # a list of classes has numbers, as names of photos do
    mask = _column_of(rows, masks)
    part = next((i for i in range(len(header)) if _says_parts([row[i] for row in rows])), None)
    group = next((i for i, name in enumerate(header) if _names_group(name, [row[i] for row in rows])), None)
    matched = [(row, image) for row in rows if (image := photos.find(row[photo])) is not None]
    return Given(
        {} if part is None else {image.below: PARTS[row[part].strip().lower()] for row, image in matched},
        {} if mask is None else {i.below: m for row, i in matched if (m := masks.find(row[mask])) is not None},
        {} if group is None else {image.below: row[group].strip() for row, image in matched if row[group].strip()},
        tuple(row[photo] for row in rows if photos.find(row[photo]) is None),
        (),
        (path.relative_to(root).as_posix(),),
    )


def _column_of(rows: Sequence[Sequence[str]], names: Names) -> int | None:
    """Return the column whose cells name most images, of those that name enough of them."""
    counts = [sum(names.find(row[i]) is not None for row in rows) for i in range(len(rows[0]) if rows else 0)]
    best = max(range(len(counts)), key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= max(1.0, NAMED_LEAST * len(rows)) else None


def _says_parts(cells: Sequence[str]) -> bool:
    words = Counter(cell.strip().lower() for cell in cells)
    return bool(words) and set(words) <= set(PARTS)


def _names_group(header: str, cells: Sequence[str]) -> bool:
    return bool(set(folder_words((header,))) & GROUP_WORDS) and 1 < len(set(cells)) < len(cells)
