"""Classes of one name and a number each, as Car 1 and Car 2 beside Road: colours of single objects, or classes."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from maskwright.classes import ClassRow
from maskwright.datasets.class_tables.classes_csv_command import csv_cell, writing_classes
from maskwright.datasets.class_tables.colour_texts import stored_colour_text
from maskwright.datasets.class_tables.handwritten_classes import SURFACE_NAMES
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_reader import colour_value

LETTERS_LEAST, NAMES_SHOWN = 3, 6
OF_KINDS = frozenset(
    [
        *("class", "label", "type", "grade", "category", "level", "stage", "kind", "group", "degree", "code"),
        *("layer", "zone", "region", "phase", "part", "segment", "section", "tooth", "rib", "vertebra", "week"),
    ]
)
"""Words whose numbers tell kinds or places apart, and no single objects."""
_NUMBERED = re.compile(r"(?P<name>.*[^\W\d_])[ _#-]*(?P<number>[0-9]{1,2})", re.DOTALL)


def ask_about_numbered_names(root: Path, rows: Sequence[ClassRow], values: Collection[int]) -> None:
    """Raise DataError where colours that masks hold, of `values`, are called one name with numbers, beside other names.

    The numbers may be those of single objects of one class; the question has the classes.csv that joins them.
    """
    families: dict[str, list[ClassRow]] = defaultdict(list)
    for row in rows:
        if row.colour is not None and not row.ignore:
            families[_without_number(row.name)].append(row)
    shown = {name: [row for row in own if _value(row) in values] for name, own in families.items()}
    shown = {name: own for name, own in shown.items() if own}
    asked = [own for own in shown.values() if len({row.name for row in own}) > 1]
    others = [name for name in shown if name.casefold() not in SURFACE_NAMES]
    if not asked or len(others) < 2:
        return
    seen = some([" and ".join(row.name for row in own) for own in asked], most=NAMES_SHOWN)
    lines = ["id,name,colour"]
    for number, (name, own) in enumerate(shown.items(), 1):
        called = csv_cell(name if len(families[name]) > 1 else own[0].name)
        lines += [f"{number},{called},{stored_colour_text(_value(row))}" for row in own]
    raise DataError(
        f"{root}: colours of the masks are called {seen}: the numbers may tell single objects of one class apart, or "
        "each name may be a class. Choose --set data.objects=ids (each is a class), or join those of one name: "
        f"{writing_classes(root, lines)}"
    )


def _value(row: ClassRow) -> int:
    return colour_value(row.colour or (0, 0, 0))


def _without_number(name: str) -> str:
    """Return a name without the number of an object behind it; one whose numbers tell kinds apart as it is."""
    found = _NUMBERED.fullmatch(name.strip())
    if found is None:
        return name
    words = re.findall(r"[^\W\d_]+", found["name"].casefold())
    long = sum(map(len, words)) >= LETTERS_LEAST
    return found["name"] if long and not set(words) & OF_KINDS else name
