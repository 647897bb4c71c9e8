"""Epoch numbers that restart in one log, as of a second stage: they are continued from where the first ended."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from maskwright.diagnosis.history.column_names import VALIDATION
from maskwright.diagnosis.history.trend import Values, known

FEWEST_EPOCHS = 3
"""Epochs that each part must have."""


def continue_epochs(at: Values, losses: Mapping[str, Values]) -> tuple[Values, str]:
    """Return the epochs of a log of several stages counted through, and what was done in words ("" where nothing).

    A part begins where the count goes back to its first value. It goes on with the training before it if its first
    training loss is nearer to the last one there than to the first one: folds of a cross-validation start over, and
    are left as they are.
    """
    if len(at) < 2 * FEWEST_EPOCHS or np.isnan(at).any() or (at != at.round()).any():
        return at, ""
    begins = [0, *(np.flatnonzero((np.diff(at) < 0) & (at[1:] <= at[0])) + 1).tolist(), len(at)]
    parts = [slice(a, b) for a, b in pairwise(begins)]
    training = [values for name, values in losses.items() if not VALIDATION.search(name)]
    if len(parts) < 2 or any(len(np.unique(at[part])) < FEWEST_EPOCHS for part in parts) or not training:
        return at, ""
    if not all(_goes_on(training[0][a], training[0][b]) for a, b in pairwise(parts)):
        return at, ""
    counted, first = at.copy(), at[0]
    for before, part in pairwise(parts):
        counted[part] += counted[before].max() + 1 - first
    starts = ", ".join(f"{counted[part][0]:g}" for part in parts[1:])
    return counted, f"its epochs begin again and were counted on: {first:g} of the next part is {starts}"


def _goes_on(before: Values, after: Values) -> bool:
    """Tell whether a loss begins near where the loss before it ended."""
    ours, theirs = known(before), known(after)
    if len(ours) < FEWEST_EPOCHS or not len(theirs):
        return False
    return bool(abs(theirs[0] - ours[-1]) < abs(theirs[0] - ours[0]))
