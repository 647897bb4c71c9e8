"""Run lengths in a csv, as competitions have them: a photo, perhaps a class, and `start length start length ...`.

Pixels are counted from 1 down the columns; a file whose shapes are far more compact when counted along the rows is
read that way. On square photos both ways are as compact: there the edges of the photos say which is true. A file whose
starts do not ascend counts each from the end of the run before. An empty cell or -1 is a photo of background (of that
class).
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.rle.pixel_order import (
    bitmap_of,
    counts_by_distance,
    from_the_first,
    is_by_columns,
    lie_transposed,
)
from maskwright.datasets.formats.rle.rows import (
    CODE,
    NOTHING,
    PHOTO_COLUMNS,
    RUN_COLUMNS,
    Row,
    listed_names,
    rows_of,
    with_listed_name,
)
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.writing import (
    Holds,
    drawn_photos,
    general_losses,
    label_of,
    painted,
    write_photo_copies,
)
from maskwright.datasets.parsing.text_files import csv_header, csv_rows
from maskwright.datasets.photo_search.photo_index import WantedPhoto, find_photos, read_header
from maskwright.datasets.reader_types import ReadOptions, Recognition, Remark, WriteReport, refuse_mask_options
from maskwright.files import write_text
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.run_lengths.codec import run_lengths
from maskwright.progress_counter import StartCounting, no_counting

NAME = "run-length csv"
SUFFIXES = (".csv",)
CERTAIN = 0.9
TEMPLATE = "sample_submission"
"""Competitions give a file with made-up runs of this name, to show what is to be handed in."""
BY_DISTANCE = "starts are counted from the end of the run before: from the first pixel they would overlap"
BY_ROWS = "pixels are counted along the rows: that way the shapes are far more compact"
BY_EDGES = "pixels are counted along the rows: that way the shapes lie on the edges of the photos, which are square"


def recognise(path: Path) -> Recognition | None:
    """Return the run-length csv at a path, which may be a folder or one file; None if there is none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    if path.name.lower().startswith(TEMPLATE):
        return None
    header, beginning = csv_header(path)
    columns = set(header)
    if not columns & set(RUN_COLUMNS) or not columns & set(PHOTO_COLUMNS):
        return None
    lines = csv_rows("\n".join(beginning.splitlines()[:5]))[1:]
    place = next(i for i, name in enumerate(header) if name in RUN_COLUMNS)
    cells = [line[place] for line in lines[:-1] or lines if len(line) > place]
    is_code = cells and all(cell.strip().lower() in NOTHING or CODE.fullmatch(cell) for cell in cells)
    return Recognition(CERTAIN, NAME, files=(path,)) if is_code else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of the run-length csv at a path; DataError where no photo is found to count pixels on."""
    refuse_mask_options(options, path, NAME)
    recognition = recognise(path)
    root = path if path.is_dir() else path.parent
    paths = recognition.files if recognition else ()
    unnamed = {file: list(rows_of(file)) for file in paths}
    table, names = listed_names(root, [row for own in unnamed.values() for row in own])
    rows = {file: [with_listed_name(row, names) for row in own] for file, own in unnamed.items()}
    files = [_read_file(file, rows[file], root, canvas_hw=options.canvas_hw) for file in paths]
    labels = merged("rle-csv", root, files)
    remarks = (*labels.remarks, *_empty_classes([row for own in rows.values() for row in own]))
    if table is not None:
        remarks = (*remarks, Remark("reading-choice", (), f"{table.name} names the classes"))
    return dataset_of(replace(labels, remarks=remarks), options)


def _empty_classes(rows: Sequence[Row]) -> list[Remark]:
    """Return a remark on classes that have rows and not one pixel: they are no classes of the dataset."""
    empty = sorted({row.class_name for row in rows} - {row.class_name for row in rows if row.code} - {""})
    detail = f"every row of {some(empty)} is empty: left out of the classes"
    return [Remark("reading-choice", (), detail)] if empty else []


def _read_file(path: Path, rows: list[Row], root: Path, *, canvas_hw: tuple[int, int] | None) -> LabelFile:
    by_distance = counts_by_distance([row.code for row in rows if row.code])
    if by_distance:
        rows = [replace(row, code=from_the_first(row.code)) for row in rows]
    wanted = {name: WantedPhoto(name, folders=(path.parent, root)) for name in dict.fromkeys(row.photo for row in rows)}
    photos_found = find_photos(wanted.values(), root)
    places = {name: photos_found[photo].path for name, photo in wanted.items() if photo in photos_found}
    sizes = {name: read_header(place).size_hw for name, place in places.items()}
    canvases = {name: size for name in wanted if (size := sizes.get(name) or canvas_hw)}
    by_columns = is_by_columns(rows, canvases)
    by_edges = by_columns and lie_transposed(rows, canvases, places)
    by_columns = by_columns and not by_edges
    by_photo: dict[str, list[Row]] = {name: [] for name in wanted}
    for row in rows:
        by_photo[row.photo].append(row)
    photos = []
    for name, own in by_photo.items():
        folders = (places[name].parent,) if name in places else ()
        photos.append(LabelledPhoto(name, _shapes(own, canvases.get(name), by_columns), folders=folders))
    order = BY_EDGES if by_edges else BY_ROWS
    choices = (*([] if by_columns else [order]), *([BY_DISTANCE] if by_distance else []))
    return LabelFile(path, tuple(photos), (), choices)


def _shapes(rows: Sequence[Row], canvas_hw: tuple[int, int] | None, by_columns: bool) -> tuple[LabelledShape, ...]:
    coded = [row for row in rows if row.code]
    return tuple(LabelledShape(row.class_name or None, bitmap_of(row.code, canvas_hw, by_columns)) for row in coded)


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write train.csv (ImageId, ClassId, EncodedPixels down the columns) and the photos in images/ into a folder.

    A row for each class of a photo; a photo of background has a row without pixels.
    """
    photos = drawn_photos(dataset, Holds(holes=True, ellipses=True, bitmaps=True), count=count)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("ImageId", "ClassId", "EncodedPixels"))
    ignored = 0
    for photo in (photo for photo in photos if photo.shapes is not None):
        mask = painted(photo)
        ignored += bool((mask == IGNORE).any())
        present = [i for i in np.unique(mask).tolist() if i not in (IGNORE, dataset.classes.background)]
        for class_id in present:
            rows.writerow((photo.name, label_of(dataset.classes, class_id), _code(mask == class_id)))
        if not present:
            rows.writerow((photo.name, "", ""))
    write_text(path / "train.csv", text.getvalue())
    files = [path / "train.csv", *(write_photo_copies(photos, path / "images") if copy_photos else ())]
    lost = [f"ignored regions of {ignored} photos are left out: they read as background"] if ignored else []
    lost += ["the given split is not written"] if any(photo.sample.part for photo in photos) else []
    return WriteReport(tuple(files), (*lost, *general_losses(dataset, photos, copied=copy_photos)))


def _code(pixels: Bools) -> str:
    counts = run_lengths(np.ascontiguousarray(pixels.T))
    starts = np.cumsum(counts)[:-1:2] + 1
    return " ".join(f"{start} {length}" for start, length in zip(starts, counts[1::2], strict=True))
