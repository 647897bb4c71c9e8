"""Boxes that are learned beside masks that are not: the masks that the network is given do not fit."""

import re

import numpy as np

from maskwright.diagnosis.history.curve import Curve, scores
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import Values, end, has_risen, known, start
from maskwright.findings.finding import Finding, make_finding

OF_BOXES = re.compile(r"bbox|(^|[_ /.(])box(es)?([_ /.)]|$)|\(B\)", re.IGNORECASE)
OF_MASKS = re.compile(r"segm|(^|[_ /.(])masks?([_ /.)]|$)|\(M\)", re.IGNORECASE)
MASK_LOSS = re.compile(r"mask|(^|[_/])segm?(_loss|$)", re.IGNORECASE)
FEWEST_ROWS = 4
"""Rows that a score must have."""
FOUND = 0.1
"""Score of boxes from which on they are found."""
NONE = 0.05
"""Share of the boxes' score below which masks were never found."""
LEARNED = 0.02
"""Share of the boxes' score by which a score of masks that rises has learned: thin masks score little."""
EMPTIED = 0.05
"""Share of its first value to which the mask loss of empty masks falls."""
LITTLE = 0.05
"""Level below which it must end then."""
RISEN = 1.5
"""A mask loss that ends so many times as high as it began meets masks that contradict the boxes."""


def mask_branch_findings(history: History) -> list[Finding]:
    """Return that boxes are found and masks never were, and what the loss of the masks says of why."""
    curves = [c for c in scores(history, "validation") if len(known(c.values)) >= FEWEST_ROWS]
    boxes = [c for c in curves if OF_BOXES.search(c.name) and not OF_MASKS.search(c.name)]
    masks = [c for c in curves if OF_MASKS.search(c.name) and not OF_BOXES.search(c.name)]
    if not boxes or not masks:
        return []
    best = max(boxes, key=lambda c: end(known(c.values)))
    found = end(known(best.values))
    if found < FOUND or max(known(c.values).max() for c in masks) > NONE * found:
        return []
    if any(has_risen(known(c.values), by=LEARNED * found) for c in masks):
        return []
    text = f"{best.name} reaches {found:.3f} in validation, while {masks[0].name} {_level(masks)}"
    loss = next(((n, known(v)) for n, v in history.loss_parts.items() if MASK_LOSS.search(n)), None)
    if loss is None or len(loss[1]) < FEWEST_ROWS:
        return [make_finding("metric-flat", text, variant="masks")]
    text += f"; {loss[0]} goes from {start(loss[1]):.3g} to {end(loss[1]):.3g}"
    return [make_finding("metric-flat", text, variant=_variant(loss[1]))]


def _level(masks: list[Curve]) -> str:
    values = np.concatenate([known(c.values) for c in masks])
    return f"stays at {np.median(values):.3f}"


def _variant(loss: Values) -> str:
    if loss.min() >= 0 and end(loss) <= min(LITTLE, EMPTIED * start(loss)):
        return "masks-empty"
    return "masks-apart" if end(loss) >= RISEN * start(loss) > 0 else "masks"
