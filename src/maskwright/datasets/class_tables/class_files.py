"""Tables of class names, numbers and colours, as datasets bring them: csv, text, yaml and json, told by content."""

import os
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from maskwright.classes import ClassRow, Colour
from maskwright.datasets.class_tables.class_json import Row, classes_in_json, classes_in_json_lines
from maskwright.datasets.class_tables.colour_texts import BLUE, GREEN, RED, parse_colour
from maskwright.datasets.class_tables.handwritten_classes import NAME_LISTS
from maskwright.datasets.parsing.text_files import FIRST_FEW, MANY_FILES, csv_rows, decoded
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

TABLE_WORDS = re.compile(
    r"class|label|categor|object|colou?r|legend|palette|codes|names|ontology|taxonomy|meta|definition|\.ya?ml|"
    r"klasse|farbe|kategori|clase|etiqueta|couleur|^[^a-z.]*[^\W\d_a-z][^a-z.]*\.(txt|csv)$|"
    r"(dataset|config|info)\.json|\.manifest|\.emd",
    re.I,
)
SAYS_CLASSES = re.compile(
    r"class|klass|label|categor|kategor|clase|etiquet|classe|couleur|farbe|legend|palette|ontology|taxonomy|"
    r"[^\W\d_a-z]",
    re.I,
)
"""What the name of a csv, or a word of its header, says where it lists classes; so may any word of another script."""
SUFFIXES = (".csv", ".tsv", ".txt", ".names", ".yaml", ".yml", ".json", ".manifest", ".emd")
YAML_KEYS = ("names", "classes", "class_names", "labels", "categories", "id2label")
BYTES_MOST = 1 << 18
ROWS_MOST = 400
MAX_FOLDERS = 20
"""Folders of files around which tables are looked for."""
NAME_LENGTH_MOST = 80
SYNONYMS_LENGTH_MOST = 160
"""A name in a column of names beside one of numbers may be several words for one thing, with commas between."""
NAME_COLUMNS = (
    *("name", "class", "class_name", "class_names", "classname"),
    *("label", "category", "title", "class name", "label_name"),
)
ID_COLUMNS = (
    "id",
    "value",
    "pixel value",
    "pixel_value",
    "index",
    "idx",
    "class_id",
    "classid",
    "label_id",
    "number",
    "pixel",
    "code",
    "gt_code",
)
COLOUR_COLUMNS = ("colour", "color", "rgb", "hex", "color_rgb", "colour_rgb")
HEADER_WORDS = frozenset([*NAME_COLUMNS, *ID_COLUMNS, *COLOUR_COLUMNS, *RED, *GREEN, *BLUE])

_SEVERAL_NUMBERS = re.compile(r"[-+.\d]+([\s,;:]+[-+.\d]+)+")


def table_files(folders: Iterable[Path]) -> list[Path]:
    """Return the files in some folders that may be tables of classes, by their names and sizes.

    Of a folder with more than 30 of them the first three and plain lists of names stand for all: the others are files
    for a photo each.
    """
    return [path for folder in folders for path in _tables_in(folder)]


def tables_around(files: Iterable[Path], root: Path) -> list[Path]:
    """Return the files that may be tables of classes in the folders of some files and above, up to `root`."""
    folders = list(dict.fromkeys(file.parent for file in files))[:MAX_FOLDERS]
    above = dict.fromkeys(f for folder in folders for f in (folder, *folder.parents) if f == root or root in f.parents)
    return table_files(sorted(above, key=lambda folder: -len(folder.parts)))


def _tables_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:  # photos lie there too, which need no sorting
        named = [folder / e.name for e in entries if e.name.lower().endswith(SUFFIXES) and TABLE_WORDS.search(e.name)]
    tables = [
        path
        for path in sorted(named)
        if path.suffix.lower() in SUFFIXES and path.is_file() and path.stat().st_size <= BYTES_MOST
    ]
    if len(tables) <= MANY_FILES:
        return tables
    return [path for i, path in enumerate(tables) if i < FIRST_FEW or path.name in NAME_LISTS]


def read_table(path: Path) -> list[Row]:
    """Return the classes that a file lists, in its order; empty where it is no such table."""
    try:
        text = decoded(path.read_bytes())
    except OSError:
        return []
    match path.suffix.lower():
        case ".json" | ".emd":
            rows = classes_in_json(text)
        case ".manifest":  # json lines of labelling jobs on Amazon's machines, the classes in each
            rows = classes_in_json_lines(text)
        case ".yaml" | ".yml":
            rows = _from_yaml(text)
        case ".csv" | ".tsv":
            rows = _from_csv(text, path.stem) or [row for row in _from_lines(text) if row[1:] != (None, None)]
        case _:
            rows = _from_csv(text, path.stem) if _has_columns(text) else _from_lines(text)
    names = [name for name, _, _ in rows]
    is_headed = _has_columns(text) and all(number is not None for _, number, _ in rows)
    commas_most = NAME_LENGTH_MOST if path.suffix.lower() == ".json" or is_headed else 1
    longest = SYNONYMS_LENGTH_MOST if is_headed else NAME_LENGTH_MOST
    is_sound = not any(_is_no_name(name, longest) or name.count(",") > commas_most for name in names)
    sound = len(set(names)) == len(names) <= ROWS_MOST and is_sound
    return rows if sound else []


def _has_columns(text: str) -> bool:
    """Tell whether the first line heads columns of names and numbers, between tabs, commas or semicolons."""
    header = (csv_rows(text.lstrip().partition("\n")[0]) or [[]])[0]
    return _column(header, NAME_COLUMNS) is not None and _column(header, ID_COLUMNS) is not None


def _is_no_name(text: str, longest: int) -> bool:
    """Tell whether a text is the name of a photo, a sentence or several numbers, and no name of a class."""
    is_long = len(text) > longest
    return is_long or Path(text).suffix.lower() in IMAGE_SUFFIXES or _SEVERAL_NUMBERS.fullmatch(text) is not None


def class_rows(table: Sequence[Row], *, first: int) -> list[ClassRow]:
    """Return the rows of a table with their numbers; those without are counted from `first`."""
    return [
        ClassRow(number if number is not None else first + i, name, colour)
        for i, (name, number, colour) in enumerate(table)
    ]


def _from_csv(text: str, called: str) -> list[Row]:
    """Return the rows of a csv with a header: a column of names, and one of numbers or colours if there are any.

    Of other headers, one of them or the name of the file must say classes: names with numbers may be of anything.
    """
    header, *rows = csv_rows(text) or [[]]
    name = _column(header, NAME_COLUMNS)
    if name is None:
        return _by_content(rows) if any(map(SAYS_CLASSES.search, (called, *header))) else []
    number, colour = _column(header, ID_COLUMNS), _column(header, COLOUR_COLUMNS)
    bands = [_column(header, names) for names in (RED, GREEN, BLUE)]
    rows_read: list[Row] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if len(cells) <= name or not cells[name]:
            continue
        value = _number(cells, number)
        rows_read.append((cells[name], value, _colour_of(cells, colour, bands)))
    is_bare = all(row[1:] == (None, None) for row in rows_read)
    return (_in_another_order(_by_content(rows)) if is_bare else []) or rows_read


def _in_another_order(table: Sequence[Row]) -> list[Row]:
    """Return a table whose numbers count from 0 or 1, but not in its order, so that they are no row numbers."""
    numbers = [number for _, number, _ in table if number is not None]
    counts_on = bool(numbers) and sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
    return list(table) if counts_on and min(numbers) <= 1 and numbers != sorted(numbers) else []


def _by_content(rows: Sequence[Sequence[str]]) -> list[Row]:
    """Return the rows of a csv under whatever words: one column of distinct numbers, and one of distinct names.

    A first row of nothing but 0 is the background, which needs no name.
    """
    cells = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    cells = cells[1:] if cells and [cell for cell in cells[0] if cell] == ["0"] and len(cells[0]) > 1 else cells
    if len(cells) < 2 or len({len(row) for row in cells}) > 1:
        return []
    columns = [column for column in zip(*cells, strict=True) if len(set(column)) == len(cells) and all(column)]
    numbers = [column for column in columns if all(_number([cell], 0) is not None for cell in column)]
    names = [column for column in columns if all(any(map(str.isalpha, cell)) for cell in column)]
    if len(numbers) != 1 or not names:
        return []
    return [(name, _number([number], 0), None) for name, number in zip(names[0], numbers[0], strict=True)]


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _number(cells: Sequence[str], column: int | None) -> int | None:
    if column is None or column >= len(cells) or not cells[column].isdecimal() or not cells[column].isascii():
        return None
    return int(cells[column][:6])


def _colour_of(cells: Sequence[str], column: int | None, bands: Sequence[int | None]) -> Colour | None:
    if column is not None and column < len(cells):
        return parse_colour(cells[column])
    numbers = [_number(cells, band) for band in bands]
    red, green, blue = (value if value is not None and value < 256 else None for value in numbers)
    return None if red is None or green is None or blue is None else (red, green, blue)


def _from_lines(text: str) -> list[Row]:
    """Return the classes of plain lines: a name each, with a number or a colour before or behind it.

    `leaf`, `1 leaf`, `1: leaf`, `leaf: 1`, `leaf 1 9`, `128 0 0 leaf`, `leaf,128,0,0` and `leaf:128,0,0::` are
    read; `#` begins a remark.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines or len(lines) > ROWS_MOST:
        return []
    parted = [_parted(line) for line in lines]
    is_header = set(re.split(r"[\s,;:]+", lines[0].casefold())) <= HEADER_WORDS
    if is_header and len(lines) > 1 and all(numbers for _, numbers in parted[1:]):
        lines, parted = lines[1:], parted[1:]
    shapes = {len(numbers) for _, numbers in parted}
    if shapes == {0}:
        return [(line, None, None) for line in lines]
    if len(shapes) != 1 or not all(name for name, _ in parted):
        return [(line, None, None) for line in lines]
    match shapes.pop():
        case 1:
            return [(name, numbers[0], None) for name, numbers in parted]
        case 2:  # a second number is an order of drawing, a count or a category
            ascending = [column for column in (0, 1) if _ascends([numbers[column] for _, numbers in parted])]
            return [(name, numbers[ascending[0]], None) for name, numbers in parted] if ascending else []
        case 3:
            return [(name, None, _as_colour(numbers)) for name, numbers in parted]
        case 4:
            return _with_colours([name for name, _ in parted], [numbers for _, numbers in parted])
        case _:
            return []


def _with_colours(names: Sequence[str], numbers: Sequence[Sequence[int]]) -> list[Row]:
    """Return the rows of lines with a number before or behind a colour: the side whose numbers are a few small ones.

    Numbers that two lines share are left out.
    """
    first, last = ([row[place] for row in numbers] for place in (0, 3))
    behind = not _ascends(first) and (_ascends(last) or max(last) <= 2 * len(names) < max(first))
    ids, colours = (last, [row[:3] for row in numbers]) if behind else (first, [row[1:] for row in numbers])
    shared = len(set(ids)) < len(ids)
    each = zip(names, ids, colours, strict=True)
    return [(name, None if shared else number, _as_colour(colour)) for name, number, colour in each]


def _ascends(numbers: Sequence[int]) -> bool:
    return all(number < after for number, after in pairwise(numbers))


def _parted(line: str) -> tuple[str, list[int]]:
    """Return the name and the numbers of a line; numbers that are part of a name stay in it."""
    cells = [cell.strip("\"' ") for cell in re.split(r"[\s,;:\t]+", line)]
    numbers = [int(cell[:6]) for cell in cells if cell.isdecimal() and cell.isascii()]
    words = [cell for cell in cells if cell and not (cell.isdecimal() and cell.isascii())]
    return " ".join(words), numbers


def _as_colour(numbers: Sequence[int]) -> Colour | None:
    return (numbers[0], numbers[1], numbers[2]) if max(numbers) < 256 else None


def _from_yaml(text: str) -> list[Row]:
    """Return the classes of a yaml file, a list or numbers with names; the rest of yaml is not needed for that."""
    for key in YAML_KEYS:
        if rows := _yaml_rows(text, key):
            return rows
    return []


def _yaml_rows(text: str, key: str) -> list[Row]:
    inline = re.search(rf"^{key}:\s*[\[{{](.*?)[\]}}]\s*$", text, re.MULTILINE | re.DOTALL)
    if inline:
        cells = [cell.strip() for cell in inline[1].split(",") if cell.strip()]
    else:
        block = re.search(rf"^{key}:\s*\n((?:[ \t]*(?:-|\d+\s*:).*\n?)+)", text, re.MULTILINE)
        cells = [line.strip().removeprefix("-").strip() for line in block[1].splitlines()] if block else []
    found: list[Row] = []
    for cell in cells:
        numbered = re.fullmatch(r"(\d+)\s*:\s*(.+)", cell)
        name = (numbered[2] if numbered else cell).strip("\"' ")
        found.append((name, int(numbered[1][:6]) if numbered else None, None))
    return [row for row in found if row[0]]
