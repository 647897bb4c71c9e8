"""Logged cells as numbers: nothing is NaN, what was logged as NaN is inf."""

import math

from maskwright.errors import DataError

EMPTY = ("", "none", "null", "na", "n/a", "-", "--", "no log")
"""Cells without a value; "No log" is what Hugging Face prints before the first loss."""


def number(value: object, source: str, name: str) -> float:
    """Return a cell as a number: nothing is NaN, what was logged as NaN is inf, "0,5" a half, "95 %" 95.

    DataError where it is no number.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or (isinstance(value, str) and value.strip().lower() in EMPTY):
        return math.nan
    try:
        read = float(_plain(value) if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise DataError(
            f"{source}: {str(value)[:40]!r} in the column {name!r} is not a number: correct or remove that column"
        ) from None
    return read if math.isfinite(read) else math.inf


def is_number(cell: object) -> bool:
    """Tell whether a cell holds a number, NaN among them."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return False
    try:
        float(_plain(cell) if isinstance(cell, str) else cell)
    except ValueError:
        return False
    return True


def _plain(cell: str) -> str:
    return cell.strip().replace(",", ".").removesuffix("%").strip()
