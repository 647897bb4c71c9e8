"""A score that was there and is 0 from some row on, while the training loss stays higher than it was."""

import re
from dataclasses import dataclass

import numpy as np

from maskwright.diagnosis.history.curve import moment, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, known

FEWEST_ROWS = 4
"""Rows before and after: twice as many in all, and one less after."""
LEAST_OF_A_SCORE = 0.2
"""Best level of a score that was there."""
GONE = 0.05
"""Share of its best below which a collapsed score stays."""
RISEN = 0.25
"""Share of the way from the lowest to the highest loss while the score was there, above which the loss then stays."""
NEGATED_TOP = 0.01
"""Above it lies no negated Dice."""
TOP = 1.05
"""Above it lies no 1 - Dice."""
EMPTY = 0.1
"""What empty masks cost an overlap loss less than 1, at most."""
OVERLAP_ALONE = re.compile(r"^[\w/ .-]*(dice|jaccard|tversky|iou)[\w/ .-]*$", re.IGNORECASE)
"""Names of an overlap loss."""
OTHERS = re.compile(r"bce|dicece|focal|cross|entropy|(?<![a-z])ce(?![a-z])", re.IGNORECASE)
"""Names of other losses, alone or in a sum."""


@dataclass(frozen=True)
class CollapsedScore:
    """A score by name and side, its best and last value, the row where it was gone, and the loss before and after."""

    name: str
    side: str
    best: float
    last: float
    row: int
    loss_before: float
    loss_after: float


def collapsed_score(history: History) -> CollapsedScore | None:
    """Return the score that was there, and is 0 from some row on, since when the training loss is higher; or None."""
    losses = history.train_loss
    for curve in overlaps(history):
        rows = np.flatnonzero(np.isfinite(curve.values) & np.isfinite(losses))
        values = curve.values[rows]
        if len(rows) < 2 * FEWEST_ROWS or values.max() < LEAST_OF_A_SCORE:
            continue
        gone = int(np.flatnonzero(values >= GONE * values.max())[-1]) + 1
        before, after = losses[rows[:gone]], losses[rows[gone:]]
        reached = float(before.min())
        if len(after) < FEWEST_ROWS - 1 or not after.min() > reached + RISEN * (before.max() - reached):
            continue
        of_loss = (reached, end(after))
        return CollapsedScore(curve.name, curve.side, values.max(), values[-1], int(rows[gone]), *of_loss)
    return None


def is_flat_at(collapse: CollapsedScore, history: History) -> bool:
    """Tell whether the training loss is an overlap loss alone, and stands at what empty masks cost: no gradient there.

    A sum with cross-entropy is above 0, or above 1, before anything is learned.
    """
    values = known(history.train_loss)
    if values.min() < -LEAST_OF_A_SCORE:
        return bool(values.max() <= NEGATED_TOP and collapse.loss_after >= -EMPTY)
    is_named = OVERLAP_ALONE.search(history.loss_name) and not OTHERS.search(history.loss_name)
    return bool(is_named and values.min() >= 0 and values.max() <= TOP and collapse.loss_after >= 1 - EMPTY)


def in_words(collapse: CollapsedScore, history: History) -> str:
    """Return what collapsed, and when, as evidence."""
    return (
        f"{collapse.name} ({collapse.side}) fell from {collapse.best:.3f} to {collapse.last:.3f} at "
        f"{moment(history, collapse.row)} and stays there; the training loss rose from {collapse.loss_before:.3g} to "
        f"{collapse.loss_after:.3g}"
    )
