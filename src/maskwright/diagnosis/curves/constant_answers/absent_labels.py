"""An accuracy of 100 % beside a class that scores 0: no label that is read holds the class."""

import numpy as np

from maskwright.diagnosis.history.curve import (
    NOTHING_FOUND,
    Curve,
    Side,
    of_classes,
    overlaps,
    plain_accuracies,
    scores,
    side_word,
)
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, has_fallen, known, second_half, start
from maskwright.findings.finding import Finding, make_finding, some

ALL = 0.99995
"""An accuracy that is printed as 1.0000 leaves no pixel to another class."""
FEWEST_ROWS = 3
"""Rows that a curve must have."""
FEWEST_UNLABELLED = 5
"""Rows in which scores are exactly 0 where no label was read."""
OF_A_MEAN = 1e-3
"""How near every row of the second half lies to 1 / n, the mean of one class at 1 and n - 1 at 0."""
LEARNED_NOTHING = 1e-3
"""A training loss so small, with nothing found, shows that the training labels are of one class too."""


def absent_label_findings(history: History) -> list[Finding]:
    """Return that nothing is wrong in any pixel although a class scores 0, or a mean half, a third, ... of 1."""
    sides: tuple[Side, ...] = ("validation", "train")
    for side in sides:
        accuracy = next((c for c in plain_accuracies(history, side) if _is_perfect(c)), None)
        zero = [c for c in (*of_classes(history), *overlaps(history, side)) if c.side == side and _is_of_one_class(c)]
        if accuracy is not None and zero:
            return [_finding(history, accuracy, zero[0])]
    return unlabelled_findings(history)


def unlabelled_findings(history: History) -> list[Finding]:
    """Return that no validation label was read: scores are exactly 0 in all rows, and a loss of objects too.

    A network that finds nothing scores 0 as well, but its losses of boxes are those of the objects that it misses.
    """
    curves = [c for c in scores(history, "validation") if len(known(c.values)) >= FEWEST_UNLABELLED]
    if not history.zero_losses or not curves or any(known(c.values).any() for c in curves):
        return []
    loss = known(history.train_loss)
    if not len(loss) or not has_fallen(loss, by=0.1 * abs(start(loss))):
        return []
    text = (
        f"{some([c.name for c in curves])} and {some(history.zero_losses)} are exactly 0 in {len(history)} of "
        f"{len(history)} rows, while the training loss falls from {start(loss):.3g} to {end(loss):.3g}: "
        "validation has nothing to compare with"
    )
    return [make_finding("class-missing", text, variant="unlabelled")]


def _is_perfect(curve: Curve) -> bool:
    values = known(curve.values)
    return len(values) >= FEWEST_ROWS and bool(second_half(values).min() >= ALL)


def _is_of_one_class(curve: Curve) -> bool:
    """Tell whether a score is 0, or the mean of one 1 and several 0, in every row of the second half."""
    values = known(curve.values)
    if len(values) < FEWEST_ROWS:
        return False
    late = second_half(values)
    level = float(np.median(late))
    count = round(1 / max(level, NOTHING_FOUND))
    return bool(late.max() <= NOTHING_FOUND or (count > 1 and np.abs(late - 1 / count).max() <= OF_A_MEAN))


def _finding(history: History, accuracy: Curve, zero: Curve) -> Finding:
    right, score = end(known(accuracy.values)), end(known(zero.values))
    text = (
        f"{accuracy.name} is {right:.2%} in {side_word(accuracy.side)} and {zero.name} {score:.3f}: no pixel is wrong, "
        "so that none is of another class"
    )
    loss = known(history.train_loss)
    if len(loss) and 0 <= end(loss) <= LEARNED_NOTHING:
        text += f"; the training loss is {end(loss):.2g}: no training label holds one either"
    return make_finding("class-missing", text, variant="absent")
