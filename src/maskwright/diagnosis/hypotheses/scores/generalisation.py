"""Overfitting and underfitting, from scores on training photos and on others; accuracy that proves nothing."""

from math import isnan
from statistics import median

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, as_evaluation, mean_iou, summed
from maskwright.diagnosis.hypotheses.scores.metric_choice import shift_cost
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_of
from maskwright.evaluation import metrics
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Severity, make_finding

GAP = 0.15
"""IoU between training photos and others that is too much."""
FALLEN = 0.6
"""Share of a low IoU on training photos to which that on others must have fallen."""
BAD = 0.5
"""IoU on training photos, as a share of the way from the best constant class to what the labels are exact to."""
MAJORITY = 0.6
"""Share of the commonest class from which on accuracy may prove nothing."""
FEWEST_COPIES = 4
"""So many photos with an object and its boundary must be drawn without one wrong pixel to be copies of their masks."""
FINDS_OBJECTS = 0.2
"""Share of the pixels of other classes that are found, from which a model has not collapsed."""


def generalisation_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return overfitting or underfitting; both need predictions of the photos that were learned from."""
    if not evidence.cases or not evidence.train_cases:
        return []
    train = mean_iou(summed(evidence.train_cases, len(evidence.classes)), evidence.classes)
    test = iou_of(evidence)
    if isnan(train) or isnan(test):
        return []
    text = f"IoU {train:.3f} on {len(evidence.train_cases)} training photos, {test:.3f} on {len(evidence.cases)} others"
    if train - test >= GAP and train >= 0.5:
        severity: Severity = "error" if train - test >= 2 * GAP else "warning"
        return [Hypothesis(make_finding("overfitting", text, severity=severity))]
    if train - test >= GAP and test <= FALLEN * train:
        return [Hypothesis(make_finding("overfitting", text, variant="drop"))]
    constant = metrics.constant_mean_iou(
        as_evaluation(evidence.train_cases, evidence.classes).counts, evidence.classes.scored
    )
    reachable = _precision(evidence) - constant
    if reachable > 0 and max(train, test) - constant < BAD * reachable:
        return [Hypothesis(make_finding("underfitting", text))]
    return []


def copied_truth_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that stored predictions are the truth: no model draws every boundary to the pixel.

    Ignored pixels count here: they often hide just the boundaries.
    """
    shown = [c for c in evidence.cases if np.count_nonzero(c.table.sum(axis=1)) > 1]
    stored = evidence.storage.suffix and evidence.evaluation is None
    if not stored or len(shown) < FEWEST_COPIES or any(np.trace(c.table) < c.table.sum() for c in evidence.cases):
        return []
    if any(c.table.sum() < np.prod(c.size_hw) and not _is_copy(c.reread()) for c in evidence.cases):
        return []
    text = f"all {len(evidence.cases)} predictions equal their masks in every pixel, boundaries included"
    return [Hypothesis(make_finding("score-none", text, variant="same"))]


def _is_copy(pair: Pair) -> bool:
    """Tell whether a prediction is the truth in ignored pixels too."""
    return bool(np.array_equal(pair.truth, pair.prediction))


def _precision(evidence: Evidence) -> float:
    """Return how exact labels are: the IoU of the truth with itself shifted by a pixel, low where objects are thin."""
    truths = [c.reread().truth for c in spread_evenly(evidence.train_cases, 6)]
    costs = [shift_cost(truth, background=evidence.classes.background) for truth in truths]
    known = [cost.shift_iou for cost in costs if not isnan(cost.shift_iou)]
    return median(known) if known else 1.0


def useless_accuracy_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that pixel accuracy is only the share of the commonest class, while IoU is low."""
    if not evidence.cases:
        return []
    counts = as_evaluation(evidence.cases, evidence.classes).counts
    accuracy, majority = metrics.pixel_accuracy(counts), metrics.constant_accuracy(counts)
    iou = iou_of(evidence)
    if not (majority >= MAJORITY and accuracy <= majority + 0.005 and iou <= 0.4):
        return []
    common = int(counts.sum(axis=1).argmax())
    name = evidence.classes.names[common]
    text = f"accuracy {accuracy:.1%}; {name!r} everywhere gives {majority:.1%}; the mean IoU is {iou:.3f}"
    others = np.arange(len(counts)) != common
    found = float(np.diag(counts)[others].sum() / max(counts[others].sum(), 1))
    # A weak model that finds its objects is no fault: only the accuracy proves nothing.
    severity: Severity = "note" if found >= FINDS_OBJECTS else "warning"
    return [Hypothesis(make_finding("accuracy-majority", text, severity=severity))]
