"""A loss and an accuracy that cannot both be right: a small cross-entropy leaves few wrong pixels."""

import math

import numpy as np

from maskwright.diagnosis.history.curve import CLIMBED, Side, plain_accuracies, scores, side_word
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, has_risen, known, start, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 6
"""Rows in which both loss and accuracy are known."""
FALLEN = 0.5
"""Share of its first level that the loss must lose: a loss of another scale may be small without learning."""
SHORT = 0.3
"""How far below the least one that the loss allows an accuracy lies in every row of the second half."""
HIGHEST = 0.5
"""An accuracy of other labels is nowhere above this in the second half."""
FAR_SHORT = 0.2
"""How far below the least one an accuracy ends that is hardly any of it."""
OF_THE_LEAST = 0.25
"""Share of the least accuracy that it then has at most."""
RISEN = 0.05
"""An accuracy that rises so far follows the labels."""


def contradiction_findings(history: History) -> list[Finding]:
    """Return that a loss falls far below what its accuracy allows, though the accuracy does not rise.

    A wrong pixel has a probability of at most 1/2 for its class and costs ln 2 or more, so that a mean cross-entropy
    of L leaves an accuracy of 1 - L / ln 2 at least. Losses that are no cross-entropy make accuracy rise as they fall.
    A score that rises beside it shows that labels and predictions fit: the accuracy counts something else.
    """
    sides: tuple[tuple[Side, Values], ...] = (
        ("validation", history.validation_loss),
        ("train", history.train_loss),
    )
    for side, logged in sides:
        if any(len(v := known(c.values)) >= FEWEST_ROWS and has_risen(v, by=CLIMBED) for c in scores(history, side)):
            continue
        for curve in plain_accuracies(history, side):
            loss, accuracy = together(logged, curve.values)
            if len(loss) < FEWEST_ROWS or loss.min() < 0:
                continue
            least = 1 - loss / math.log(2)
            late = slice(len(loss) // 2, None)
            fell = end(loss) <= (1 - FALLEN) * start(loss)
            lacking = (least - accuracy)[late]
            short = float(lacking.min()) >= SHORT and float(accuracy[late].max()) <= HIGHEST
            hardly_any = end(least) - end(accuracy) >= FAR_SHORT and end(accuracy) <= OF_THE_LEAST * end(least)
            if fell and (short or hardly_any) and not has_risen(accuracy, by=RISEN):
                return [_finding(curve.name, side, (start(loss), end(loss)), accuracy)]
    return []


def _finding(name: str, side: Side, losses: tuple[float, float], accuracy: Values) -> Finding:
    text = (
        f"the {side_word(side)} loss falls from {losses[0]:.3g} to {losses[1]:.3g} while {name} stays at "
        f"{np.median(accuracy):.1%}; a cross-entropy of {losses[1]:.3g} means that at least "
        f"{1 - losses[1] / math.log(2):.0%} of the pixels are right"
    )
    return make_finding("metric-flat", text, variant="labels")
