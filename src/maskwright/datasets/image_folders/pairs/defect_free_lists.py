"""Lists that say of each photo whether it shows a defect: those without a mask that they call free of any are empty."""

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path, PurePosixPath

from maskwright.datasets.class_tables.handwritten_classes import FAULTLESS_NAMES
from maskwright.datasets.image_folders.pairs.list_files import few_texts_below
from maskwright.datasets.image_folders.pairs.names import folder_words
from maskwright.datasets.image_folders.pairs.table_files import tables_in
from maskwright.datasets.parsing.text_files import csv_rows, read_label_text
from maskwright.datasets.part_names import PARTS
from maskwright.findings.finding import some

SAYING = frozenset(
    [
        *("label", "labels", "class", "classes", "defect", "defects", "defective", "fault", "faulty", "anomaly"),
        *(
            "anomalous",
            "abnormal",
            "crack",
            "cracked",
            "damage",
            "damaged",
            "positive",
            "target",
            "truth",
            "gt",
            "flaw",
        ),
    ]
)
"""Words of lists, or of columns of tables, that say what photos show; a flag of other lists may be of anything."""
OF_TRUTH = frozenset(["label", "labels", "truth", "gt"])
OF_WORK = frozenset(
    [
        *("has", "have", "with", "available", "exist", "exists", "present", "done", "finished", "complete"),
        *("status", "state", "ready", "checked", "missing", "annotated", "labelled", "labeled"),
        *("count", "counts", "number", "num", "n", "nr", "total"),
    ]
)
"""Beside words of the truth alone, these ask whether somebody has labelled a photo, as yes, no, true and false do, or
how many labels were drawn in it."""
COUNTED = "labels"
"""A column of this name with numbers above 1 counts what was drawn; one called label numbers classes."""
YES_OR_NO = frozenset(["yes", "no", "true", "false"])
NOTHING = frozenset(["0", "false", "no", *FAULTLESS_NAMES, "negative", "neg", "defectfree"])
NAMED_LEAST, EMPTY_LEAST = 0.9, 2
Rows = Sequence[Sequence[str]]


def listed_faultless(root: Path, masked: Mapping[str, bool]) -> tuple[frozenset[str], tuple[str, ...], str]:
    """Return the photos without mask that lists call free of defects, the lists, and a sentence on them.

    `masked` tells for each photo, by its path below the root, whether it has a mask. A list counts whose cells in one
    column are 0, good or the like for all of its photos without a mask, and something else for all with one.
    """
    if all(masked.values()) or not any(masked.values()):
        return frozenset(), (), ""
    empty: set[str] = set()
    files = []
    for path in _lists(root):
        found = _empty_of(path, root, masked)
        empty |= found
        files += [path.relative_to(root).as_posix()] if found else []
    if len(empty) < EMPTY_LEAST:
        return frozenset(), (), ""
    said = f"{len(empty)} photos have no mask and are read as background alone: {some(files)} "
    said += f"{'calls' if len(files) == 1 else 'call'} them free of defects"
    return frozenset(empty), tuple(files), said


def _lists(root: Path) -> list[Path]:
    texts = [path for path in few_texts_below(root) if not set(folder_words((path.stem,))) & PARTS.keys()]
    return [*texts, *(path for path in tables_in(root) if path.suffix.lower() in (".csv", ".tsv"))]


def _empty_of(path: Path, root: Path, masked: Mapping[str, bool]) -> set[str]:
    """Return the photos that one list calls free of defects; none where its flags do not part them from the others."""
    header, rows = _table(path)
    rows = [row for row in rows if len(row) > 1]
    named = _named(path.relative_to(root).parent, rows, masked)
    if len(named) < NAMED_LEAST * len(rows):
        return set()
    empty = {photo for photo, _ in named if not masked[photo]}
    width = min((len(row) for _, row in named), default=0)
    for column in range(width):
        name = header[column] if len(header) >= width else path.stem
        counts = len(header) >= width and _counts_labels(name, [row[column] for _, row in named])
        if not counts and _says(name, {row[column].strip().casefold() for _, row in named}):
            flags = [(masked[photo], row[column].strip().casefold() in NOTHING) for photo, row in named]
            if len({has_mask for has_mask, _ in flags}) > 1 and all(has != is_empty for has, is_empty in flags):
                return empty
    return set()


def _says(name: str, flags: Set[str]) -> bool:
    """Tell whether the name of a column, or a list, is of what photos show, and not of whether they are labelled."""
    words = set(folder_words((name,)))
    of_work = not words & (SAYING - OF_TRUTH) and (words & OF_WORK or flags <= YES_OR_NO)
    return bool(words & SAYING) and not of_work


def _counts_labels(name: str, cells: Sequence[str]) -> bool:
    """Tell whether a column counts the labels of photos: 0 is an empty one, or one that nobody has labelled yet."""
    numbers = [int(cell) for cell in cells if cell.strip().isdecimal()]
    return COUNTED in folder_words((name,)) and len(numbers) == len(cells) and max(numbers, default=0) > 1


def _table(path: Path) -> tuple[Sequence[str], Rows]:
    """Return the names of the columns, none of a plain list, and the rows."""
    content = read_label_text(path)
    if path.suffix.lower() in (".csv", ".tsv"):
        header, *rows = csv_rows(content) or [[]]
        return header, rows
    return (), [line.replace(",", " ").split() for line in content.splitlines() if line.strip()]


def _named(folder: Path, rows: Rows, photos: Iterable[str]) -> list[tuple[str, Sequence[str]]]:
    """Return the rows with the photo that a cell of each names: of one name in several folders the nearest to the list.

    Photos lie in the list's folder or below it, or else in or below a folder around it.
    """
    for place in (folder, *folder.parents):
        begins = "" if place == Path() else f"{place.as_posix()}/"
        by_name: dict[str, str | None] = {}
        for photo in photos:
            if photo.startswith(begins):
                path = PurePosixPath(photo)
                for way in {path.name, path.stem, photo}:
                    by_name[way] = None if way in by_name else photo
        columns = range(min((len(row) for row in rows), default=0))
        hits = [[(by_name.get(row[column].strip()), row) for row in rows] for column in columns]
        named = [[(photo, row) for photo, row in found if photo is not None] for found in hits]
        if best := max(named, key=len, default=[]):
            return best
    return []
