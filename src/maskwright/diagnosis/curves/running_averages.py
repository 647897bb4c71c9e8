"""BatchNorm whose running averages do not fit: the same photos score worse in evaluation mode, or validation jumps."""

import numpy as np

from maskwright.diagnosis.history.column_names import LOSS
from maskwright.diagnosis.history.curve import accuracies, both_sides, scores
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import end, known, noise, second_half, together
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 4
"""Rows of each side of a score; half as many of the second halves that are compared."""
LOWER = 0.15
"""How much lower a score is in evaluation mode over the second half, or in validation at the end."""
HIGHER = 1.5
"""How many times as high a loss is in evaluation mode over the second half."""
TINY = 2
"""Photos in a batch, at most, whose statistics say little."""
ERRATIC = 0.25
"""Share of its level by which a validation loss that jumps varies from row to row."""
STEADY = 0.05
"""Share of its level by which a steady training loss varies from row to row, at most."""


def running_average_findings(history: History | None) -> list[Finding]:
    """Return that the training photos score worse in evaluation mode, or that validation jumps after tiny batches."""
    if history is None:
        return []
    if evidence := _worse_in_evaluation(history):
        return [make_finding("bn-tiny-batch", evidence, variant="keras" if history.tool == "keras" else "history")]
    evidence = _jumps(history)
    return [make_finding("bn-tiny-batch", evidence, variant="jumps")] if evidence else []


def _worse_in_evaluation(history: History) -> str:
    for name, (first, second) in history.evaluated_training.items():
        train, again = map(second_half, together(first, second))
        if len(train) < FEWEST_ROWS // 2:
            continue
        ours, theirs = float(np.median(train)), float(np.median(again))
        worse = (
            theirs >= HIGHER * ours > 0 if LOSS.search(name) else _share(ours, theirs) - _share(theirs, ours) >= LOWER
        )
        if worse:
            return (
                f"{name} is {theirs:.3f} over the last {len(train)} rows, while the same photos have {ours:.3f} in "
                f"training{_batches_of(history)}{_of_validation(history)}; what overfits is good on its training photos"
            )
    return ""


def _share(value: float, other: float) -> float:
    """Return a score in percent as a share."""
    return value / (100 if max(value, other) > 2 else 1)


def _jumps(history: History) -> str:
    """Tell of batches of one or two, after which validation jumps far below a training that is smooth."""
    train, validation = together(history.train_loss, history.validation_loss)
    if not 0 < history.batch_size <= TINY or len(train) < 10 or min(np.median(train), np.median(validation)) <= 0:
        return ""
    of_train, of_validation = (noise(v) / float(np.median(v)) for v in (train, validation))
    if of_validation < ERRATIC or of_train > STEADY:
        return ""
    for curves in both_sides([*scores(history), *accuracies(history)], fewest_rows=FEWEST_ROWS):
        ours, theirs = (known(c.values) for c in curves)
        if end(ours) - end(theirs) >= LOWER:
            return (
                f"batches of {history.batch_size}: the validation loss varies by {of_validation:.0%} of its level from "
                f"row to row, the training loss by {of_train:.0%}; the score ends at {end(theirs):.3f} in validation, "
                f"and at {end(ours):.3f} in training"
            )
    return ""


def _batches_of(history: History) -> str:
    return f" (batches of {history.batch_size})" if history.batch_size else ""


def _of_validation(history: History) -> str:
    curves = [c for c in scores(history, "validation") if len(known(c.values)) > 1]
    return f"; {curves[0].name} in validation ends at {end(known(curves[0].values)):.3f}" if curves else ""
