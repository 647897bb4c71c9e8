"""Values from files and the command line, checked strictly against dataclasses; a mistake becomes one line."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from maskwright.errors import ConfigError

T = TypeVar("T")
MOST_SHOWN = 60


def checked(kind: type[T], tree: Mapping[str, Any], *, where: str, hidden: Sequence[str] = ()) -> T:
    """Return `tree` as the dataclass `kind`.

    Raises ConfigError with `where` (a file or an option), the dotted key, the value, and what is allowed. The fields
    `hidden` are not allowed in `tree`.
    """
    refuse_unknown(kind, tree, where=f"{where}: ", hidden=hidden)
    result: T = _validated(TypeAdapter(kind), tree, where=where)
    return result


def checked_value(kind: type, key: str, value: object, *, where: str) -> object:
    """Return `value` as the type that the field `key` of the dataclass `kind` has; ConfigError if it does not fit."""
    hint = get_type_hints(kind, include_extras=True)[key]
    return _validated(TypeAdapter(hint), value, where=where)


def refuse_unknown(kind: type, tree: Mapping[str, Any], *, where: str, hidden: Sequence[str] = ()) -> None:
    """Raise ConfigError if `tree`, or a tree within it, has a key that is not a field of its dataclass.

    `where` is what comes before the key in the message, as in "plan.toml: scale.".
    """
    known = [field.name for field in fields(kind) if field.name not in hidden]
    for key, value in tree.items():
        if key not in known:
            raise ConfigError(unknown_key(f"{where}{key}", key, known))
        for inner_kind, inner, name in _inner(get_type_hints(kind)[key], key, value):
            refuse_unknown(inner_kind, inner, where=f"{where}{name}.")


def unknown_key(where: str, key: str, known: Sequence[str]) -> str:
    """Return the line about a key that does not exist, with the nearest one that does."""
    near = get_close_matches(key, known, n=1)
    before = where.split()[-1].removesuffix(key) if where.endswith(f".{key}") else ""
    meant = f"did you mean {before}{near[0]}? " if near else ""
    return f"{where}: unknown key; {meant}known are {', '.join(known)}"


def _inner(hint: object, key: str, value: object) -> Iterator[tuple[type, Mapping[str, Any], str]]:
    """Yield the dataclass, the values and the name of each tree within a field."""
    if isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        yield hint, value, key
    element = next((arg for arg in get_args(hint) if isinstance(arg, type) and is_dataclass(arg)), None)
    if element is not None and isinstance(value, list):
        yield from ((element, item, f"{key}.{index + 1}") for index, item in enumerate(value) if isinstance(item, dict))


def _validated(adapter: TypeAdapter[Any], value: object, *, where: str) -> Any:  # noqa: ANN401 - as the adapter says
    _require_plain(value, where)
    try:
        return adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise ConfigError(f"{where}: {line_of(error)}") from error


def line_of(error: ValidationError) -> str:
    """Return the first mistake that pydantic found as `key: what is allowed, not what was found`.

    A wrong value comes before a missing one.
    """
    first = min(error.errors(include_url=False), key=lambda mistake: mistake["type"] == "missing")
    key = "".join(f"{part + 1 if isinstance(part, int) else part}." for part in first["loc"]).rstrip(".")
    value_text = "" if first["type"] == "missing" else f", not {_shown(first['input'])}"
    return f"{key}: {first['msg']}{value_text}" if key else f"{first['msg']}{value_text}"


def _require_plain(value: object, where: str, at: str = "") -> None:
    """Raise ConfigError for what TOML can say and a setting cannot be: dates, times, NaN and infinity."""
    match value:
        case dict():
            for key, inner in value.items():
                _require_plain(inner, where, f"{at}.{key}" if at else key)
        case list():
            for inner in value:
                _require_plain(inner, where, at)
        case None | bool() | str() | int():
            return
        case float() if math.isfinite(value):
            return
        case _:
            place = f"{where}: {at}" if at else where
            raise ConfigError(f"{place}: must be a finite number or text, not {_shown(value)}")


def _shown(value: object) -> str:
    text = f"{value}" if not isinstance(value, str) else repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
