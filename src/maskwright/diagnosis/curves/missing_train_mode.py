"""Training that goes on in evaluation mode after each validation in the middle of an epoch."""

import numpy as np

from maskwright.diagnosis.history.history import Batches, History
from maskwright.diagnosis.history.trend import Values
from maskwright.findings.finding import Finding, make_finding

FEWEST_EPOCHS = 5
"""Epochs that validate in their middle."""
FEWEST_ROWS = 3
"""Rows on each side of what is compared."""
STEP = 1.2
"""How many times as high the loss is at the beginning of an epoch, and before its first validation (medians)."""
AGREE = 0.8
"""Share of these epochs in which it is higher."""
MOST_ROWS = 25
"""Rows on each side that are compared, at most."""


def evaluation_mode_findings(history: History | None) -> list[Finding]:
    """Return that the training loss rises with each epoch and falls at the first validation in it."""
    if history is None or history.batches is None:
        return []
    ups, downs = _steps(history.batches)
    if len(downs) < FEWEST_EPOCHS or len(ups) < FEWEST_EPOCHS - 1:
        return []
    if min(np.median(ups), np.median(downs)) < STEP or min((ups > 1).mean(), (downs > 1).mean()) < AGREE:
        return []
    text = (
        f"the training loss is {np.median(ups):.2f} times as high at the beginning of an epoch as at the end of the "
        f"one before, and falls to {1 / np.median(downs):.2f} of that at the first validation in it, in "
        f"{int((downs > 1).sum())} of {len(downs)} epochs"
    )
    return [make_finding("training-restarted", text, variant="evaluation-mode")]


def _steps(batches: Batches) -> tuple[Values, Values]:
    """Return how far the loss rises where epochs begin, and falls at the first validation in them, as factors."""
    ups, downs, late = [], [], float("nan")
    for epoch in np.unique(batches.epoch):
        rows = np.flatnonzero(batches.epoch == epoch)
        loss, validates = batches.train_loss[rows], batches.validates[rows]
        trains = np.isfinite(loss)
        first = int(np.argmax(validates)) if len(rows) else 0
        if not validates.any() or min(trains[:first].sum(), trains[first:].sum()) < FEWEST_ROWS:
            late = float("nan")
            continue
        early = float(np.mean(loss[:first][trains[:first]][-MOST_ROWS:]))
        then = float(np.mean(loss[first:][trains[first:]][:MOST_ROWS]))
        if min(early, then) > 0:
            downs.append(early / then)
            ups += [early / late] if late > 0 else []
        late = float(np.mean(loss[trains][-MOST_ROWS:]))
    return np.array(ups), np.array(downs)
