"""The class list that lies beside masks: which file it is, and from where its classes are counted."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassRow, Colour
from maskwright.datasets.class_tables.ambiguous_ids import by_right_numbers
from maskwright.datasets.class_tables.class_files import class_rows, read_table, table_files
from maskwright.datasets.class_tables.class_json import Row
from maskwright.datasets.class_tables.colour_texts import colour_text
from maskwright.datasets.class_tables.handwritten_classes import (
    BACKGROUND_NAMES,
    CLASSES_CSV,
    IGNORE_NAMES,
    NAME_LISTS,
    SURFACE_NAMES,
    UNLABELLED_NAMES,
    names_alone,
    read_classes_csv,
)
from maskwright.datasets.mask_values.class_numbers import ClassNumbers, are_stored_listed, by_number, class_numbers
from maskwright.datasets.mask_values.conventions import are_palettes_colours
from maskwright.datasets.mask_values.objects import is_zero_background
from maskwright.datasets.mask_values.value_counts import by_colour, pooled
from maskwright.datasets.part_names import PARTS
from maskwright.datasets.reader_types import MaskValues
from maskwright.errors import DataError
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value

EXPLAINED_LEAST, COVERED_LEAST = 0.5, 0.9
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class ListedClasses:
    """The classes of a list; `note` says from where they are counted, "" where the list itself says it."""

    path: Path
    rows: tuple[ClassRow, ...]
    note: str = ""


def find_listed(
    root: Path,
    masks: Sequence[MaskValues],
    *,
    folders: Iterable[Path] = (),
    others: Iterable[Path] = (),
    photos: Set[str] = frozenset(),
) -> ListedClasses | None:
    """Return the class list in `root` or one of the `folders`: classes.csv, else the table that explains most values.

    Where `root` is one part of a split ("test"), a classes.csv beside the parts counts if it lists all values.

    In the `others`, away from the masks, texts and the names of another task may lie: a table there needs a number or
    a colour for each class. `photos` are their names without endings: a list of them names no classes. None where no
    list fits; DataError where classes.csv or a plain list cannot be read.
    """
    if (root / CLASSES_CSV).is_file():
        return _own_list(root / CLASSES_CSV, masks)
    if (beside := _beside_parts(root, masks)) is not None:
        return beside
    shown, numbering, numbered = _shown_and_numbered(masks)
    counts = {value: count for value, count in pooled(shown).items() if value >= 0}
    stored, numbers = set(counts), {value for value in pooled(numbered) if value >= 0}
    palette = next((mask.palette for mask in shown if mask.palette), ())
    fitting: list[tuple[float, Path, list[Row], set[int]]] = []
    for path, table in _tables(root, folders, others):
        meant = stored if _names_stored(table, numbering) else numbers
        if not table or _is_of_photos(table, photos) or _is_of_more_than(table, stored):
            continue
        share = max(_explained(table, meant, palette), _coloured_share(table, counts) if meant is stored else 0.0)
        if share >= EXPLAINED_LEAST:
            fitting.append((share, path, table, meant))
    if not fitting:
        return None
    best = max(fitting, key=lambda fit: (fit[0], _is_definite(fit[2], palette), fit[1].name in NAME_LISTS))
    _, path, table, meant = best
    _refuse_two_colours(path, table, [fit[1:3] for fit in fitting])
    table, by_column = by_right_numbers(path, table, meant - {0, IGNORE}, root)
    listed = _listed(path, table, meant, palette, zero_is_background=is_zero_background(numbered))
    return replace(listed, note=listed.note or by_column)


def _refuse_two_colours(path: Path, table: Sequence[Row], others: Iterable[tuple[Path, list[Row]]]) -> None:
    """Raise DataError where a table of the same name calls one colour by another class: each is of its own folder."""
    known = {colour: name for name, _, colour in table if colour is not None}
    for other, rows in others:
        for name, _, colour in rows if other.name == path.name else ():
            if colour is not None and known.get(colour, name) != name:
                said = f"{path} gives the colour {colour_text(colour)} to {known[colour]!r}, and {other} to {name!r}"
                raise DataError(
                    f"{said}: masks of the two cannot be read together. Give each class one colour in both projects "
                    "(in CVAT: the label's) and export them again, or give photos and masks of one of them alone"
                )


def _shown_and_numbered(
    masks: Sequence[MaskValues],
) -> tuple[list[MaskValues], ClassNumbers | None, list[MaskValues]]:
    """Return the values as they are shown, how they hold numbers of classes, and the values as those numbers."""
    shown = [by_colour(mask) for mask in masks] if are_palettes_colours(masks) else list(masks)
    numbering = class_numbers(shown)
    return shown, numbering, [by_number(mask, numbering.numbers) for mask in shown] if numbering else shown


def _own_list(path: Path, masks: Sequence[MaskValues]) -> ListedClasses:
    """Return the classes of a classes.csv; of one of names alone with a note on what its first number is."""
    table: list[Row] = [(name, None, None) for name in names_alone(path)]
    if not table:
        return ListedClasses(path, read_classes_csv(path))
    _, _, numbered = _shown_and_numbered(masks)
    stored = {value for value in pooled(numbered) if value >= 0}
    listed = _listed(path, table, stored, (), zero_is_background=is_zero_background(numbered))
    low = min((row for row in listed.rows if not row.ignore), key=lambda row: row.value)
    counted = f"{path.name} has no ids: its rows are counted from {low.value}, so {low.value} is {low.name}"
    return replace(listed, note=listed.note or counted)


def _tables(root: Path, folders: Iterable[Path], others: Iterable[Path]) -> list[tuple[Path, list[Row]]]:
    """Return the tables near the masks, and of those away from them the ones with a number or a colour in each row."""
    near = dict.fromkeys((root, *folders))
    tables = [(path, read_table(path)) for path in table_files(near)]
    _refuse_contradictions(root, [(path, table) for path, table in tables if path.name in NAME_LISTS])
    away = [(path, read_table(path)) for path in table_files(folder for folder in others if folder not in near)]
    tables += [(path, table) for path, table in away if all(row[1:] != (None, None) for row in table)]
    for path, table in tables:
        if path.name in NAME_LISTS and path.parent == root and not table:
            raise DataError(f"{path} lists no class: write one name a line")
    return tables


def _is_of_photos(table: Sequence[Row], photos: Set[str]) -> bool:
    """Tell whether a table names photos, with labels of whole photos or parts behind their names."""
    return 2 * sum(not photos.isdisjoint(name.split()[:1]) for name, _, _ in table) >= len(table) if photos else False


def _is_of_more_than(table: Sequence[Row], stored: Collection[int]) -> bool:
    """Tell whether a table has several classes, none of them 255, and masks hold this alone: one object.

    Such are names of kinds of photos, as of birds beside masks of bird and background.
    """
    if set(stored) - {0} != {IGNORE}:
        return False
    known = {number for _, number, _ in table} | {colour_value(colour) for _, _, colour in table if colour is not None}
    objects = [name for name, _, _ in table if name.lower() not in SURFACE_NAMES + IGNORE_NAMES]
    return len(objects) > 1 and IGNORE not in known


def _beside_parts(root: Path, masks: Sequence[MaskValues]) -> ListedClasses | None:
    """Return the classes.csv one folder up if `root` is one part of a split and that list has its values.

    It has all of them but 0 and 255, and one of them at least; 255 is the object of a list of one object.
    """
    path = root.absolute().parent / CLASSES_CSV
    if root.absolute().name.lower() not in PARTS or not path.is_file():
        return None
    rows = read_classes_csv(path)
    known = {row.value for row in rows} | {colour_value(row.colour) for row in rows if row.colour}
    held = set(pooled(masks)) - {0}
    known |= {IGNORE} if len([row for row in rows if row.value != 0 and not row.ignore]) == 1 else set()
    return ListedClasses(path, rows) if held & known and held - {IGNORE} <= known else None


def _refuse_contradictions(root: Path, lists: Sequence[tuple[Path, Sequence[Row]]]) -> None:
    """Raise DataError where lists of one name in several folders disagree: each counts for its own folder alone.

    A list of that name in `root` counts for all. A background in front of a list without numbers is no difference.
    """
    of_all = {path.name for path, table in lists if path.parent == root and table}
    first: dict[str, tuple[Path, Mapping[int, str]]] = {}
    for path, table in lists:
        if path.name in of_all or not table:
            continue
        other, known = first.setdefault(path.name, (path, _by_number(table)))
        for number, name in _by_number(table).items():
            if known.get(number, name) != name:
                raise DataError(
                    f"{path} calls class {number} {name!r}, and {other} calls it {known[number]!r}: the numbers differ "
                    f"by folder. If they do not, write {root / CLASSES_CSV} with the columns id,name. If they do, "
                    "export all photos together, as with labelme2voc.py, or convert the annotations themselves"
                )


def _by_number(table: Sequence[Row]) -> dict[int, str]:
    """Return the names of a list by their numbers, or, where not all rows have one, by their places from 1."""
    if all(number is not None for _, number, _ in table):
        return {number: name for name, number, _ in table if number is not None}
    names = [name for name, _, _ in table]
    first = 0 if names[0].lower() in BACKGROUND_NAMES + UNLABELLED_NAMES else 1
    return dict(enumerate(names, first))


def _names_stored(table: Sequence[Row], numbering: ClassNumbers | None) -> bool:
    """Return whether a table is about stored values as they are, and not about the class numbers that they hold."""
    listed = {number for _, number, _ in table if number is not None}
    listed |= {colour_value(colour) for _, _, colour in table if colour is not None}
    return numbering is None or are_stored_listed(numbering, listed)


def _explained(table: Sequence[Row], stored: Collection[int], palette: Sequence[Colour]) -> float:
    """Return the share of stored values, 0 and 255 left out, that a table can have a class for."""
    objects = {value for value in stored if value not in (0, IGNORE)}
    colours = {colour_value(colour) for _, _, colour in table if colour is not None}
    if any(value >= COLOUR_BIT for value in objects):
        return _share(objects, colours)
    numbers = {number for _, number, _ in table if number is not None}
    if numbers:
        return max(_share(objects, numbers), _share(objects, colours))
    if colours and palette:
        return _share({colour_value(palette[value]) for value in objects if value < len(palette)}, colours)
    named = len([name for name, _, _ in table if name.lower() not in IGNORE_NAMES])
    return 1.0 if len(objects) <= named else 0.0


def _coloured_share(table: Sequence[Row], counts: Mapping[int, int]) -> float:
    """Return 1 where nearly all pixels have colours of the table: the others are shades along smooth edges; else 0."""
    colours = {colour_value(colour) for _, _, colour in table if colour is not None}
    listed = sum(counts.get(value, 0) for value in colours)
    is_coloured = any(value >= COLOUR_BIT for value in counts)
    return float(is_coloured and len(colours) > 1 and listed >= COVERED_LEAST * sum(counts.values()))


def _is_definite(table: Sequence[Row], palette: Sequence[Colour]) -> bool:
    """Return whether a table itself says which stored value each class has: by numbers, or by the masks' palette."""
    numbered = all(number is not None for _, number, _ in table)
    colours = {colour for _, _, colour in table}
    return numbered or (bool(palette) and len(colours) == len(table) and colours <= set(palette))


def _share(values: Collection[int], known: Collection[int]) -> float:
    return sum(value in known for value in values) / len(values) if values else 1.0


def _listed(
    path: Path, table: Sequence[Row], stored: Collection[int], palette: Sequence[Colour], *, zero_is_background: bool
) -> ListedClasses:
    ignored = [ClassRow(IGNORE, name, colour, ignore=True) for name, _, colour in table if name.lower() in IGNORE_NAMES]
    kept = [row for row in table if row[0].lower() not in IGNORE_NAMES]
    if not kept:
        raise DataError(f"{path} lists no class: write one name a line")
    if all(number is not None for _, number, _ in kept):
        return ListedClasses(path, (*class_rows(kept, first=0), *ignored))
    if palette and all(colour is not None for _, _, colour in kept):
        return ListedClasses(path, (*_by_palette(kept, palette), *ignored))
    greys = [ClassRow(colour_value(colour), name, colour) for name, _, colour in kept if colour is not None]
    if (
        len(greys) == len(kept)
        and all(value < COLOUR_BIT for value in stored)
        and set(stored) <= {r.value for r in greys}
    ):
        return ListedClasses(path, (*greys, *ignored))
    if zero_is_background:  # wherever the list names it
        kept = sorted(kept, key=lambda row: row[0].lower() not in BACKGROUND_NAMES)
    first, why = _first(kept, stored, zero_is_background=zero_is_background)
    note = f"{path.name} is counted from {first}, {why}: {first} is {kept[0][0]}" if why else ""
    return ListedClasses(path, (*class_rows([(name, None, c) for name, _, c in kept], first=first), *ignored), note)


def _by_palette(table: Sequence[Row], palette: Sequence[Colour]) -> list[ClassRow]:
    """Return the rows with the palette index of their colour; those whose colour is in no mask are left out."""
    index = {colour: i for i, colour in reversed(list(enumerate(palette)))}
    return [ClassRow(index[colour], name, colour) for name, _, colour in table if colour in index]


def _first(table: Sequence[Row], stored: Collection[int], *, zero_is_background: bool) -> tuple[int, str]:
    """Return the number that the first class of a list without numbers has, and why; no reason where it is plain."""
    if table[0][0].lower() in BACKGROUND_NAMES + UNLABELLED_NAMES or table[0][2] == BLACK:
        return 0, ""
    values = [value for value in stored if value != IGNORE]
    coloured = any(value >= COLOUR_BIT for value in values)
    if coloured:
        known = {colour_value(colour) for _, _, colour in table if colour is not None}
        return (1, "") if 0 in values and 0 not in known else (0, "")
    if len(table) == 1:
        return 1, ""
    if max(values, default=0) >= len(table):
        return 1, f"since the masks hold {max(values)}"
    if zero_is_background:
        return 1, "since 0 covers the masks' edges as a background does"
    return 0, "since 0 covers no background"
