"""Classes of a list whose names say that nobody looked at their pixels, and which count as classes all the same."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwright.classes import ClassRow
from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV, VOID_NAMES
from maskwright.imaging.mask_reader import COLOUR_BIT, colour_value

REST_LEAST = 0.5
"""A background of this share of the pixels is what objects lie on, whatever it is called."""
UNLISTED_MOST = 0.2
"""A 0 that the list leaves out is the ground of objects where it covers more."""


def void_said(rows: Sequence[ClassRow], counts: Mapping[int, int], background: str | None) -> str:
    """Return the sentence that names the void classes of a list that masks hold, with how to leave them out; or "".

    `counts` are the pixels of each stored value; `background` is the name of the class that is no object.
    """
    coloured = any(value >= COLOUR_BIT for value in counts)
    total = sum(counts.values())
    said = []
    for row in rows:
        stored = colour_value(row.colour) if coloured and row.colour else row.value
        share = counts.get(stored, 0) / total if total else 0.0
        is_rest = row.name == background and share >= REST_LEAST
        if row.ignore or not share or is_rest or not is_void(row.name):
            continue
        way = f"`--set data.ignore={stored}`" if stored < COLOUR_BIT else f"a {CLASSES_CSV} with 1 under ignore"
        kind = "the background" if row.name == background else "a class like the others"
        said.append(f"{row.name} ({share:.1%} of the pixels) is {kind}: to have it count for nothing, {way}")
    return "; ".join(said)


def zero_said(path: Path, rows: Sequence[ClassRow], counts: Mapping[int, int]) -> str:
    """Return the sentence that a list names nearly every pixel and not the 0 of the others; or ""."""
    share = counts.get(0, 0) / max(1, sum(counts.values()))
    coloured = any(value >= COLOUR_BIT for value in counts)
    if coloured or not 0 < share < UNLISTED_MOST or any(row.value == 0 for row in rows) or len(rows) < 2:
        return ""
    return (
        f"{path.name} does not name 0 ({share:.1%} of the pixels), which is the background: "
        "if these were not labelled, have it count for nothing, `--set data.ignore=0`"
    )


def is_void(name: str) -> bool:
    """Tell whether a name of a class says that its pixels were not labelled, as void--unlabeled does."""
    return bool(set(re.split(r"[\W_]+", name.lower())) & set(VOID_NAMES))
