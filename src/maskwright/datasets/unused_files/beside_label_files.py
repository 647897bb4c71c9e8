"""Photos and data files beside a label file that it does not speak of: each is accounted for."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV, NAME_LISTS
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.label_files import files_below
from maskwright.datasets.parsing.text_files import csv_header
from maskwright.datasets.part_names import PARTS
from maskwright.datasets.photo_search.photo_index import image_files, name_below
from maskwright.datasets.reader_types import Remark
from maskwright.datasets.unused_files.lists_and_tables import DATA, LISTS, PROSE
from maskwright.errors import DataError

BY_FOLDER = frozenset(["masks", "arrays"])
"""Formats whose readers account for every file themselves."""
OWN_SUFFIXES = {
    "yolo": (".txt", ".yaml", ".yml", ".names", ".data"),
    "supervisely": (".json",),
    "cityscapes": (".json",),
}
"""Files of these endings belong to the format, wherever they lie."""
NOT_NAMED = "images that the label files do not name: neither trained on nor scored"


def with_unused_files(dataset: Dataset, files: Sequence[Path]) -> Dataset:
    """Return the dataset with remarks on the photos and data files in its folder that its label `files` leave out.

    Other files of the endings of the label files count as read, but for tables.
    """
    if dataset.format in BY_FOLDER:
        return dataset
    remarks = [*_photos(dataset), *_data(dataset, files)]
    if not remarks:
        return dataset
    return replace(dataset, facts=replace(dataset.facts, remarks=(*dataset.facts.remarks, *remarks)))


def _photos(dataset: Dataset) -> list[Remark]:
    used = {sample.photo for sample in dataset.samples} | dataset.facts.truth_images
    said = {name for remark in dataset.facts.remarks for name in remark.samples}
    left = [name_below(path, dataset.root) for path in image_files(dataset.root) if path not in used]
    names = tuple(name for name in left if name not in said)
    return [Remark("file-unused", names, NOT_NAMED)] if names else []


def _data(dataset: Dataset, files: Sequence[Path]) -> list[Remark]:
    """Return the remark on tables, lists and labels of another kind than those that were read."""
    own = {*OWN_SUFFIXES.get(dataset.format, ()), *({path.suffix.lower() for path in files} - {".csv"})}
    said = " ".join(remark.detail for remark in dataset.facts.remarks)
    left = [
        name_below(path, dataset.root)
        for path in files_below(dataset.root, (DATA | LISTS) - own)
        if path not in files and path.name not in said and not _is_known(path)
    ]
    return [Remark("file-unused", tuple(left), "not read beside the label files")] if left else []


def _is_known(path: Path) -> bool:
    """Tell whether a file is prose, a list of a part, of classes or of groups: readers look into these."""
    is_list = path.stem.lower() in PARTS or path.name in (*NAME_LISTS, CLASSES_CSV)
    is_list |= path.suffix.lower() == ".csv" and {"photo", "group"} <= _columns(path)
    return is_list or path.name.lower().startswith(PROSE)


def _columns(path: Path) -> set[str]:
    """Return the columns of a table; none where it cannot be read: labels are sound without it."""
    try:
        return set(csv_header(path)[0])
    except (DataError, csv.Error):
        return set()
