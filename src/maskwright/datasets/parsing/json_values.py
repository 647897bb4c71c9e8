"""Values of parsed json files as what they ought to be: damage becomes an empty value, not an error."""

import re
from collections.abc import Mapping

Record = Mapping[str, object]
"""A json object."""

LARGEST_WHOLE = 1 << 53


def record(value: object) -> Record:
    """Return a json object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Record]:
    """Return the json objects of a list, or those that are the values of an object."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in values if isinstance(one, dict)]


def items(value: object) -> list[object]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text or a number as text without blanks around it; "" for anything else."""
    if type(value) is int:  # ids, of which a file has hundreds of thousands
        return str(value)
    return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def whole(value: object) -> int | None:
    """Return a whole number, also one that is written as text; None for anything else."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() and abs(number) <= LARGEST_WHOLE else None


def size_hw(height: object, width: object) -> tuple[int, int] | None:
    """Return height and width in pixels; None where either is not a whole number above 0."""
    high, wide = whole(height), whole(width)
    return (high, wide) if high and wide and min(high, wide) > 0 else None


def colour_of(value: object) -> tuple[int, int, int] | None:
    """Return a colour written as "#ff8000" or as three numbers from 0 to 255; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        red, green, blue = bytes.fromhex(value[1:])
        return red, green, blue
    numbers = [number for one in items(value) if (number := whole(one)) is not None]
    if len(numbers) != 3 or min(numbers) < 0 or max(numbers) > 255:
        return None
    return numbers[0], numbers[1], numbers[2]
