"""`--set KEY=VALUE`, parsed once: dotted keys with checked values; short forms stand for one or several keys."""

import tomllib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_type_hints

from maskwright.errors import ConfigError
from maskwright.planning.plan import Request
from maskwright.schema import checked_value, unknown_key

SHORT = {
    "net": "net.name",
    "loss": "loss.mix",
    "optim": "optim.name",
    "metric": "diagnose.score",
    "rescue": "optim.rescue",
}
"""Short forms: one word for the most important key of a section."""

NO_AUGMENTATION: Mapping[str, object] = {
    "scale.zoom_low": 1.0,
    "scale.zoom_high": 1.0,
    "augment.flip_x": False,
    "augment.flip_y": False,
    "augment.rotate_deg": 0.0,
    "augment.perspective": 0.0,
    "augment.elastic": 0.0,
    "augment.elastic_px": 0.0,
    "augment.colour": 0.0,
    "augment.blur": 0.0,
    "augment.noise": 0.0,
    "augment.clahe": 0.0,
    "augment.sharpen": 0.0,
    "augment.motion_blur": 0.0,
    "augment.hue": 0.0,
}
"""What `--set augment=none` means: crops at the working scale, unchanged; only their position is random."""

RENAMED_VALUES: Mapping[str, Mapping[str, str]] = {"split.folds": {"dealt": "interleaved"}}
"""Old words, accepted with a warning, and the new ones."""

BY_HAND = "set by hand"
"""The reason in a plan of a value that a user chose by `--set`."""

YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Override:
    """One `--set`: the text as typed, and the values of the dotted keys that it sets."""

    text: str
    values: Mapping[str, object]


def parse_override(text: str, sections: Mapping[str, type]) -> Override:
    """Return one `--set`, its values checked against the dataclass of their section.

    The top-level keys are those of `sections[""]`. Raises ConfigError with the key and what is allowed.
    """
    key, equals, raw = (part.strip() for part in text.partition("="))
    if not equals or not key:
        raise ConfigError(_how_to_write(text))
    if key == "augment":
        if raw != "none":
            raise ConfigError(f"--set {text}: write augment=none, or a single step as in --set augment.colour=0.5")
        return Override(text, NO_AUGMENTATION)
    key = SHORT.get(key, key)
    section, dot, name = key.rpartition(".")
    if not dot and ("" not in sections or key not in _names(sections[""])):
        raise ConfigError(_meant(key, raw, sections) or _how_to_write(text))
    if section not in sections:
        known = [section for section in sections if section]
        raise ConfigError(unknown_key(f"--set {key}", section, known).replace("unknown key", "unknown section"))
    if name not in _names(sections[section]):
        raise ConfigError(unknown_key(f"--set {key}", name, _names(sections[section])))
    return Override(text, {key: _value(sections[section], name, _renamed(key, raw), where=f"--set {key}")})


def parse_overrides(texts: Sequence[str], sections: Mapping[str, type]) -> tuple[Override, ...]:
    """Return all `--set` in order, each parsed by `parse_override`."""
    return tuple(parse_override(text, sections) for text in texts)


def values_of(overrides: Sequence[Override]) -> dict[str, object]:
    """Return the values by dotted key; a later override replaces an earlier one."""
    return {key: value for override in overrides for key, value in override.values.items()}


def texts_of(overrides: Sequence[Override]) -> tuple[str, ...]:
    """Return the overrides as they were typed."""
    return tuple(override.text for override in overrides)


def request_of(overrides: Sequence[Override], *, minutes: float | None) -> Request:
    """Return the request that the rules start from: time, network, starting weights, optimizer, loss.

    `minutes` counts unless `optim.minutes` is set; None: the usual minutes.
    """
    values = values_of(overrides)
    fields_by_key = {
        "optim.minutes": "minutes",
        "net.name": "net",
        "net.encoder": "encoder",
        "net.weights": "weights",
        "optim.name": "optimiser",
        "loss.mix": "loss",
    }
    given: dict[str, Any] = {field: values[key] for key, field in fields_by_key.items() if key in values}
    return replace(Request() if minutes is None else Request(minutes), **given)


def _renamed(key: str, raw: str) -> str:
    new = RENAMED_VALUES.get(key, {}).get(raw.strip("\"'"))
    if new is None:
        return raw
    warnings.warn(f"--set {key}={raw} is called {key}={new} now; the old word goes in 0.3", FutureWarning, stacklevel=2)
    return new


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _meant(name: str, raw: str, sections: Mapping[str, type]) -> str:
    """Return the line about a name without its section, "" where no key of any section is near."""
    by_name = {known: section for section, kind in sections.items() if section for known in _names(kind)}
    near = get_close_matches(name, by_name, n=1, cutoff=0.75)
    return f"--set {name}={raw}: did you mean --set {by_name[near[0]]}.{near[0]}={raw}?" if near else ""


def _how_to_write(text: str) -> str:
    return (
        f"--set {text}: write --set section.key=value, as in --set optim.lr_decoder=1e-3, "
        f"or one of {', '.join(f'{short}=...' for short in SHORT)}, augment=none, plan=plan.toml; "
        "`maskwright settings` lists all keys"
    )


def _value(kind: type, name: str, raw: str, *, where: str) -> object:
    hint = get_type_hints(kind)[name]
    kinds = set(get_args(hint)) | {hint}
    value = _read(raw, where)
    if kinds & {str, Path} and not isinstance(value, str):  # "0.490" says how exact it is, the number 0.49 does not
        value = raw
    if Path in kinds and not str(value).strip():
        raise ConfigError(f"{where}: an empty value is no path: a variable in the command may be empty")
    if bool in kinds and isinstance(value, str):
        value = YES_NO.get(value.lower(), value)
    return checked_value(kind, name, value, where=where)


def _read(raw: str, where: str) -> Any:  # noqa: ANN401 - whatever TOML can say
    """Return the value as TOML reads it; a bare word is text."""
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: the value cannot be read ({str(error)[:80]})") from error
