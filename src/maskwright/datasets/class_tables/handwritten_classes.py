"""Class tables that a person writes: classes.csv, and plain lists of names as VOC and labelme keep them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassRow, ClassTable, Colour, class_table
from maskwright.datasets.parsing.text_files import csv_rows, read_label_text
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key

BACKGROUND_NAMES = (
    *("background", "_background_", "__background__", "bg", "none"),
    *("hintergrund", "fond", "fondo", "sfondo", "achtergrond", "baggrund", "bakgrund", "tło", "фон", "背景"),
)
VOID_NAMES = ("void", "unlabeled", "unlabelled")
"""What pixels are called that nobody looked at: no class, wherever a list names them."""
UNLABELLED_NAMES = (*VOID_NAMES, "unknown", "other", "others", "nothing", "clear")
"""What the class 0 is called where it is the rest."""
FAULTLESS_NAMES = ("ok", "good", "normal", "clean", "healthy", "intact", "no defect", "no_defect", "defect-free")
"""What the class 0 is called where the other classes are defects: it is the background that they lie on."""
SURFACE_NAMES = BACKGROUND_NAMES + UNLABELLED_NAMES + FAULTLESS_NAMES
IGNORE_NAMES = ("__ignore__", "_ignore_")
CLASSES_CSV = "classes.csv"
NAME_LISTS = ("class_names.txt", "labels.txt", "classes.txt", "label_names.txt")
MOST_IDS_WITH_GAPS = 16
NAME_HEADERS = ("name", "names", "class", "classes", "class_name", "class_names", "label", "labels", "category")
"""What the single column of a list of names is called; any other word could be the name of the first class."""
COLUMN_NAMES = {"color": "colour", "red": "r", "green": "g", "blue": "b", "class": "name", "class_name": "name"}


def read_classes_csv(path: Path) -> tuple[ClassRow, ...]:
    """Return the rows of a classes.csv: id, name and, if wanted, colour (or r, g and b) and ignore.

    Without a column of ids the rows are counted from 0 if the first is the background, else from 1. Rows of one id
    and name give a class several colours.
    """
    header, *rows = csv_rows(read_label_text(path)) or [[]]
    if names := _names_alone(header, rows):
        return tuple(ClassRow(value, name) for value, name in enumerate(names, names[0].lower() not in SURFACE_NAMES))
    header = [COLUMN_NAMES.get(name, name) for name in header]
    if "id" not in header and "name" in header and {"colour", "r", "ignore"} & set(header):
        rows = [[str(number), *row] for number, row in enumerate(rows, _first(rows, header))]
        header = ["id", *header]
    if not {"id", "name"} <= set(header):
        raise DataError(f"{path} needs the columns id,name (and colour,ignore if wanted); found {','.join(header)!r}")
    cells = [(number, dict(zip(header, row, strict=False))) for number, row in enumerate(rows, 2) if any(row)]
    listed = [_row(named, f"{path} line {number}") for number, named in cells]
    classes = list(dict.fromkeys((row.value, row.name) for row in listed))  # one class may have several colours
    for column in ([value for value, _ in classes], [name for _, name in classes], [row.colour for row in listed]):
        twice = [k for k in column if k is not None and column.count(k) > 1]  # type: ignore[arg-type]
        if twice:
            raise DataError(f"{path} lists {twice[0]!r} twice: give each class an id, a name and a colour of its own")
    if not listed:
        raise DataError(f"{path} lists no class: write one line id,name for each")
    return tuple(listed)


def require_named(used: Collection[str], named: Collection[str], path: Path, *, by_sheet: bool = False) -> None:
    """Refuse a classes.csv that names none of the classes that labels use: all shapes would be left out.

    `by_sheet`: a data.yaml can name the numbers in the labels, as that of YOLO lines does.
    """
    if not used or set(used) & set(named):
        return
    are_numbers = all(re.fullmatch(r"class \d+", name) for name in used)
    way = (
        "write the names into a data.yaml beside it, with the line `names:` and below it a line `  0: NAME` for each "
        f"number, and take {path.name} out of the folder"
        if by_sheet and are_numbers
        else "write these names there, or take the file out of the folder"
    )
    raise DataError(
        f"{path} names none of the classes in the labels ({some(sorted(used, key=natural_key), most=8)}) but "
        f"{some(list(named), most=8)}: {way}"
    )


def names_alone(path: Path) -> list[str]:
    """Return the names of a classes.csv that has one column of them and no ids, in its order; else none."""
    header, *rows = csv_rows(read_label_text(path)) or [[]]
    return _names_alone(header, rows)


def _names_alone(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    word = header[0].strip("_") if len(header) == 1 else ""
    cells = [row[0].strip() for row in rows if any(row)]
    if word not in NAME_HEADERS + BACKGROUND_NAMES or not cells or any(len(row) > 1 for row in rows):
        return []
    names = cells if word in NAME_HEADERS else [word, *cells]
    return names if all(names) and len(set(names)) == len(names) and not any(map(str.isdigit, names)) else []


def _first(rows: Sequence[Sequence[str]], header: Sequence[str]) -> int:
    """Return the number that counting begins with: 0 for a list that begins with the background, else 1."""
    place = header.index("name")
    named = rows[0][place].strip().lower() if rows and len(rows[0]) > place else ""
    return 0 if named in BACKGROUND_NAMES else 1


def _row(cells: Mapping[str, str], where: str) -> ClassRow:
    value, name = cells.get("id", "").strip(), cells.get("name", "").strip()
    if not value.isdigit() or not name:
        raise DataError(f"{where} needs a whole number as id and a name; found id {value!r} and name {name!r}")
    split = " ".join(cells[band].strip() for band in ("r", "g", "b")) if {"r", "g", "b"} <= set(cells) else ""
    colour = _colour(cells.get("colour", "").strip() or split, where)
    ignore = cells.get("ignore", "").strip().lower() not in ("", "0", "no", "false")
    return ClassRow(int(value), name, colour, ignore or name.lower() in IGNORE_NAMES)


def _colour(text: str, where: str) -> Colour | None:
    if not text:
        return None
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        red, green, blue = bytes.fromhex(text[1:])
        return red, green, blue
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if len(numbers) != 3 or max(numbers) > 255:
        raise DataError(f"{where}: the colour {text!r} is neither like #ff8000 nor like 255 128 0")
    return numbers[0], numbers[1], numbers[2]


def listed_rows(names: Iterable[str]) -> tuple[ClassRow, ...]:
    """Return a row for each class of a list, in its order from 1 on; a background gets 0, ignored names no class."""
    listed = [name for name in dict.fromkeys(names) if name]
    behind = [name for name in listed if name.lower() in BACKGROUND_NAMES][:1]
    ignored = [name for name in listed if name.lower() in IGNORE_NAMES]
    objects = [name for name in listed if name not in behind + ignored]
    return (
        *(ClassRow(0, name) for name in behind),
        *(ClassRow(i, name) for i, name in enumerate(objects, 1)),
        *(ClassRow(IGNORE, name, ignore=True) for name in ignored),
    )


def table_of(rows: Sequence[ClassRow]) -> tuple[ClassTable, dict[int, int]]:
    """Return the class table of the rows, and the class id of each stored value (255 for ignored ones).

    Ids are the stored values, gaps named "class 3", unless they do not fit or leave most ids unused: then they are
    counted from 1 in order. The background is id 0, unless the rows give it another name than SURFACE_NAMES.
    """
    classes = sorted((row for row in rows if not row.ignore), key=lambda row: row.value)
    ids = _class_ids(list(dict.fromkeys(row.value for row in classes)))
    named = {ids[row.value]: row for row in reversed(classes)}
    names = tuple(_name(named, i) for i in range(max(named, default=0) + 1))
    if len(names) < 2 and 0 not in named:
        names = ("background", "object")
    background = 0 if 0 not in named or names[0].lower() in SURFACE_NAMES else None
    table = class_table(names, background=background)
    colours = [row.colour if (row := named.get(i)) and row.colour else c for i, c in enumerate(table.colours)]
    return replace(table, colours=tuple(colours)), ids | {row.value: IGNORE for row in rows if row.ignore}


def _class_ids(values: Sequence[int]) -> dict[int, int]:
    highest = max(values, default=0)
    sparse = highest >= MOST_IDS_WITH_GAPS and 4 * len(values) < highest
    if highest < IGNORE and not sparse:
        return {value: value for value in values}
    first = 0 if 0 in values else 1
    if len(values) + first > IGNORE:
        raise DataError(f"there are {len(values)} classes, and masks have room for {IGNORE - 1}: merge some of them")
    return {value: i for i, value in enumerate(values, first)}


def _name(named: Mapping[int, ClassRow], class_id: int) -> str:
    if class_id in named:
        return named[class_id].name
    if class_id != 0:
        return f"class {class_id}"
    return "unlabelled" if any(row.name.lower() == "background" for row in named.values()) else "background"


def rows_of(names: Iterable[str]) -> tuple[ClassRow, ...]:
    """Return a row for each class name in natural order, from 1 on; a background gets 0, ignored names none."""
    listed = {name for name in names if name.lower() not in IGNORE_NAMES}
    behind = sorted(name for name in listed if name.lower() in BACKGROUND_NAMES)
    objects = sorted(listed - set(behind), key=lambda name: (natural_key(name), name)) or ["object"]
    if len(objects) >= IGNORE:
        raise DataError(
            f"there are {len(objects)} different class names ({some(objects, most=3)}), more than masks have room for: "
            "choose another attribute with --set data.attribute=NAME, or merge classes"
        )
    return (*(ClassRow(0, name) for name in behind[:1]), *(ClassRow(i, name) for i, name in enumerate(objects, 1)))
