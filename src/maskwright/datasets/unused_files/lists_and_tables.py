"""Lists, tables and other data files beside photos and masks that nothing reads: each is named, with what it holds."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath

from maskwright.datasets.image_folders.pairs.names import PART_WORDS, folder_words
from maskwright.datasets.image_folders.pairs.sidecar_files import LIST_BYTES_MOST
from maskwright.datasets.parsing.text_files import beginning, csv_header, json_outline
from maskwright.datasets.part_names import JOINT, parts_named
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.reader_types import Remark
from maskwright.findings.finding import some

TABLES = frozenset([".csv", ".tsv"])
LISTS = frozenset([".txt", ".lst", ".list", *TABLES])
DATA = frozenset(
    [
        *(".json", ".jsonl", ".ndjson", ".geojson", ".xml", ".yaml", ".yml", ".toml", ".manifest", ".names"),
        *(".mov", ".mp4", ".avi", ".mkv", ".m4v", ".webm", ".xcf", ".psd", ".kra", ".ilp"),
        *(".gz", ".nii", ".nrrd", ".mha", ".dcm", ".tfrecord", ".svs", ".roi"),
        *(".mat", ".h5", ".hdf5", ".pkl", ".npy", ".npz", ".xlsx", ".xls", ".ods", ".parquet", ".db", ".sqlite"),
    ]
)
OF_RASTERS = ".aux.xml"
"""What map programs write beside each raster: its statistics."""
NAMESAKES = (".jsonl", ".ndjson", ".manifest", ".csv", ".tsv")
MAY_LIST = LISTS | {".names", ".yaml", ".yml"}
PROSE = ("readme", "license", "licence", "copying", "citation", "requirements", "changelog", "notice", "authors")
MAX_FILES = 100
"""Files of a kind whose content is looked at."""
MAX_LINES = 2000
"""Lines of a file that are looked at."""
MAX_WORDS_SHOWN = 4
"""Words beside the photos' names that the message shows; twice as many columns."""
NAMED_LEAST = 0.5
"""Share of its lines that must name photos: such a file is a list of photos."""
NUMBERS = re.compile(r"[-+.\d\s]+")
CATEGORIES = re.compile(r'"(category|categories|class|classes|label|labels)"\s*:')
DRAWN = re.compile(r'"(polygon|points)"\s*:')
NAMES_CATEGORIES = "names categories, and was not read as the classes of these values: name them in classes.csv"
NOT_FITTING = "no list of classes or parts that fits these photos"
UNSEEN = f"not looked into: {MAX_FILES} files beside them were"
OTHER_KIND = "of no kind that is read beside masks"
TOO_LARGE = f"over {LIST_BYTES_MOST >> 20} MB, not read: keep the lines of these photos alone"
AS_PARTS = "parts are read from train.txt, val.txt and test.txt, the name of a photo a line"


def unused_texts(root: Path, stems: Collection[str], others: Iterable[Path], *, used: Collection[Path]) -> list[Remark]:
    """Return remarks on lists that speak of photos and were not read, and on all other data files that nothing reads.

    `stems` are the names of the images; files of these names are left to `unread_remarks`. `used` are the lists and
    tables that were read; one of train and val together beside them repeats them.
    """
    by_kind: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    beside_used = {path.parent for path in used}
    for path in others:
        joint = path.parent in beside_used and parts_named(folder_words((path.stem,))) >= JOINT
        is_list = path.suffix.lower() in LISTS
        repeats = joint or (is_list and _says_its_folder(path.relative_to(root).parts)) or _copies(path, used)
        if path not in used and path.stem not in stems and not repeats and not _is_beside_the_data(path):
            by_kind[path.parent, path.suffix.lower()].append(path)
    by_text: dict[str, list[str]] = defaultdict(list)
    for (_, suffix), paths in by_kind.items():
        for i, path in enumerate(paths if suffix in LISTS | DATA else ()):
            text = _what_it_is(path, stems, used=used, root=root, is_opened=i < MAX_FILES)
            by_text[text].append(name_below(path, root))
    return [Remark("file-unused", tuple(names), text) for text, names in by_text.items()]


def _is_beside_the_data(path: Path) -> bool:
    return path.name.lower().startswith(PROSE) or path.name.lower().endswith(OF_RASTERS)


def _what_it_is(path: Path, stems: Collection[str], *, used: Collection[Path], root: Path, is_opened: bool) -> str:
    """Return what a data file is that nothing reads, and what to do if it matters."""
    suffix = path.suffix.lower()
    namesake = next((other for other in used if other.name == path.name), None)
    was_read = f"named as {name_below(namesake, root)}, which was read" if namesake else ""
    if suffix in LISTS and path.stat().st_size > LIST_BYTES_MOST:
        return was_read or TOO_LARGE
    if is_opened and suffix in LISTS and (said := _of_list(path, stems)):
        return was_read or said
    if is_opened and suffix == ".json" and (said := _of_json(path, root)):
        return said
    if was_read and suffix in NAMESAKES:  # a table in another folder, as metadata.jsonl of the part test
        return f"{was_read}; it names no mask that is here"
    if not is_opened and suffix in MAY_LIST | {".json"}:
        return UNSEEN
    return NOT_FITTING if suffix in MAY_LIST else OTHER_KIND


def _copies(path: Path, used: Collection[Path]) -> bool:
    """Tell whether a file has the name and the content of one that was read, as _classes.csv of each part has."""
    alike = [other for other in used if other.name == path.name and other != path]
    return any(
        other.stat().st_size == path.stat().st_size <= LIST_BYTES_MOST and other.read_bytes() == path.read_bytes()
        for other in alike
    )


def _of_json(path: Path, root: Path) -> str:
    """Return what json beside masks is: COCO with what to do to have it read, or a list of categories; else ""."""
    if json_outline(path).keys >= {"images", "annotations"}:
        return f"COCO json, not read beside masks: to have it read in their place, copy it into {root}"
    return NAMES_CATEGORIES if _names_categories(beginning(path)) else ""


def _names_categories(content: str) -> bool:
    """Tell whether json lists categories, and not the shapes of one photo with a label each."""
    return CATEGORIES.search(content) is not None and DRAWN.search(content) is None


def _says_its_folder(below: Sequence[str]) -> bool:
    """Return whether a list is named after the part that a folder on its path is named after: train/train_ids.txt."""
    words = set(folder_words((PurePosixPath(below[-1]).stem,))) & PART_WORDS.keys()
    return bool(words) and {PART_WORDS[word] for word in words} <= {
        PART_WORDS[word] for word in folder_words(below[:-1]) if word in PART_WORDS
    }


def _of_list(path: Path, stems: Collection[str]) -> str:
    """Return what a list says of photos and what to do if it matters; "" where it says nothing of them."""
    rows = [_cells(line) for line in beginning(path).splitlines()[:MAX_LINES] if line.strip()]
    named = [row for row in rows if any(_stem(cell) in stems for cell in row)]
    if (
        rows
        and not named
        and all(NUMBERS.fullmatch(" ".join(row)) for row in rows)
        and len({len(r) for r in rows}) == 1
    ):
        return f"lines of {len(rows[0])} numbers, not read: {AS_PARTS}" if 2 * len(rows) > len(stems) else ""
    if len(named) < max(min(2, len(rows)), NAMED_LEAST * len(rows)):
        return ""
    return f"names photos{_beside(path, named, stems)}, not read: {AS_PARTS}"


def _beside(path: Path, named: Sequence[Sequence[str]], stems: Collection[str]) -> str:
    """Return what stands beside the names of photos: the columns of a table, or the words where they are few."""
    if path.suffix.lower() in TABLES:
        header, _ = csv_header(path)
        if len(header) > 1 and not any(_stem(cell) in stems for cell in header):
            return f" and has the columns {some(header, most=2 * MAX_WORDS_SHOWN)}"
    words = Counter(cell for row in named for cell in row if _stem(cell) not in stems)
    few = words and 2 * len(words) <= len(named)
    return f" with {some([word for word, _ in words.most_common()], most=MAX_WORDS_SHOWN)} beside them" if few else ""


def _cells(line: str) -> list[str]:
    return [cell.strip("\"' ") for cell in re.split(r"[\s,;|]+", line) if cell.strip("\"' ")]


def _stem(cell: str) -> str:
    return PurePosixPath(cell.replace("\\", "/")).stem
