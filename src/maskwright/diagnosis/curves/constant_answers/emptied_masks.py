"""Scores that fall to 0 in the first rows and stay there, while the loss falls to a level: masks became empty."""

import numpy as np

from maskwright.diagnosis.history.curve import NOTHING_FOUND, Curve, moment, of_classes, overlaps, side_word
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, known, second_half, start
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 8
"""Rows that the loss and a score must have."""
SOMETHING = 0.02
"""Best level of a score that was there at first."""
LEVELLED = 0.1
"""Share of its level that the loss may lose in the second half: one that falls further still learns something."""


def emptied_findings(history: History) -> list[Finding]:
    """Return that every overlap score was there at first and is 0 in the second half, while the loss does not rise.

    Of scores of classes all but one: the mean over classes still counts the background.
    """
    loss = known(history.train_loss)
    if len(loss) < FEWEST_ROWS or loss.min() < 0 or end(loss) > start(loss):
        return []
    late = second_half(loss)
    if start(late) - end(late) > LEVELLED * start(late):
        return []
    by_class = [c for c in of_classes(history) if len(known(c.values)) >= FEWEST_ROWS]
    empty = [c for c in by_class if _highest_late(c) <= NOTHING_FOUND]
    if not empty or len(empty) != len(by_class) - 1:
        empty = [c for c in overlaps(history) if len(known(c.values)) >= FEWEST_ROWS]
    if not empty or any(_highest_late(c) > NOTHING_FOUND for c in empty):
        return []
    curve = max(empty, key=lambda c: float(known(c.values).max()))
    return [_finding(history, curve, (start(loss), end(loss)))] if known(curve.values).max() >= SOMETHING else []


def _highest_late(curve: Curve) -> float:
    return float(second_half(known(curve.values)).max())


def _finding(history: History, curve: Curve, losses: tuple[float, float]) -> Finding:
    rows = np.flatnonzero(np.isfinite(curve.values) & (curve.values > NOTHING_FOUND))
    text = (
        f"{curve.name} ({side_word(curve.side)}) was {known(curve.values).max():.3f} and is at most "
        f"{_highest_late(curve):.3f} after {moment(history, int(rows[-1]))}, while the loss goes from {losses[0]:.3g} "
        f"to {losses[1]:.3g} and stays there: masks became empty, and the loss is content with that"
    )
    return make_finding("training-collapse", text, variant="history")
