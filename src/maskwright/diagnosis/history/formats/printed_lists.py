"""Histories as lists that a script prints when it ends: `train_losses = [0.7, 0.5, ...]`, a line or more for each."""

import math
import re
from collections.abc import Iterator

from maskwright.diagnosis.history.column_names import LOSS, spelled

FEWEST_VALUES = 4
"""Values that each list must have."""
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)")
LIST = re.compile(r"\[([^\[\]]*)\]")
NAME = re.compile(r"[A-Za-z_][\w ./-]*$")
LONGEST_NAME = 60
"""Characters before a list in which its name is looked for."""
NO_EPOCHS = re.compile(r"weight|fold|best|final|class", re.IGNORECASE)
"""Names of lists with one value a term, a fold or a class, not one an epoch."""
WRAPPER = re.compile(r"\b(?:(?:np|numpy|torch)\.)?(?:float\d*|tensor|array)\(([^()]*)\)")


def printed_lists(text: str) -> dict[str, list[float]] | None:
    """Return the lists by name where a text holds named lists of one length, a loss among them; else None.

    What was printed as NaN is inf.

    >>> printed_lists("losses: [0.7, 0.5, 0.4, 0.3]")
    {'losses': [0.7, 0.5, 0.4, 0.3]}
    """
    named = list(_named_lists(WRAPPER.sub(r"\1", text))) if "[" in text else []
    lists = dict(named)
    lengths = {len(values) for values in lists.values()}
    if any(re.search(r"\b\d", name) for name in lists):
        return None  # a line of a log, with other numbers before the list
    if len(lists) < len(named) or len(lengths) != 1 or min(lengths) < FEWEST_VALUES:
        return None
    return lists if any(LOSS.search(name) for name in lists) else None


def _named_lists(text: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each list of numbers that may have one value an epoch, with the name before it."""
    for match in LIST.finditer(text):
        values = re.split(r"[,\s]+", match[1].strip(" \t\n,"))
        before = text[max(0, match.start() - LONGEST_NAME) : match.start()].rstrip()
        name = NAME.search(before.removesuffix(":").removesuffix("=").rstrip(" '\""))
        if name and not NO_EPOCHS.search(name[0]) and all(map(NUMBER.fullmatch, values)):
            yield spelled(name[0]), [_value(value) for value in values]


def _value(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else math.inf
