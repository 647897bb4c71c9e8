"""Histories as lists that a script prints when it ends: `train_losses = [0.7, 0.5, ...]`, a line or more for each."""

import math
import re

from maskwright.diagnosis.history.names import LOSS, spelled

FEWEST_VALUES = 4
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\b(?:nan|inf)\b"
NAMED_LIST = re.compile(
    r"(?P<name>[A-Za-z_][\w ./-]*?)[ '\"]*[:=]?\s*"
    rf"\[(?P<values>\s*(?:{NUMBER})(?:[,\s]+(?:{NUMBER}))*\s*,?\s*)\]"
)
WRAPPER = re.compile(r"\b(?:(?:np|numpy|torch)\.)?(?:float\d*|tensor|array)\(([^()]*)\)")


def printed_lists(text: str) -> dict[str, list[float]] | None:
    """Return the lists by name where a text holds named lists of one length, a loss among them; else None.

    What was printed as NaN is inf.

    >>> printed_lists("losses: [0.7, 0.5, 0.4, 0.3]")
    {'losses': [0.7, 0.5, 0.4, 0.3]}
    """
    matches = list(NAMED_LIST.finditer(WRAPPER.sub(r"\1", text)))
    names = [spelled(match["name"]) for match in matches]
    lists = [[_value(value) for value in re.split(r"[,\s]+", match["values"].strip(" \t\n,"))] for match in matches]
    lengths = {len(values) for values in lists}
    if any(re.search(r"\b\d", name) for name in names):
        return None  # a line of a log, with other numbers before the list
    if len(set(names)) < len(names) or len(lengths) != 1 or min(lengths) < FEWEST_VALUES:
        return None
    return dict(zip(names, lists, strict=True)) if any(LOSS.search(name) for name in names) else None


def _value(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else math.inf
