"""Classes in json: names with numbers or colours, lists of objects or of names, and json lines of labelling jobs."""

import json
from collections.abc import Iterator, Mapping

from maskwright.classes import Colour
from maskwright.datasets.class_tables.colour_texts import parse_colour

LINES_MOST = 400
JSON_LISTS = ("classes", "categories", "labels", "names", "class_names")
OBJECT_KEYS = (
    (
        *("name", "title", "readable", "label", "class", "label_name", "class-name"),
        *("class_name", "category_name", "object_name", "defect_name", "display_name"),
    ),
    ("id", "value", "index", "class_id", "pixel_value"),
    ("color", "colour", "rgb", "hex", "pixel_value", "hex-color"),
)
"""What the name, the number and the colour of a class are called in json."""
OF_MAPS = ("Name", "Value", "Color")
"""How ArcGIS writes the keys of a class, in the .emd file beside its tiles."""
DEEPEST = 4
"""How many lists and objects of a json file may lie around the list of its classes."""

Row = tuple[str, int | None, Colour | None]
"""A name with its number and its colour, None where the table has none."""


def classes_in_json(text: str) -> list[Row]:
    """Return the classes of a json file: names with numbers or colours, or a list of objects or names."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(content, dict):
        content = {key.lower() if key == "Classes" else key: value for key, value in content.items()}
        inner = [content[key] for key in JSON_LISTS if key in content]
        content = inner[0] if inner else content
    rows = _from_mapping(content) if isinstance(content, dict) else _from_objects(content)
    return rows or next((rows for rows in _inner_tables(content, DEEPEST) if rows[0][2] is not None), [])


def classes_in_json_lines(text: str) -> list[Row]:
    """Return the classes of json lines, each of which names those of one photo."""
    rows = [row for line in text.splitlines()[:LINES_MOST] for row in classes_in_json(line)]
    return list(dict.fromkeys(rows))


def _from_objects(content: object) -> list[Row]:
    rows = [_from_object(item) for item in content] if isinstance(content, list) else []
    return [row for row in rows if row is not None] if all(rows) else []


def _inner_tables(content: object, depth: int) -> Iterator[list[Row]]:
    """Yield the lists of classes inside of other lists and objects."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in inner if depth else ():
        listed = list(value.values()) if isinstance(value, dict) else value
        if rows := _from_objects(listed):
            yield rows
        yield from _inner_tables(value, depth - 1)


def _from_mapping(content: Mapping[str, object]) -> list[Row]:
    found: list[Row] = []
    for key, value in content.items():
        if isinstance(value, str) and key.isdecimal():
            found.append((value, int(key[:6]), None))
        elif isinstance(value, str) and parse_colour(value) is None and (colour := parse_colour(key)) is not None:
            found.append((value, None, colour))
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append((key, value, None))
        elif (colour := parse_colour(value)) is not None:
            found.append((key, None, colour))
        else:
            return []
    return found


def _from_object(item: object) -> Row | None:
    if isinstance(item, str):
        return item, None, None
    if not isinstance(item, dict):
        return None
    item = {key.lower() if key in OF_MAPS else key: value for key, value in item.items()}
    name, number, colour = (next((item[key] for key in keys if key in item), None) for keys in OBJECT_KEYS)
    whole = number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 16 else None
    return (name, whole, parse_colour(colour)) if isinstance(name, str) and name else None
