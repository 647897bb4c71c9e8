"""All keys of `--set` with type, range, default and meaning, read from the dataclasses that check them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Len, Lt, MultipleOf

from maskwright.planning.overrides import SHORT
from maskwright.planning.settings import OWN_SECTIONS, SECTIONS
from maskwright.wording import capitalised

NOT_GIVEN: Mapping[str, str] = {
    "data.ignore": "255, and what the data name",
    "data.photos": "all",
    "split.test": "0.2 from 60 photos on, else 0",
}
"""What holds without a key that no plan decides and that has no default; "none" without an entry."""

KINDS = {int: "whole number", float: "number", bool: "true or false", str: "text", Path: "path"}


@dataclass(frozen=True)
class SettingRow:
    """One key: `kind` names type and range, as in "whole number from 2 to 512"; `default` is "" if the plan decides."""

    key: str
    kind: str
    default: str
    meaning: str


def setting_list() -> list[SettingRow]:
    """Return a row for every key of `--set`, section by section; short forms stand in the meaning."""
    return [row for section, kind in SECTIONS.items() for row in _rows(section, kind)]


def _rows(section: str, kind: type) -> Iterator[SettingRow]:
    hints, meanings = get_type_hints(kind, include_extras=True), meanings_of(kind)
    short_of = {key: short for short, key in SHORT.items()}
    for field in fields(kind):
        key = f"{section}.{field.name}" if section else field.name
        also = f" Short: --set {short_of[key]}=..." if key in short_of else ""
        own = NOT_GIVEN.get(key, "none") if section in OWN_SECTIONS else ""
        default = own if field.default in (MISSING, None, "") else _default(field.default)
        yield SettingRow(key, in_words(hints[field.name]), default, meanings[field.name] + also)


def meanings_of(kind: type) -> dict[str, str]:
    """Return what the docstring of a dataclass says of each field, in paragraphs that begin with `name`:."""
    meanings: dict[str, str] = {}
    name = ""
    for line in (kind.__doc__ or "").splitlines():
        begins = re.match(r"\s*`(\w+)`: (.*)", line)
        if begins:
            name, text = begins.groups()
            meanings[name] = text
        elif name and line.strip():
            meanings[name] += f" {line.strip()}"
        else:
            name = ""
    return {field: capitalised(text) for field, text in meanings.items()}


def in_words(hint: Any) -> str:  # noqa: ANN401 - whatever a field is annotated with
    """Return a type and its limits in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return f"{in_words(arguments[0])}{_limits(arguments[1:])}"
    if origin is Literal:
        return " or ".join(str(argument) for argument in arguments)
    if origin in (Union, UnionType):
        return " or ".join(in_words(argument) for argument in arguments if argument is not NoneType)
    if origin is tuple:
        return f"list, each a {in_words(arguments[0])}"
    return KINDS[hint]


def _limits(marks: tuple[object, ...]) -> str:
    words = []
    for mark in marks:
        match mark:
            case Ge(ge=value):
                words.append(f"from {value:g}")
            case Gt(gt=value):
                words.append(f"above {value:g}")
            case Le(le=value):
                words.append(f"to {value:g}")
            case Lt(lt=value):
                words.append(f"below {value:g}")
            case MultipleOf(multiple_of=value):
                words.append(f"in multiples of {value:g}")
            case Len(min_length=least, max_length=most):
                words.append(f"with {least} to {most} values")
            case _:
                raise AssertionError(f"no words for {mark}")
    return f" {' '.join(words)}" if words else ""


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
