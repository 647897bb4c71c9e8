"""What several trainings in one log mean: folds that go on from one another, or runs that were started apart."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from maskwright.diagnosis.history.column_names import LOSS, VALIDATION
from maskwright.diagnosis.history.continued_epochs import Part, one_training
from maskwright.diagnosis.history.said_in_words import Said
from maskwright.diagnosis.history.trend import known

FOLD = re.compile(r"\bfold\W{0,3}(\d+)", re.IGNORECASE)
OVERLAP = re.compile(r"dice|iou|jaccard|f1|f_score", re.IGNORECASE)
NEAR, FELL, LOSES = 0.2, 0.4, 0.02
"""A fold goes on if its first loss lies no more than this share of the first fold's fall above the last loss before it.
That fall is this share of the first loss at least; a score of its first row may be so far below the first fold best.
"""
UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def said_of_parts(parts: Sequence[Part], text: str) -> tuple[Said, ...]:
    """Return that folds go on from one another, where the text names folds, or that trainings were started apart."""
    if len(parts) < 2:
        return ()
    if one_training(parts) is not None:
        return (_two_runs(parts),)
    named = len(set(FOLD.findall(text))) > 1 or bool(re.search(r"^[^\n]*\bfold\b[^\n]*,", text, re.IGNORECASE))
    words = _folds_continued(parts) if named else ""
    return (Said("folds-continued", words),) if words else ()


def _two_runs(parts: Sequence[Part]) -> Said:
    first, second = parts[:2]
    size, unit = next((size, name) for size, name in UNITS if second.later >= size or size == 1)
    loss = next((name for name in second.columns if LOSS.search(name) and not VALIDATION.search(name)), "")
    begun = f"; the loss begins again at {known(second.columns[loss])[0]:.3g}" if loss else ""
    rows = ", ".join(str(len(part.at)) for part in parts)
    return Said(
        "two-runs",
        f"the count falls back from {first.at[-1]:g} to {second.at[0]:g} after {len(first.at)} rows, "
        f"{second.later / size:.1f} {unit} later{begun}; parts of {rows} rows; only the longest is looked at",
    )


def _folds_continued(parts: Sequence[Part]) -> str:
    """Return how folds go on from one another in words; "" where one of them starts over."""
    names = [name for name in parts[0].columns if LOSS.search(name) and not VALIDATION.search(name)]
    curves = [known(part.columns[names[0]]) for part in parts] if names else []
    if not curves or min(len(curve) for curve in curves) < 2:
        return ""
    fell = float(curves[0][0] - curves[0][-1])
    if fell < FELL * curves[0][0] or any(b[0] > a[-1] + NEAR * fell for a, b in pairwise(curves)):
        return ""
    overlaps = [name for name in parts[0].columns if VALIDATION.search(name) and OVERLAP.search(name)]
    score = next((name for name in overlaps if not LOSS.search(name)), "")
    scores = [known(part.columns[score]) for part in parts] if score else []
    begun = ""
    if scores and all(len(values) for values in scores):
        best = float(np.max(scores[0]))
        if any(values[0] < best - LOSES for values in scores[1:]):
            return ""
        begun = f"; {score} is {scores[1][0]:.3f} in its first row, and was {best:.3f} at best in fold 1"
    return (
        f"fold 2 begins at a training loss of {curves[1][0]:.3g}, where fold 1 ended ({curves[0][-1]:.3g}, begun at "
        f"{curves[0][0]:.3g}){begun}; so in {len(parts) - 1} of {len(parts) - 1} folds"
    )
