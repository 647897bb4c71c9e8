"""A loss that stands at what a second softmax leaves: right pixels cost ln(e + n - 1) - 1, and wrong ones 1 more."""

import math

import numpy as np

from maskwright.diagnosis.curves.constant_answers.equal_scores import MOST_CLASSES
from maskwright.diagnosis.history.curve import Side, plain_accuracies, side_word
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, start, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 8
"""Rows in which both loss and accuracy are known."""
EXACT = 0.004
"""How near the loss lies to the floor plus the share of wrong pixels: the median of the last third, and half of what
each row may lie off."""
SCATTER = 0.004
"""Deviation of the rows of the last third around that, at most."""
SURE = 0.7
"""An accuracy from here on: below it, probabilities are not yet 0 and 1."""


def second_softmax_findings(history: History) -> list[Finding]:
    """Return that loss and accuracy fit probabilities that went through a softmax again, in all rows of the last third.

    Probabilities p as scores cost ln(sum of exp(p)) - p of the true class. Once p is 0 and 1 that is a floor that
    depends on the number of classes alone, and 1 more for each wrong pixel.
    """
    sides: tuple[tuple[Side, Values], ...] = (("validation", history.validation_loss), ("train", history.train_loss))
    for side, logged in sides:
        for curve in plain_accuracies(history, side):
            loss, accuracy = together(logged, curve.values)
            if len(loss) < FEWEST_ROWS or end(accuracy) < SURE:
                continue
            late = slice(2 * len(loss) // 3, None)
            for count in range(2, MOST_CLASSES + 1):
                floor = math.log(math.e + count - 1) - 1
                apart = (loss - floor - (1 - accuracy))[late]
                if (
                    abs(float(np.median(apart))) <= EXACT
                    and float(np.abs(apart).max()) <= 2 * EXACT
                    and np.std(apart) <= SCATTER
                ):
                    return [_finding(side, count, floor, (start(loss), end(loss)), end(accuracy))]
    return []


def _finding(side: Side, count: int, floor: float, losses: tuple[float, float], accuracy: float) -> Finding:
    text = (
        f"the {side_word(side)} loss goes from {losses[0]:.4g} to {losses[1]:.4g} at an accuracy of {accuracy:.2%}: "
        f"{floor:.4f} + {1 - accuracy:.4f}, which a second softmax over {count} classes costs"
    )
    return make_finding("loss-flat", text, variant="twice")
