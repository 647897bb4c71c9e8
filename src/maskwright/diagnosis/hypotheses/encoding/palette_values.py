"""Predictions that hold the values or colours of another palette in place of class ids."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.prediction_encoding import FIRST_COLOUR, colour_of, colour_words
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_or_zero, relabelled
from maskwright.evaluation.metrics import ValueCounts, iou_of_areas
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_reader import COLOUR_BIT

EXCHANGED = 0.8
"""Share of the colours whose red and blue must be exchanged: a weak class may be read as another."""


def palette_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Find the class that each predicted value stands for, where most values are no class."""
    counts, count = evidence.table, len(evidence.classes)
    held = np.flatnonzero(counts.sum(axis=0))
    drawn = counts.sum(axis=0)
    strange = drawn[count:].sum() / max(drawn.sum() - drawn.max(), 1)  # objects may be tiny beside the background
    objects = _number_objects(evidence)
    if strange < 0.2 or (len(held) > 2 * count + 2 and not objects):
        return []
    lookup = np.full(256, 255, dtype=np.uint8)
    used = [(int(value > 0), int(value)) for value in held] if objects else _one_to_one(counts)
    for class_id, value in used:
        lookup[value] = class_id
    undone = relabelled(evidence, lookup)
    gain, reached = gain_of(evidence, undone), iou_or_zero(undone)
    if gain < 0.15 or reached < 0.3:
        return []
    named = {value: _stored(evidence, value) for _, value in used}
    pairs = some([f"{named[value]} is {evidence.classes.names[c]}" for c, value in sorted(used)], most=6)
    text = (
        f"{drawn[count:].sum() / drawn.sum():.0%} of the pixels hold values that no class has; {pairs}: read so, "
        f"the mean IoU goes from {reached - gain:.3f} to {reached:.3f}"
    )
    values = {"lookup": ", ".join(f"{named[value]}: {c}" for c, value in sorted(used))}
    variant = "colours" if any(text.startswith("(") for text in named.values()) else ""
    if _red_and_blue_exchanged(evidence, used):
        variant, values = "bgr", {"undo": "rgb[..., ::-1]"}
        text = text.replace(": read so,", ", colours of classes with red and blue exchanged: read so,")
    finding = make_finding("pred-palette", text, values=values, variant=variant, recovered_iou=round(gain, 4))
    return [Hypothesis(finding, undone)]


def _number_objects(evidence: Evidence) -> bool:
    """Tell whether values may number single objects: there is one object class, and 0 and no colours are predicted."""
    drawn = evidence.table.sum(axis=0)
    plain = max(evidence.storage.values, default=0) < COLOUR_BIT
    return (
        len(evidence.classes) == 2 and evidence.classes.background == 0 and plain and bool(drawn[0]) and not drawn[255]
    )


def _one_to_one(counts: ValueCounts) -> list[tuple[int, int]]:
    """Return each class with the value that overlaps it best, each value once."""
    worth = np.nan_to_num(iou_of_areas(counts, counts.sum(axis=1)[:, None], counts.sum(axis=0)[None]))
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(c), int(v)) for c, v in zip(rows, columns, strict=True) if worth[c, v] > 0.05]


def _red_and_blue_exchanged(evidence: Evidence, used: Sequence[tuple[int, int]]) -> bool:
    """Tell whether most colours predicted for classes are those of the truth from blue to red."""
    stored, first = evidence.storage.values, max(len(evidence.classes), FIRST_COLOUR)
    pairs = [
        (evidence.classes.colours[class_id], colour_of(stored[value - first]))
        for class_id, value in used
        if 0 <= value - first < len(stored) and max(stored) >= COLOUR_BIT
    ]
    uneven = [(true, drawn) for true, drawn in pairs if true != true[::-1]]
    exchanged = [tuple(true) == tuple(drawn)[::-1] for true, drawn in uneven]
    return len(exchanged) >= 2 and float(np.mean(exchanged)) >= EXCHANGED


def _stored(evidence: Evidence, value: int) -> str:
    """Return a predicted value as it is stored: colours were given ids of their own, in their order."""
    stored = evidence.storage.values
    place = value - max(len(evidence.classes), FIRST_COLOUR)
    is_colour = 0 <= place < len(stored) and max(stored) >= COLOUR_BIT
    return colour_words(stored[place]) if is_colour else str(value)
