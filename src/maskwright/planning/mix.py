"""Mixes of losses as text, "0.5*focal + jaccard", read without torch so that a wrong name is refused at once."""

import math
from dataclasses import dataclass
from difflib import get_close_matches

from maskwright.errors import ConfigError

LOSSES: dict[str, str] = {
    "ce": "cross-entropy (binary for two classes), each pixel weighted by loss.class_weights of its class",
    "border": "cross-entropy that weighs narrow gaps between objects most, as the U-Net of 2015 learnt",
    "dice": "soft Dice over the whole batch",
}
"""Every loss by name; nets/losses holds the functions."""


@dataclass(frozen=True)
class Term:
    """One loss of a mix and the number it is multiplied by."""

    factor: float
    loss: str


def parse_mix(mix: str) -> tuple[Term, ...]:
    """Return the terms of a mix such as "ce + 2*dice"; ConfigError names what was found and what is known."""
    return tuple(_term(text.strip(), mix) for text in mix.split("+"))


def _term(text: str, mix: str) -> Term:
    factor, times, loss = text.rpartition("*")
    loss = loss.strip()
    if loss not in LOSSES:
        near = get_close_matches(loss.lower(), LOSSES, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(f"loss.mix: {mix!r} has no loss at {text!r}: {meant}known are {', '.join(LOSSES)}")
    try:
        value = float(factor) if times else 1.0
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ConfigError(f"loss.mix: {mix!r} has no number above 0 at {text!r}: write it as 0.5*{loss}")
    return Term(value, loss)
