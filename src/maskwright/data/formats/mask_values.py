"""What the values in mask files mean: read off all the masks of a dataset, with or without a class list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.classes import IGNORE, ClassTable, Colour
from maskwright.data.formats.classes_csv import ClassRow, table_of
from maskwright.data.mask_files import COLOUR_BIT, MaskRule, RawMask, colour_value, read_raw_mask
from maskwright.errors import DataError

MOST_COLOURS = 32
SOFT_THRESHOLD = 128
DEEP_IGNORE = 65535
_MOST_KEPT = 4096


@dataclass(frozen=True)
class MaskValues:
    """The values of one mask file with their pixel counts, its size and palette; `error` if it cannot be read."""

    counts: Mapping[int, int]
    size_hw: tuple[int, int] | None
    palette: tuple[Colour, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Meaning:
    """The classes and the rule of a dataset's masks; `note` says what was guessed, `unfit` the values without class.

    `soft` tells that binary masks hold shades between background and object.
    """

    classes: ClassTable
    rule: MaskRule
    note: str = ""
    soft: bool = False
    unfit: frozenset[int] = frozenset()


def value_counts(raw: RawMask) -> dict[int, int]:
    """Return how many pixels hold each value, without sorting them: masks are few values in long runs."""
    flat = raw.ravel()
    if flat.dtype.kind == "u":
        counts = np.bincount(flat)
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]) if flat.size else np.zeros(0, np.int64)
    values, which = np.unique(flat[starts], return_inverse=True)
    lengths = np.diff(starts, append=flat.size)
    totals = np.bincount(which, weights=lengths, minlength=len(values))
    return {int(value): int(total) for value, total in zip(values, totals, strict=True)}


def read_values(path: Path) -> MaskValues:
    """Return the values of a mask file; of one with thousands the most frequent ones."""
    try:
        raw = read_raw_mask(path)
        palette = _palette(path)
    except DataError as error:
        return MaskValues({}, None, error=str(error))
    counts = dict(Counter(value_counts(raw)).most_common(_MOST_KEPT))
    return MaskValues(counts, (raw.shape[0], raw.shape[1]), palette)


def read_all_values(paths: Sequence[Path]) -> list[MaskValues]:
    """Return the values of each mask file; files are decoded two at a time and not kept."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(read_values, paths))


def _palette(path: Path) -> tuple[Colour, ...]:
    with Image.open(path) as image:
        flat = image.getpalette() if image.mode == "P" else None
    return tuple((r, g, b) for r, g, b in zip(*[iter(flat)] * 3, strict=False)) if flat else ()


def meaning_of(masks: Sequence[MaskValues], rows: Sequence[ClassRow] | None, *, ignore: int | None = None) -> Meaning:
    """Return what the values of all the masks mean, by the class list `rows` or, if that is None, by the values.

    `ignore` is a stored value that counts for nothing.
    """
    counts: Counter[int] = Counter()
    for mask in masks:
        counts.update(mask.counts)
    coloured = any(value >= COLOUR_BIT for value in counts)
    palette = next((mask.palette for mask in masks if mask.palette), ())
    if rows is not None and not (coloured and not any(row.colour for row in rows)):
        return _by_list(counts, _with_ignore(rows, ignore), coloured=coloured)
    if coloured:
        return _by_colour(counts, ignore)
    if not palette and _is_soft(counts):
        table, _ = table_of([ClassRow(1, "object")])
        return Meaning(table, MaskRule(threshold=SOFT_THRESHOLD), soft=True)
    return _by_value(counts, palette, ignore)


def _with_ignore(rows: Sequence[ClassRow], ignore: int | None) -> list[ClassRow]:
    if ignore is None:
        return list(rows)
    return [*(row for row in rows if row.value != ignore), ClassRow(ignore, "ignored", ignore=True)]


def _by_list(counts: Mapping[int, int], rows: Sequence[ClassRow], *, coloured: bool) -> Meaning:
    table, ids = table_of(rows)
    if coloured:
        known = {colour_value(row.colour): ids[row.value] for row in rows if row.colour is not None}
    else:
        known = dict(ids)
    objects = [row for row in rows if not row.ignore and ids[row.value] != table.background]
    odd = {value for value in counts if value not in known and value}
    if not coloured and len(objects) == 1 and len(odd) == 1 and objects[0].value not in counts:
        known[odd.pop()] = ids[objects[0].value]
    if table.background == 0 and 0 not in known:
        known[0] = 0
    for value in (IGNORE, DEEP_IGNORE):
        known.setdefault(value, IGNORE)
    unfit = frozenset(value for value in counts if value not in known)
    return Meaning(table, MaskRule(tuple(sorted(known.items()))), unfit=unfit)


def _by_colour(counts: Mapping[int, int], ignore: int | None) -> Meaning:
    values = sorted(value for value in counts if value != ignore)
    if len(values) > MOST_COLOURS:
        table, _ = table_of([])
        return Meaning(table, MaskRule(), unfit=frozenset(values))
    rows = [ClassRow(i, f"class {i}", _colour(value)) for i, value in enumerate(values, int(values[0] != 0)) if value]
    if values[0] != 0:
        rows = [replace(row, value=row.value - 1, name=f"class {row.value - 1}") for row in rows]
    table, ids = table_of(rows)
    first = 0 if values[0] != 0 else 1
    known = {value: i for i, value in enumerate([v for v in values if v], first)} | ({0: 0} if values[0] == 0 else {})
    known |= {ignore: IGNORE} if ignore is not None else {}
    return Meaning(table, MaskRule(tuple(sorted(known.items()))), note=_guessed(table))


def _colour(value: int) -> Colour:
    if value < COLOUR_BIT:
        return value, value, value
    return (value >> 16) & 255, (value >> 8) & 255, value & 255


def _is_soft(counts: Mapping[int, int]) -> bool:
    """Tell whether the values are shades of a binary mask: nearly all at both ends, and some in the middle."""
    total = sum(counts.values())
    between = [value for value in counts if 0 < value < IGNORE]
    if not between or max(counts) != max(max(counts), 0) or max(counts) > IGNORE:
        return False
    ends = sum(n for value, n in counts.items() if value < 16 or value > 239)
    has_light = any(value > 239 for value in counts)
    in_the_middle = any(64 <= value < 192 for value in between)
    near_white = any(value > 239 for value in between)
    return has_light and ends >= 0.9 * total and len(between) >= 3 and (in_the_middle or near_white) and near_white


def _by_value(counts: Mapping[int, int], palette: Sequence[Colour], ignore: int | None) -> Meaning:
    values = sorted(value for value in counts if value != ignore)
    objects = [value for value in values if value]
    known = {0: 0} | ({ignore: IGNORE} if ignore is not None else {})
    if len(objects) <= 1:
        table, _ = table_of([ClassRow(1, "object", _palette_colour(palette, objects))])
        return Meaning(table, MaskRule(tuple(sorted((known | dict.fromkeys(objects, 1)).items()))))
    top = (IGNORE, DEEP_IGNORE) if ignore is None else (IGNORE, DEEP_IGNORE, ignore)
    rows = [ClassRow(v, f"class {v}", palette[v] if v < len(palette) else None) for v in objects if v not in top]
    every_class = ignore not in (None, IGNORE) and len(rows) > 1
    if every_class:
        rows.insert(0, ClassRow(0, "class 0", palette[0] if palette else None))
    elif len(rows) == 1:
        rows = [replace(rows[0], name="object", value=rows[0].value)]
    table, ids = table_of(rows) if len(rows) > 1 else table_of([replace(rows[0], value=1)])
    if len(rows) == 1:
        ids = {rows[0].value: 1}
    known |= dict.fromkeys(top, IGNORE) | ids
    return Meaning(table, MaskRule(tuple(sorted(known.items()))), note=_guessed(table) if len(rows) > 1 else "")


def _palette_colour(palette: Sequence[Colour], objects: Sequence[int]) -> Colour | None:
    return palette[objects[0]] if objects and objects[0] < len(palette) and any(palette[objects[0]]) else None


def _guessed(table: ClassTable) -> str:
    background = "no background" if table.background is None else "0 as background"
    return f"{len(table)} classes, {background}"
