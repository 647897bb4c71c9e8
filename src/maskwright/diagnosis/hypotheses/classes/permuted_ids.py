"""Predicted values that stand for other classes: swapped, inverted, off by one."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.classes.ids_per_photo import ids_per_photo_hypotheses
from maskwright.diagnosis.undo.class_mapping import OFF_BY_ONE, Reading, best_lookup
from maskwright.diagnosis.undo.fix_commands import as_ids, inversion, renumbering
from maskwright.diagnosis.undo.known_numberings import KNOWN
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, relabelled
from maskwright.findings.finding import make_finding

NO_CLASS = 0.02
"""Share of the scored pixels on which a value that is no class is more than a slip."""
ONE_VALUE = 0.9
"""Share of all values without a class that one value must have: many come from smoothing or another encoding."""


def permuted_id_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predicted values stand for other classes, with the evidence read correctly."""
    if not evidence.cases:
        return []
    in_each = ids_per_photo_hypotheses(evidence)
    if in_each:
        return in_each
    reading = best_lookup(evidence.table, evidence.classes)
    if not reading.how:
        return []
    undone = relabelled(evidence, reading.lookup)
    before, after = iou_of(evidence), iou_of(undone)
    code, what = _words(reading)
    lookup = as_ids(evidence) + renumbering(reading.lookup)
    values = {"undo": inversion(evidence.storage) if code == "pred-inverted" else lookup}
    text = f"{what}; read so, the mean IoU goes from {np.nan_to_num(before):.3f} to {after:.3f}"
    recovered = round(gain_of(evidence, undone), 4)
    return [Hypothesis(make_finding(code, text, values=values, recovered_iou=recovered), undone)]


def _words(reading: Reading) -> tuple[str, str]:
    """Return the code, and what was done."""
    match reading.how:
        case "inverted":
            return "pred-inverted", "every 0 is a 1"
        case how if how in OFF_BY_ONE:
            return "classes-offset", f"every predicted class id is {how}"
        case how if how in dict(KNOWN):
            return "classes-swapped", f"predictions hold {how}"
        case how:
            return "classes-swapped", how


def value_without_class_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that a value which is no class was learned as one, such as the ignored id."""
    table = evidence.table
    stray = table[:, len(evidence.classes) :].sum(axis=0)
    value = int(stray.argmax()) if stray.size else 0
    share = float(stray[value] / max(table.sum(), 1)) if stray.size else 0.0
    if evidence.storage.kind != "ids" or share < NO_CLASS or stray[value] < ONE_VALUE * stray.sum():
        return []
    stored = value + len(evidence.classes)
    text = f"{share:.1%} of the scored pixels are predicted as {stored}, which is no class of the truth: all are misses"
    return [Hypothesis(make_finding("truth-void", text, values={"value": stored}, variant="predicted"))]
