"""Which attribute of a map layer names the classes: found where it is clear, and asked for where it is not."""

import re
from collections.abc import Mapping, Sequence

from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key

CLASS_NAMES = ("class", "classes", "classname", "label", "labels", "labelname", "category", "classification")
"""Attributes that name classes, without the blanks and underscores in them."""
NUMBER_NAMES = ("id", "fid", "ogcfid", "objectid", "gid", "uuid", "osmid", "fullid", "pk")
"""Attributes that number the polygons."""
NUMBERED_LEAST = 3
"""From so many polygons on, an attribute with another value for each of them numbers them."""
CLASSES_MOST = 30
"""An attribute that is not called after classes has no more values than this where it is taken for one."""

Columns = Mapping[str, Sequence[str]]


def class_attribute(columns: Columns, wanted: str | None, *, where: str) -> str | None:
    """Return the attribute of polygons that names their classes; None where no attribute says anything.

    It is the one that is called so, else the only one that does not number or measure them. DataError where several
    could be, and where none has the name `wanted`.
    """
    filled = {key: sorted({text for text in texts if text}, key=natural_key) for key, texts in columns.items()}
    filled = {key: texts for key, texts in filled.items() if texts}
    listed = "; ".join(f"{key} ({some(texts)})" for key, texts in sorted(filled.items()))
    if wanted is not None:
        if wanted not in filled:
            raise DataError(
                f"{where}: no polygon has a value for the attribute {wanted!r}; there is {listed or 'none'}"
            )
        return wanted
    called = [key for key in filled if re.sub(r"[\s_-]", "", key).lower() in CLASS_NAMES]
    if len(called) == 1:
        return called[0]
    possible = called or [key for key, texts in filled.items() if not _numbers(key, texts, columns[key])]
    if not possible:
        return None
    if len(possible) == 1 and (called or len(filled[possible[0]]) <= CLASSES_MOST):
        return possible[0]
    raise DataError(
        f"{where}: the polygons have {len(filled)} attributes: {listed}; choose the one that names the classes with "
        f"--set data.attribute={possible[0]}, or take all polygons as one class with --set data.objects=one"
    )


def _numbers(key: str, texts: Sequence[str], column: Sequence[str]) -> bool:
    """Tell whether an attribute numbers the polygons, or measures them."""
    if re.sub(r"[\s_-]", "", key).lower() in NUMBER_NAMES:
        return True
    is_measure = all(re.fullmatch(r"-?\d+\.\d+(e[-+]?\d+)?", text) for text in texts)
    return is_measure or (len(column) >= NUMBERED_LEAST and len(texts) == len(column))
