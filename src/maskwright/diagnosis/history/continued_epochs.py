"""Epoch numbers that restart in one log, as of a second stage: they are continued from where the first ended."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from maskwright.diagnosis.history.column_names import LOSS, VALIDATION
from maskwright.diagnosis.history.trend import Values, known

FEWEST_EPOCHS = 3
"""Epochs that each part must have."""
LATER = 10.0
"""So many times the usual time between rows lies between two trainings that were started by hand."""
CLOCK = re.compile(r"^(wall[ _]?time|timestamp|created_at)$", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """The rows of one training in a log whose epochs begin again: the moments and all columns by name, as logged.

    `later` is how long after the row before it the part begins, in seconds; 0 where no time was logged or that is
    no longer than usual.
    """

    at: Values
    columns: Mapping[str, Values]
    later: float = 0.0


def in_parts(at: Values, arrays: dict[str, Values]) -> tuple[tuple[Part, ...], Values, dict[str, Values], str]:
    """Return the parts of a log, moments and columns of the one that counts, or of all counted through, with words."""
    parts = parts_of(at, arrays)
    single = one_training(parts)
    if single is not None:
        return parts, single.at, dict(single.columns), ""
    counted, words = continue_epochs(parts, [name for name in arrays if LOSS.search(name)])
    return parts, (counted if words else at), arrays, words


def parts_of(at: Values, columns: Mapping[str, Values]) -> tuple[Part, ...]:
    """Return the parts of a log that begin where the count goes back to its first value, none for one part alone.

    Rows without a moment belong to the row before them, the first ones to that after them.
    """
    at = _filled(at)
    if len(at) < 2 * FEWEST_EPOCHS or np.isnan(at).any() or (at != at.round()).any():
        return ()
    begins = [0, *(np.flatnonzero((np.diff(at) < 0) & (at[1:] <= at[0])) + 1).tolist(), len(at)]
    slices = [slice(a, b) for a, b in pairwise(begins)]
    if len(slices) < 2 or any(len(np.unique(at[rows])) < FEWEST_EPOCHS for rows in slices):
        return ()
    clock = next((v for name, v in columns.items() if CLOCK.search(name)), np.zeros(0))
    every = [Part(at[s], {n: v[s] for n, v in columns.items()}, _later(clock, s.start)) for s in slices]
    return tuple(every)


def continue_epochs(parts: Sequence[Part], losses: Sequence[str]) -> tuple[Values, str]:
    """Return the epochs of a log of several stages counted through, and what was done in words ("" where nothing).

    A part goes on with the training before it if its first training loss is nearer to the last one there than to the
    first one: folds of a cross-validation start over, and are left as they are.
    """
    at = np.concatenate([part.at for part in parts]) if parts else np.zeros(0)
    training = next((name for name in losses if not VALIDATION.search(name)), "")
    if (
        not parts
        or not training
        or not all(_goes_on(a.columns[training], b.columns[training]) for a, b in pairwise(parts))
    ):
        return at, ""
    counted, first = [parts[0].at], parts[0].at[0]
    for part in parts[1:]:
        counted.append(part.at + counted[-1].max() + 1 - first)
    starts = ", ".join(f"{values[0]:g}" for values in counted[1:])
    return np.concatenate(
        counted
    ), f"its epochs begin again and were counted on: {first:g} of the next part is {starts}"


def one_training(parts: Sequence[Part]) -> Part | None:
    """Return the longest of several trainings that were started apart; None where they were not, or go on."""
    if not any(part.later for part in parts[1:]):
        return None
    losses = [name for name in parts[0].columns if LOSS.search(name)]
    return None if continue_epochs(parts, losses)[1] else max(parts, key=lambda part: len(part.at))


def _filled(at: Values) -> Values:
    rows = np.flatnonzero(~np.isnan(at))
    if not len(rows):
        return at
    before = np.maximum.accumulate(np.where(np.isnan(at), rows[0], np.arange(len(at))))
    return at[before]


def _later(clock: Values, row: int) -> float:
    steps = np.diff(clock)
    usual = steps[np.isfinite(steps) & (steps > 0)]
    if not row or not len(usual) or not steps[row - 1] > LATER * np.median(usual):
        return 0.0
    return float(steps[row - 1])


def _goes_on(before: Values, after: Values) -> bool:
    """Tell whether a loss begins near where the loss before it ended."""
    ours, theirs = known(before), known(after)
    if len(ours) < FEWEST_EPOCHS or not len(theirs):
        return False
    return bool(abs(theirs[0] - ours[-1]) < abs(theirs[0] - ours[0]))
