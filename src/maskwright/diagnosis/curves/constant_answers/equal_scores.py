"""A loss that comes to rest at what equal scores cost: ln 2 of two classes, ln n of n."""

import math

import numpy as np

from maskwright.diagnosis.history.curve import CLIMBED, accuracies, overlaps
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, has_risen, known, second_half, start
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 8
"""Rows that the loss must have."""
OF_TWO = 0.002
"""Distance to ln 2 within which every row of the second half lies; networks that learn nothing else vary by more."""
OF_MORE = 0.001
"""The same for ln n of more classes, which lie closer together as n grows."""
MOST_CLASSES = 20
"""Classes up to which ln n is told from ln (n + 1)."""
MANY_TIMES = 10
"""A first loss so many times as high as equal scores cost was driven there by its steps."""


def equal_scores_findings(history: History) -> list[Finding]:
    """Return that the training loss came to ln n in its first half, and never left it again."""
    values = known(history.train_loss)
    late = second_half(values)
    if len(values) < FEWEST_ROWS or np.isinf(history.train_loss).any() or not 0 < float(np.median(late)) < 4:
        return []
    count = round(math.exp(float(np.median(late))))
    cost, within = math.log(max(count, 2)), OF_TWO if count == 2 else OF_MORE
    if count > MOST_CLASSES or np.abs(late - cost).max() > within or values[0] > MANY_TIMES * cost:
        return []
    curves = [*overlaps(history), *accuracies(history)]
    if any(has_risen(known(c.values), by=CLIMBED) or np.ptp(second_half(known(c.values))) > CLIMBED for c in curves):
        return []
    elsewhere = np.flatnonzero(np.abs(values - cost) > within)
    first_row = int(elsewhere[-1]) + 2 if len(elsewhere) else 1
    text = (
        f"the training loss goes from {start(values):.4g} to {end(values):.4g} = ln {count}, and stands there "
        f"from row {first_row} of {len(values)} on{_beside(history)}"
    )
    return [make_finding("loss-flat", text, variant="equal")]


def _beside(history: History) -> str:
    """Return where validation ends, in words; "" where none was logged."""
    loss = known(history.validation_loss)
    words = f"; the validation loss ends at {end(loss):.4g}" if len(loss) > 1 else ""
    curve = next((c for c in overlaps(history, "validation") if len(known(c.values)) > 1), None)
    return words + (f", {curve.name} at {end(known(curve.values)):.3f}" if curve is not None else "")
