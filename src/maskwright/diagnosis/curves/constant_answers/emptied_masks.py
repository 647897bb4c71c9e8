"""Scores that fall to 0 in the first rows and stay there, while the loss falls to a level: masks became empty."""

import numpy as np

from maskwright.diagnosis.history.curve import moment, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, known, start
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 8
SOMETHING, NOTHING = 0.02, 0.01
"""A score that reached the first, and is nowhere above the second in the second half."""
LEVELLED = 0.1
"""Share of its level that the loss may lose in the second half: one that falls further still learns something."""


def emptied_findings(history: History) -> list[Finding]:
    """Return that every overlap score was there at first and is 0 in the second half, while the loss does not rise."""
    curves = [c for c in overlaps(history) if len(known(c.values)) >= FEWEST_ROWS]
    loss = known(history.train_loss)
    if not curves or len(loss) < FEWEST_ROWS or loss.min() < 0 or end(loss) > start(loss):
        return []
    late = loss[len(loss) // 2 :]
    if start(late) - end(late) > LEVELLED * start(late):
        return []
    halves = [known(c.values)[len(known(c.values)) // 2 :] for c in curves]
    if any(half.max() > NOTHING for half in halves):
        return []
    curve = max(curves, key=lambda c: float(known(c.values).max()))
    if known(curve.values).max() < SOMETHING:
        return []
    rows = np.flatnonzero(np.isfinite(curve.values) & (curve.values > NOTHING))
    side, best = "training" if curve.side == "train" else "validation", known(curve.values).max()
    text = (
        f"{curve.name} ({side}) was {best:.3f} and is at most {halves[curves.index(curve)].max():.3f} after "
        f"{moment(history, int(rows[-1]))}, while the loss goes from {start(loss):.3g} to {end(loss):.3g} and stays "
        "there: masks became empty, and the loss is content with that"
    )
    return [make_finding("training-collapse", text, variant="history")]
