"""What the values in mask files mean: read off all the masks of a dataset, with or without a class list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maskwright.classes import IGNORE, ClassRow, ClassTable
from maskwright.datasets.class_tables.handwritten_classes import BACKGROUND_NAMES, table_of
from maskwright.datasets.class_tables.known_palettes import lowest_of_plot
from maskwright.datasets.mask_values.class_numbers import (
    DEEP_IGNORE,
    ClassNumbers,
    are_stored_listed,
    by_number,
    class_numbers,
)
from maskwright.datasets.mask_values.conventions import (
    are_palettes_colours,
    is_alpha_the_mask,
    is_one_object_twice,
    levels_with_255,
)
from maskwright.datasets.mask_values.soft_edges import full_colours, solid_colours
from maskwright.datasets.mask_values.unlisted import (
    OF_A_PLOT,
    WHITE,
    Ground,
    Meaning,
    is_all_255,
    rule_of,
    unlisted_colours,
    unlisted_values,
    with_shades,
)
from maskwright.datasets.mask_values.value_counts import by_alpha, by_colour, pooled
from maskwright.datasets.reader_types import MaskValues
from maskwright.errors import DataError
from maskwright.imaging.mask_reader import COLOUR_BIT, MaskRule, colour_value

SOFT_THRESHOLD = 128
STANDS_OUT = 8
"""A value with so many times the pixels of its neighbours is a class id, no shade."""
BACKGROUND_EDGE = 0.9
TWO_OBJECT_VALUES = "some masks have 1 for the object and some 255: both are the object"


def meaning_of(
    masks: Sequence[MaskValues],
    rows: Sequence[ClassRow] | None,
    *,
    ignore: int | None = None,
    one_object: bool = False,
    invert: bool = False,
) -> Meaning:
    """Return what the values of all the masks mean, by the class list `rows` or, if that is None, by the values.

    `ignore` is a stored value that counts for nothing. `one_object`: all values but the background are one class.
    `invert` exchanges object and background. Negative values and NaN are ignored.
    """
    alpha, colours = is_alpha_the_mask(masks), are_palettes_colours(masks)
    masks = [by_alpha(mask) if alpha else by_colour(mask) if colours else mask for mask in masks]
    numbering = class_numbers(masks)
    if numbering is not None and rows is not None and are_stored_listed(numbering, _listed_values(rows)):
        numbering = None
    masks = masks if numbering is None else [by_number(mask, numbering.numbers) for mask in masks]
    meaning = _one_object(masks, ignore) if one_object else _meaning(masks, rows, ignore)
    if invert:
        meaning = _inverted(meaning)
    if numbering is not None:
        meaning = _as_stored(meaning, numbering)
    return replace(meaning, rule=replace(meaning.rule, by_colour=colours, by_alpha=alpha))


def _listed_values(rows: Sequence[ClassRow]) -> set[int]:
    return {row.value for row in rows} | {colour_value(row.colour) for row in rows if row.colour is not None}


def _as_stored(meaning: Meaning, numbering: ClassNumbers) -> Meaning:
    """Return a meaning of class numbers as that of the stored values that hold them; others stay as they are."""
    known = dict(meaning.rule.values)
    known |= {value: known[number] for value, number in numbering.numbers.items() if number in known}
    unfit = {value for value, number in numbering.numbers.items() if number in meaning.unfit}
    unfit |= {value for value in meaning.unfit if value not in numbering.numbers.values()}
    notes = [note for note in (meaning.note, numbering.note) if note]
    return replace(
        meaning, rule=replace(meaning.rule, values=rule_of(known).values), note="; ".join(notes), unfit=frozenset(unfit)
    )


def _meaning(masks: Sequence[MaskValues], rows: Sequence[ClassRow] | None, ignore: int | None) -> Meaning:
    """Return what the values mean, by the first of these cases that fits.

    1. One object that is 1 in some files and 255 in others.
    2. A list names the values or colours.
    3. Colours that no list names.
    4. One object with soft edges: shades of grey between 0 and 255.
    5. Values on a background of 255.
    6. Any other values.
    """
    counts = Counter({value: count for value, count in pooled(masks).items() if value >= 0})
    coloured = any(value >= COLOUR_BIT for value in counts)
    palette = next((mask.palette for mask in masks if mask.palette), ())
    soft = not coloured and not palette and _is_soft({v: n for v, n in counts.items() if v != ignore})
    if not coloured and ignore is None and is_one_object_twice(masks):
        counts[IGNORE] += counts.pop(1)
        return _binary_twice(counts, rows)
    if rows is not None and (not coloured or any(row.colour for row in rows)):
        listed = _with_ignore(rows, ignore)
        by_colour = coloured or (not palette and _listed_by_grey(counts, listed))
        by_list = _soft_by_list(counts, listed) if soft else None
        by_list = by_list or _by_list(counts, listed, coloured=by_colour)
        return _with_listed_shades(by_list, masks, counts) if coloured and by_list.unfit else by_list
    ignored = {} if ignore is None else {ignore: IGNORE}
    if coloured:
        return _unlisted_colours(masks, counts, ignored)
    if soft:
        table, _ = table_of([ClassRow(1, "object")])
        return Meaning(table, MaskRule(tuple(ignored.items()), SOFT_THRESHOLD), soft=True)
    if ignore is None and _is_255_background(masks, counts):
        return _with_255_as_background(counts)
    return unlisted_values(counts, palette, ignored)


def _with_listed_shades(meaning: Meaning, masks: Sequence[MaskValues], counts: Mapping[int, int]) -> Meaning:
    """Return a meaning by a list whose colours have shades between them, as smooth edges do; else as it is."""
    full = solid_colours(masks, set(counts)) or full_colours(counts, dict(meaning.rule.values))
    return with_shades(meaning, counts, full) if full else meaning


def _unlisted_colours(masks: Sequence[MaskValues], counts: Mapping[int, int], ignored: dict[int, int]) -> Meaning:
    """Return the meaning of colours that no list names; where they have smooth edges, of the full colours."""
    solid = solid_colours(masks, {value for value in counts if value not in ignored})
    held = dict(counts) if solid is None else {value: counts[value] for value in solid}
    ground = WHITE if 0 not in held and _covers_edges(masks, counts) else None
    if ground is None and (lowest := lowest_of_plot(held.keys() - ignored.keys())) is not None:
        ground = Ground(lowest, "the darkest", OF_A_PLOT)
    meaning = unlisted_colours(held, ignored, ground=ground)
    return meaning if solid is None else with_shades(meaning, counts, solid)


def _is_255_background(masks: Sequence[MaskValues], counts: Mapping[int, int]) -> bool:
    """Tell whether 255 covers the edges of masks of two or more other values, as a white background does."""
    return len(counts) > 2 and max(counts) <= IGNORE and _covers_edges(masks, counts)


def _covers_edges(masks: Sequence[MaskValues], counts: Mapping[int, int]) -> bool:
    """Tell whether 255, or white, covers the edges of most masks."""
    if IGNORE not in counts:
        return False
    edges = [mask.border.get(IGNORE, 0) / sum(mask.border.values()) for mask in masks if mask.border]
    return bool(edges) and sorted(edges)[len(edges) // 2] >= BACKGROUND_EDGE


def _with_255_as_background(counts: Mapping[int, int]) -> Meaning:
    """Return the meaning of masks on a white background: the other values are classes, the lightest first."""
    ids = {value: i for i, value in enumerate(sorted((v for v in counts if v != IGNORE), reverse=True), 1)}
    table, _ = table_of([ClassRow(i, f"class {value}") for value, i in ids.items()])
    return Meaning(table, rule_of(ids | {IGNORE: 0}), note="255 covers the masks' edges and is the background")


def _binary_twice(counts: Counter[int], rows: Sequence[ClassRow] | None) -> Meaning:
    """Return the meaning of masks that have 1 for the object in some files and 255 in others."""
    meaning = _by_list(counts, rows, coloured=False) if rows is not None else unlisted_values(counts, (), {})
    object_id = next((i for i in range(len(meaning.classes)) if i != meaning.classes.background), 1)
    known = dict(meaning.rule.values) | {0: 0, 1: object_id, IGNORE: object_id}
    return replace(meaning, rule=rule_of(known), unfit=frozenset(), note=TWO_OBJECT_VALUES)


def _one_object(masks: Sequence[MaskValues], ignore: int | None) -> Meaning:
    """Return the meaning with every value but 0 as one class; 255 beside other values is ignored, as elsewhere."""
    table, _ = table_of([ClassRow(1, "object")])
    counts = {value: count for value, count in pooled(masks).items() if value >= 0 and value != ignore}
    ignored = {} if ignore is None else {ignore: IGNORE}
    if max(counts, default=0) < COLOUR_BIT and _is_soft(counts):
        return Meaning(table, MaskRule(tuple(ignored.items()), SOFT_THRESHOLD), soft=True)
    # 0, one more value and 255 may be objects of 255 with an unsure rim; beside more numbers 255 is the background.
    is_background = len(counts.keys() - {0}) > 2 and counts.get(0, 0) < counts.get(IGNORE, 0)
    if ignore is None and is_background and _covers_edges(masks, counts):
        note = "255 covers the masks' edges and is the background"
        return Meaning(table, rule_of(dict.fromkeys(counts, 1) | {IGNORE: 0}), note=note)
    objects = [value for value in counts if value]
    # Numbers of objects that reach 254 run on through 255.
    is_object = IGNORE - 1 in counts or is_one_object_twice(masks) or bool(levels_with_255(counts))
    if len(objects) > 1 and not is_object:
        ignored |= {IGNORE: IGNORE, DEEP_IGNORE: IGNORE}
    return Meaning(table, rule_of({0: 0} | dict.fromkeys(objects, 1) | ignored))


def _inverted(meaning: Meaning) -> Meaning:
    """Return the meaning with object and background exchanged; DataError where there is more than one class."""
    if not meaning.classes.is_binary:
        names = ", ".join(meaning.classes.names[:5])
        raise DataError(f"data.invert is for masks of one object, and these have the classes {names}: leave it out")
    swapped = {value: {0: 1, 1: 0}.get(class_id, class_id) for value, class_id in meaning.rule.values}
    rule = replace(meaning.rule, values=tuple(sorted(swapped.items())), dark=1, light=0)
    return replace(meaning, rule=rule, inverted=True)


def _with_ignore(rows: Sequence[ClassRow], ignore: int | None) -> list[ClassRow]:
    if ignore is None:
        return list(rows)
    return [*(row for row in rows if row.value != ignore), ClassRow(ignore, "ignored", ignore=True)]


def _soft_by_list(counts: Mapping[int, int], rows: Sequence[ClassRow]) -> Meaning | None:
    """Return what the shades of binary masks mean by a list of one object and its background.

    None by another list, where 255 is listed as ignored, and where the object's number stands out of the shades.
    """
    table, ids = table_of(rows)
    ignored = tuple((row.value, IGNORE) for row in rows if row.ignore)
    if len(table) != 2 or table.background != 0 or IGNORE in dict(ignored):
        return None
    number = next(value for value, class_id in ids.items() if class_id != table.background)
    shades = max(counts.get(number + 1, 0), counts.get(number - 1, 0) if number > 1 else 0, 1)
    if number != IGNORE and counts.get(number, 0) > STANDS_OUT * shades:
        return None
    return Meaning(table, MaskRule(ignored, SOFT_THRESHOLD), soft=True)


def _listed_by_grey(counts: Mapping[int, int], rows: Sequence[ClassRow]) -> bool:
    """Tell whether the masks hold the grey colours of the list, as black and white are, and not its numbers."""
    values = set(counts) - {row.value for row in rows if row.ignore}
    colours = {colour_value(row.colour) for row in rows if row.colour is not None}
    return values <= colours and not values <= {row.value for row in rows}


def _by_list(counts: Mapping[int, int], rows: Sequence[ClassRow], *, coloured: bool) -> Meaning:
    """Match by colour or by number; the one object class of a list also takes the one value that is not listed."""
    table, ids = _table_with_background(counts, rows)
    known = {row.value: IGNORE for row in rows if row.ignore} | (_ids_by_colour(rows, ids) if coloured else ids)
    objects = [row.value for row in rows if not row.ignore and ids[row.value] != table.background]
    odd = [value for value in counts if value and value not in known]
    if not coloured and len(objects) == len(odd) == 1 and objects[0] not in counts and not is_all_255(counts):
        known[odd[0]] = ids[objects[0]]
    if table.background == 0 and 0 not in known.values():
        known.setdefault(0, 0)
    if not coloured:
        known = dict.fromkeys((IGNORE, DEEP_IGNORE), IGNORE) | known
    return Meaning(table, rule_of(known), unfit=frozenset(value for value in counts if value not in known))


def _table_with_background(counts: Mapping[int, int], rows: Sequence[ClassRow]) -> tuple[ClassTable, dict[int, int]]:
    """Return the table of a list and the class id of each number; what the list calls background is it where 0 is not.

    Some tools number all classes from 1 on, the background among them.
    """
    backgrounds = [row for row in rows if row.name.lower() in BACKGROUND_NAMES and not row.ignore]
    if len(backgrounds) != 1 or 0 in counts or any(row.value == 0 for row in rows):
        return table_of(rows)
    others = sorted({row.value for row in rows if not row.ignore} - {backgrounds[0].value})
    ids = {value: i for i, value in enumerate([backgrounds[0].value, *others])}
    table, _ = table_of([row if row.ignore else replace(row, value=ids[row.value]) for row in rows])
    return table, ids | {row.value: IGNORE for row in rows if row.ignore}


def _ids_by_colour(rows: Sequence[ClassRow], ids: Mapping[int, int]) -> dict[int, int]:
    return {colour_value(row.colour): ids[row.value] for row in rows if row.colour is not None}


def _is_soft(counts: Mapping[int, int]) -> bool:
    """Tell whether the values are the shades of binary masks: nearly all dark or light, and some in between."""
    between = [value for value in counts if 0 < value < IGNORE]
    if len(between) < 3 or max(counts) > IGNORE or max(between) < SOFT_THRESHOLD:
        return False
    if not any(16 <= value <= 239 for value in between) and sum(value > 239 for value in counts) == 1:
        return False  # small numbers beside one large code, and no shade
    total = sum(counts.values())
    dark = sum(n for value, n in counts.items() if value < 16)
    light = sum(n for value, n in counts.items() if value > 239)
    return dark + light >= 0.9 * total and light >= total - dark - light
