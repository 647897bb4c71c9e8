"""Run lengths in a csv, as competitions have them: a photo, perhaps a class, and `start length start length ...`.

Pixels are counted from 1 down the columns; a file whose shapes are far more compact when counted along the rows is
read that way. On square photos both ways are as compact: there the edges of the photos say which is true. A file whose
starts do not ascend counts each from the end of the run before. An empty cell or -1 is a photo of background (of that
class).
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.class_tables.class_files import read_table, table_files
from maskwright.datasets.dataset import Dataset
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
from maskwright.datasets.parsing.text_files import csv_header, csv_rows, read_label_text
from maskwright.datasets.photo_search.photo_index import WantedPhoto, find_photos, read_header
from maskwright.datasets.reader_types import ReadOptions, Recognition, Remark, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import Bitmap, bitmap_of_runs
from maskwright.datasets.truth.square_runs import fit_transposed, mask_of_bitmaps
from maskwright.errors import DataError, ShapeError
from maskwright.evenly_spaced import spread_evenly
from maskwright.files import write_text
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.run_lengths.codec import Counts, run_lengths
from maskwright.progress_counter import StartCounting, no_counting

NAME = "run-length csv"
SUFFIXES = (".csv",)
CERTAIN = 0.9
RUN_COLUMNS = ("encodedpixels", "rle_mask", "rle", "encoding", "segmentation", "annotation", "mask_rle")
PHOTO_COLUMNS = ("imageid", "image_id", "id", "img", "image", "filename", "file_name", "imageid_classid", "image_label")
CLASS_COLUMNS = ("classid", "class_id", "class", "label", "category", "defect", "cell_type")
JOINED_COLUMNS = ("imageid_classid", "image_label")
NOTHING = ("", "-1", "nan", "none")
TEMPLATE = "sample_submission"
"""Competitions give a file with made-up runs of this name, to show what is to be handed in."""
CODE = re.compile(r"\s*[0-9]{1,12}( +[0-9]{1,12})*\s*", re.ASCII)
NUMBERED_CLASS = re.compile(r"(?:class )?([0-9]+)(?:_[0-9]+)*", re.ASCII)
CLASS_FILE = re.compile(r"class(?!if)|categor|label_?(desc|name)|ontology|taxonomy|legend", re.IGNORECASE)
OTHERS_MOST = 2
TRIED = 20
FAR_SMOOTHER = 1.5
RELATIVE_LEAST = 0.9
BY_DISTANCE = "starts are counted from the end of the run before: from the first pixel they would overlap"
BY_ROWS = "pixels are counted along the rows: that way the shapes are far more compact"
BY_EDGES = "pixels are counted along the rows: that way the shapes lie on the edges of the photos, which are square"


@dataclass(frozen=True)
class _Row:
    """One row: the photo's name, the class ("" for none) and the run-length code ("" for nothing)."""

    photo: str
    class_name: str
    code: str


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
    unnamed = {file: list(_rows(file)) for file in paths}
    table, names = _listed_names(root, [row for own in unnamed.values() for row in own])
    rows = {file: [_named(row, names) for row in own] for file, own in unnamed.items()}
    files = [_read_file(file, rows[file], root, canvas_hw=options.canvas_hw) for file in paths]
    labels = merged("rle-csv", root, files)
    remarks = (*labels.remarks, *_empty_classes([row for own in rows.values() for row in own]))
    if table is not None:
        remarks = (*remarks, Remark("reading-choice", (), f"{table.name} names the classes"))
    return dataset_of(replace(labels, remarks=remarks), options)


def _listed_names(root: Path, rows: Sequence[_Row]) -> tuple[Path | None, dict[int, str]]:
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
        if CLASS_FILE.search(path.name) or (len(names) <= OTHERS_MOST * len(used) and not are_photos):
            return path, names
    return None, {}


def _class_number(row: _Row) -> int | None:
    """Return the number of a row's class; numbers behind it, as in 6_12_30, are attributes."""
    numbered = NUMBERED_CLASS.fullmatch(row.class_name)
    return int(numbered[1][:9]) if numbered else None


def _named(row: _Row, names: Mapping[int, str]) -> _Row:
    """Return a row with the listed name of its class."""
    number = _class_number(row)
    name = None if number is None else names.get(number)
    return row if name is None else replace(row, class_name=name)


def _empty_classes(rows: Sequence[_Row]) -> list[Remark]:
    """Return a remark on classes that have rows and not one pixel: they are no classes of the dataset."""
    empty = sorted({row.class_name for row in rows} - {row.class_name for row in rows if row.code} - {""})
    detail = f"every row of {some(empty)} is empty: left out of the classes"
    return [Remark("reading-choice", (), detail)] if empty else []


def _read_file(path: Path, rows: list[_Row], root: Path, *, canvas_hw: tuple[int, int] | None) -> LabelFile:
    by_distance = _counts_by_distance([row.code for row in rows if row.code])
    if by_distance:
        rows = [replace(row, code=_from_the_first(row.code)) for row in rows]
    wanted = {name: WantedPhoto(name, folders=(path.parent, root)) for name in dict.fromkeys(row.photo for row in rows)}
    photos_found = find_photos(wanted.values(), root)
    places = {name: photos_found[photo].path for name, photo in wanted.items() if photo in photos_found}
    sizes = {name: read_header(place).size_hw for name, place in places.items()}
    canvases = {name: size for name in wanted if (size := sizes.get(name) or canvas_hw)}
    by_columns = _by_columns(rows, canvases)
    by_edges = by_columns and _lie_transposed(rows, canvases, places)
    by_columns = by_columns and not by_edges
    by_photo: dict[str, list[_Row]] = {name: [] for name in wanted}
    for row in rows:
        by_photo[row.photo].append(row)
    photos = []
    for name, own in by_photo.items():
        folders = (places[name].parent,) if name in places else ()
        photos.append(LabelledPhoto(name, _shapes(own, canvases.get(name), by_columns), folders=folders))
    order = BY_EDGES if by_edges else BY_ROWS
    choices = (*([] if by_columns else [order]), *([BY_DISTANCE] if by_distance else []))
    return LabelFile(path, tuple(photos), (), choices)


def _counts_by_distance(codes: Sequence[str]) -> bool:
    """Return whether nearly all codes of several runs have starts that do not ascend."""
    long = [numbers for code in codes if CODE.fullmatch(code) and len(numbers := code.split()) >= 6]
    falling = [any(int(b) < int(a) for a, b in pairwise(numbers[::2])) for numbers in long]
    return bool(falling) and sum(falling) >= RELATIVE_LEAST * len(falling)


def _from_the_first(code: str) -> str:
    """Return a code whose starts are counted from the end of the run before as one that counts from pixel 1."""
    if not CODE.fullmatch(code) or len(numbers := [int(number) for number in code.split()]) % 2:
        return code
    ends = list(accumulate(numbers))
    return " ".join(f"{end + 1} {length}" for end, length in zip(ends[::2], numbers[1::2], strict=True))


def _rows(path: Path) -> Iterable[_Row]:
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
        yield _Row(name, class_name, "" if code.lower() in NOTHING else code)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _shapes(rows: Sequence[_Row], canvas_hw: tuple[int, int] | None, by_columns: bool) -> tuple[LabelledShape, ...]:
    coded = [row for row in rows if row.code]
    return tuple(LabelledShape(row.class_name or None, _bitmap(row.code, canvas_hw, by_columns)) for row in coded)


def _bitmap(code: str, canvas_hw: tuple[int, int] | None, by_columns: bool) -> Bitmap | str:
    if canvas_hw is None:
        return "is on a photo that is missing, whose size is unknown"
    try:
        return bitmap_of_runs(0, _counts(code, canvas_hw), canvas_hw, by_columns=by_columns)
    except ValueError as error:
        return str(error)


def _counts(code: str, canvas_hw: tuple[int, int]) -> Counts:
    """Return alternating run lengths from starts (the first pixel is 1) and lengths."""
    if not CODE.fullmatch(code):
        raise ShapeError("has run lengths that are not whole numbers")
    numbers = np.array(code.split(), dtype=np.int64)
    if len(numbers) % 2:
        raise ShapeError("has a start without a length")
    order = np.argsort(numbers[::2], kind="stable")
    starts, lengths = numbers[::2][order] - 1, numbers[1::2][order]
    area = canvas_hw[0] * canvas_hw[1]
    ends = starts + lengths
    if starts[0] < 0 or ends.max() > area or (starts[1:] < ends[:-1]).any():
        raise ShapeError(f"has run lengths that overlap, or leave the photo of {area} pixels")
    edges = np.stack([starts, ends], axis=1).reshape(-1)
    return np.diff(edges, prepend=0, append=area)


def _by_columns(rows: Sequence[_Row], canvases: dict[str, tuple[int, int]]) -> bool:
    """Return whether pixels are counted down the columns: unless the shapes are far more compact along the rows."""
    coded = [row for row in rows if row.code and row.photo in canvases]
    borders = np.zeros(2)
    for row in coded[:: max(1, len(coded) // TRIED)]:
        bitmaps = [_bitmap(row.code, canvases[row.photo], by_columns) for by_columns in (True, False)]
        if not any(isinstance(bitmap, str) for bitmap in bitmaps):
            borders += [_border_length(bitmap.pixels) for bitmap in bitmaps if isinstance(bitmap, Bitmap)]
    return bool(borders[0] <= FAR_SMOOTHER * borders[1])


def _lie_transposed(rows: Sequence[_Row], canvases: Mapping[str, tuple[int, int]], places: Mapping[str, Path]) -> bool:
    """Return whether shapes on square photos, read down the columns, lie on edges only when transposed."""
    coded: dict[str, list[_Row]] = {}
    for row in rows:
        if row.code and row.photo in places:
            coded.setdefault(row.photo, []).append(row)
    if any(height != width for height, width in canvases.values()):
        return False
    tried = spread_evenly(list(coded.items()), TRIED)
    bitmaps = ((name, [_bitmap(row.code, canvases[name], by_columns=True) for row in own]) for name, own in tried)
    return fit_transposed((places[name], mask_of_bitmaps(own, canvases[name])) for name, own in bitmaps)


def _border_length(pixels: Bools) -> int:
    padded = np.pad(pixels, 1)
    return int((padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum())


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
