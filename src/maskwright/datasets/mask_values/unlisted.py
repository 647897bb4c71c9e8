"""What values and colours of masks mean where no list of classes names them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from maskwright.classes import IGNORE, ClassRow, ClassTable, Colour
from maskwright.datasets.class_tables.colour_texts import stored_colour_text
from maskwright.datasets.class_tables.handwritten_classes import table_of
from maskwright.datasets.mask_values.class_numbers import DEEP_IGNORE
from maskwright.datasets.mask_values.conventions import levels_with_255
from maskwright.datasets.mask_values.soft_edges import nearest_colours
from maskwright.findings.finding import some
from maskwright.imaging.mask_reader import MaskRule, channels

MOST_COLOURS = 32
NEARLY_255 = 250
"""Values from here to 255 beside 0 alone are one object, rounded on the way."""


@dataclass(frozen=True)
class Meaning:
    """The classes and the rule of a dataset's masks; `note` says what was guessed, `unfit` the values without class.

    `soft`: binary masks hold shades between background and object. `inverted`: object and background were exchanged.
    """

    classes: ClassTable
    rule: MaskRule
    note: str = ""
    soft: bool = False
    unfit: frozenset[int] = frozenset()
    inverted: bool = False


class Ground(NamedTuple):
    """A colour that is the background in place of black, what it is called, and why it is taken for that."""

    value: int
    called: str
    why: str


WHITE = Ground(IGNORE, "white", "white covers the masks' edges and is the background")
OF_A_PLOT = "the colours are those of a plot (plt.imsave, viridis), of which the darkest is 0 and the background"


def unlisted_colours(counts: Mapping[int, int], ignored: dict[int, int], *, ground: Ground | None = None) -> Meaning:
    """Number the colours, black first as background, or another `ground`; without either each is a class."""
    if ground:
        others = {value: count for value, count in counts.items() if value != ground.value}
        meaning = unlisted_colours(others | {0: counts[ground.value]}, ignored)
        known = dict(meaning.rule.values) | {ground.value: 0}
        note = "; ".join(part for part in (ground.why, meaning.note) if part)
        named = note.replace("0 as background", f"{ground.called} as background")
        return replace(meaning, rule=rule_of(known), note=named)
    values = sorted(value for value in counts if value not in ignored)
    if len(values) > MOST_COLOURS:
        return Meaning(table_of([])[0], MaskRule(), unfit=frozenset(values))
    first = int(0 in values or len(values) == 1)
    ids = dict(zip((value for value in values if value), range(first, IGNORE), strict=False))
    rows = [ClassRow(i, f"class {i}" if len(ids) > 1 else "object", _colour(value)) for value, i in ids.items()]
    table, _ = table_of(rows)
    shown = some(
        [f"{row.name} is {stored_colour_text(value)}" for row, value in zip(rows, ids, strict=True)],
        most=8,
    )
    return Meaning(table, rule_of({0: 0} | ids | ignored), note=f"{_guessed(table)}: {shown}" if len(ids) > 1 else "")


def with_shades(meaning: Meaning, counts: Mapping[int, int], solid: Collection[int]) -> Meaning:
    """Return a meaning of the full colours of masks with smooth edges where shades are the nearest of them, or ignored.

    Full colours without a class stay so.
    """
    known = dict(meaning.rule.values)
    shades = [value for value in counts if value not in known and value not in solid]
    full = sorted(value for value in {*solid, *known} if value in counts and value in known)
    nearest = nearest_colours(shades, full) if len(full) > 1 else [None] * len(shades)
    known |= {v: IGNORE if near is None else known[near] for v, near in zip(shades, nearest, strict=True)}
    between = sum(near is None for near in nearest)
    note = (
        f"{len(shades)} shades along smooth edges are taken for the nearest of {len(full)} full colours; {between} of "
        "them, about as near to two, are ignored"
    )
    unfit = meaning.unfit - set(shades)
    return replace(meaning, rule=rule_of(known), note=f"{meaning.note}; {note}" if meaning.note else note, unfit=unfit)


def unlisted_values(counts: Mapping[int, int], palette: Sequence[Colour], ignored: dict[int, int]) -> Meaning:
    """Keep the numbers as class ids; one number beside 0 is the object, whatever it is, of more 255 is ignored.

    An `ignored` value other than 255 tells of street scenes, where 0 is a class as the others are.
    """
    objects = sorted(value for value in counts if value and value not in ignored)
    rounded = len(objects) > 1 and objects[0] >= NEARLY_255 and objects[-1] <= IGNORE and not palette
    if rounded:
        table, _ = table_of([ClassRow(1, "object")])
        return Meaning(table, rule_of({0: 0} | dict.fromkeys(objects, 1) | ignored))
    levels = "" if palette or ignored else levels_with_255(counts)
    if (len(objects) > 1 or is_all_255(counts)) and not levels:
        objects = [value for value in objects if value not in (IGNORE, DEEP_IGNORE)]
        ignored = dict.fromkeys((IGNORE, DEEP_IGNORE), IGNORE) | ignored
    if len(objects) <= 1:
        colour = _colour_of(palette, objects[0]) if objects else None
        table, _ = table_of([ClassRow(1, "object", colour if colour and any(colour) else None)])
        return Meaning(table, rule_of({0: 0} | dict.fromkeys(objects, 1) | ignored))
    other_codes = [value for value in ignored if value in counts and value not in (0, IGNORE, DEEP_IGNORE)]
    every_class = 0 in counts and 0 not in ignored and bool(other_codes)
    values = [0, *objects] if every_class else objects
    table, ids = table_of([ClassRow(value, f"class {value}", _colour_of(palette, value)) for value in values])
    note = f"{len(table)} classes, 0 is ignored" if 0 in ignored else _guessed(table, has_zero=0 in counts)
    if IGNORE in counts and IGNORE not in objects:
        note += "; 255 is ignored, and where it marks all that is unlabelled, 0 is a class too: name it in classes.csv"
    if levels:
        note += f"; 255 is one, since the values are {levels} (--set data.ignore=255 if its pixels do not count)"
    return Meaning(table, rule_of({0: 0} | ids | ignored), note=note)


def is_all_255(counts: Mapping[int, int]) -> bool:
    """Tell whether all masks are 255 from edge to edge: ignored, since an object would have a background."""
    return set(counts) == {IGNORE}


def _colour(value: int) -> Colour:
    red, green, blue = channels(np.array(value)).tolist()
    return red, green, blue


def _colour_of(palette: Sequence[Colour], value: int) -> Colour | None:
    return palette[value] if value < len(palette) else None


def _guessed(table: ClassTable, *, has_zero: bool = True) -> str:
    zero = (
        "0 as background"
        if has_zero
        else "0 as background, which no pixel has (if a class is the background, call it background in classes.csv)"
    )
    background = "none of them background" if table.background is None else zero
    return f"{len(table)} classes, {background}"


def rule_of(known: Mapping[int, int]) -> MaskRule:
    return MaskRule(tuple(sorted(known.items())))
