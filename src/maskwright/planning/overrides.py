"""`--set key=value`: dotted keys, and the short forms that stand for several of them."""

import tomllib
from collections.abc import Sequence
from typing import Any

from maskwright.errors import ConfigError

Assignment = tuple[str, Any]

SHORT = {"net": "net.name", "loss": "loss.mix", "optim": "optim.name", "metric": "diagnose.score"}
"""Sections whose name alone means their most important key."""

NO_AUGMENTATION: tuple[Assignment, ...] = (
    ("scale.zoom_low", 1.0),
    ("scale.zoom_high", 1.0),
    ("augment.flip_x", False),
    ("augment.flip_y", False),
    ("augment.rotate_deg", 0.0),
    ("augment.perspective", 0.0),
    ("augment.elastic", 0.0),
    ("augment.elastic_px", 0.0),
    ("augment.colour", 0.0),
    ("augment.blur", 0.0),
    ("augment.noise", 0.0),
)
"""What `--set augment=none` means: crops at the working scale as they are, still laid anywhere on a photo."""


def split_assignments(assignments: Sequence[str]) -> list[Assignment]:
    """Return the dotted keys and values of `section.key=value` texts, short forms written out, in order.

    Raises ConfigError where a text is no assignment.
    """
    return [found for text in assignments for found in _split(text)]


def _split(text: str) -> list[Assignment]:
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if equals and key == "augment":
        if value != "none":
            raise ConfigError(f"--set {text}: write augment=none, or a step of it as in --set augment.colour=0.5")
        return list(NO_AUGMENTATION)
    if equals and key == "rescue":
        return [("optim.rescue", _value(value))]
    if equals and key in SHORT:
        return [(SHORT[key], value.strip("\"'"))]
    if not equals or "." not in key:
        raise ConfigError(
            f"--set {text}: write --set section.key=value, as in --set optim.lr_decoder=1e-3, "
            f"or one of {', '.join(f'{short}=...' for short in SHORT)}, augment=none, rescue=true, plan=plan.toml"
        )
    return [(key, _value(value))]


def _value(text: str) -> Any:  # noqa: ANN401 - whatever toml can say
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
