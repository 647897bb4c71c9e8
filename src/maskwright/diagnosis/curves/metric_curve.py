"""Faults that the scores of a history show: a metric that is blind to what is learned, or is minimised."""

import math
import re

import numpy as np

from maskwright.diagnosis.curves.constant_answers.absent_labels import absent_label_findings
from maskwright.diagnosis.curves.constant_answers.emptied_masks import emptied_findings
from maskwright.diagnosis.curves.constant_answers.lost_classes import lost_class_findings
from maskwright.diagnosis.curves.contradictions import contradiction_findings
from maskwright.diagnosis.curves.mask_head_not_learning import mask_branch_findings
from maskwright.diagnosis.curves.running_means import running_mean_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.curve import (
    NOTHING_FOUND,
    OVER_CLASSES,
    Curve,
    accuracies,
    impossible,
    overlaps,
    scores,
)
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.trend import (
    Values,
    end,
    has_fallen,
    known,
    noise,
    rank_correlation,
    second_half,
    smoothed,
    start,
    together,
)
from maskwright.evaluation import metrics
from maskwright.findings.finding import Finding, make_finding

FEWEST_ROWS = 4
"""Rows that a score must have."""
FLAT = 0.01
"""A score that never leaves a band this wide, from the first row on, does not move."""
EXACTLY = 1e-3
"""A mean IoU so near half of an accuracy is that of no objects, also while the loss falls."""
ACCURACY_MOVES = 0.02
"""An accuracy moves if it moves by so much beyond its noise after the first row."""
HIGH = 0.8
"""A score so high may stand still since nothing is left to learn."""
TRAINED = 0.6
"""So may one above this that wavers: the training began with weights that were good."""
VARIES = 1e-3
"""A score wavers if its noise is above this; one of other masks than the network's stands still."""
SETTLED_FROM = 0.7
"""An accuracy from here on may be the share of the background."""
IOU = re.compile(r"iou|io_u|jaccard|jac\b", re.IGNORECASE)
MEAN_IOU = re.compile(r"mean[_ ]?io_?u|m_?io_?u", re.IGNORECASE)
ONE_HOT_LEVEL = 0.25
"""The mean IoU of zeros against one-hot masks of two classes."""
OVERLAP_LOSS = re.compile(r"dice|jaccard|iou|tversky", re.IGNORECASE)
OTHER_LOSS = re.compile(r"bce|dicece|focal|cross|entropy|log|(?<![a-z])ce(?![a-z])", re.IGNORECASE)
"""Of a sum with another loss, one minus itself is no overlap."""
APART = 0.3
"""Between a score and one minus a loss of its kind: unsure probabilities cost a loss so much, and a mask nothing."""

LEAST_FALL = 0.4
"""How far a loss made of a score falls at least, as a multiple of the score's fall."""
MOST_FALL = 2.5
"""The same at most."""
LIKE = 0.05
"""How alike the shares of their first levels are that are left of loss and score."""


def metric_findings(evidence: Evidence) -> list[Finding]:
    """Return what the scores in a history show; nothing without a history."""
    history = evidence.history
    if history is None:
        return []
    absent = absent_label_findings(history)
    if absent:
        return [*_impossible(history), *absent]
    return [
        *_impossible(history),
        *(contradiction_findings(history) or mask_branch_findings(history) or _blind_metric(evidence, history)),
        *running_mean_findings(history),
        *(_minimised_score(history) or emptied_findings(history)),
        *lost_class_findings(history),
        *_below_constant(evidence, history),
    ]


def _impossible(history: History) -> list[Finding]:
    """A Dice of 1.8, an IoU of -3: more than everything cannot agree."""
    for curve in impossible(history):
        values = known(curve.values)
        text = f"{curve.name} ({curve.side}) runs from {values.min():.4g} to {values.max():.4g}; 0 to 1 is possible"
        return [make_finding("score-impossible", text, variant=history.tool)]
    return []


def _blind_metric(evidence: Evidence, history: History) -> list[Finding]:
    """Look at every score: one that stands still where the others move is as blind as one that is alone."""
    every = scores(history)
    moving = {(c.name, c.side) for c in every if np.ptp(known(c.values)) > FLAT}
    for curve in every:
        # What moves in training and stays flat in validation is no fault of the metric.
        of_validation = curve.side == "validation" and (curve.name, "train") in moving
        if len(known(curve.values)) < FEWEST_ROWS or (curve.name, curve.side) in moving or of_validation:
            continue
        findings = _flat_metric(evidence, history, curve)
        if findings:
            return findings
    return []


def _flat_metric(evidence: Evidence, history: History, curve: Curve) -> list[Finding]:
    level = float(np.median(known(curve.values)))
    of_side = [c for c in accuracies(history, curve.side) if known(c.values).max() > NOTHING_FOUND]
    settled = next((c for c in of_side if _has_settled(c)), None)
    if settled is not None and level <= NOTHING_FOUND:
        return _nothing_found(curve, settled, level)
    moving = [c for c in of_side if _moved_after_the_first(c) >= ACCURACY_MOVES]
    if of_side and not moving:
        return _majority(evidence, history, curve, level)
    accuracy = next(iter(moving), None)
    moved = _moved_after_the_first(accuracy)
    predicted = evidence.table.sum(axis=0)
    varied = bool(np.count_nonzero(predicted) > 1)
    learns = accuracy is not None or _loss_fell(history)
    high = TRAINED if noise(known(curve.values)) > VARIES else HIGH
    as_good = level > high and moved < 0.1 and not _loss_contradicts(history, level)
    if not learns or as_good or (predicted.sum() and not varied):
        return []
    symptom = f"{curve.name} ({curve.side}) stays at {level:.3f} from the first row to the last"
    if accuracy is not None:
        values = known(accuracy.values)
        symptom += f" while {accuracy.name} goes from {start(values):.1%} to {end(values):.1%}"
    else:
        symptom += (
            f" while the loss falls from {start(known(history.train_loss)):.3g} to {end(known(history.train_loss)):.3g}"
        )
    certain = accuracy is not None or varied
    why = _truncation(evidence, curve, level) if certain else ""
    return [_truncated(symptom, why)] if why else [_blind(symptom, certain=certain, tool=history.tool)]


def _has_settled(accuracy: Curve) -> bool:
    """Tell whether an accuracy that is high stands still over its second half."""
    values = known(accuracy.values)
    settled = bool(np.ptp(smoothed(second_half(values))) < ACCURACY_MOVES)
    return len(values) >= FEWEST_ROWS and end(values) >= SETTLED_FROM and settled


def _nothing_found(curve: Curve, accuracy: Curve, level: float) -> list[Finding]:
    share = end(known(accuracy.values))
    text = (
        f"{accuracy.name} is {share:.1%} and {curve.name} stays at {level:.3f}: no object is found, and background "
        "everywhere scores such an accuracy"
    )
    return [make_finding("accuracy-majority", text, variant="history")]


def _moved_after_the_first(accuracy: Curve | None) -> float:
    """Return how far accuracy moves beyond its noise once the first row, where any network settles, is past."""
    values = known(accuracy.values)[1:] if accuracy is not None else np.zeros(0)
    return float(np.ptp(smoothed(values))) - noise(values) if len(values) > 2 else 0.0


def _loss_contradicts(history: History, level: float) -> bool:
    """Tell whether a loss that is one minus an overlap ends far above one minus a score that never moved."""
    values = known(history.train_loss)
    overlap = OVERLAP_LOSS.search(history.loss_name) and not OTHER_LOSS.search(history.loss_name)
    if not overlap or not len(values) or values.min() < 0 or values.max() > 1:
        return False
    return end(values) > 1 - level + APART


def _loss_fell(history: History) -> bool:
    values = known(history.train_loss)
    values = values[max(1, len(values) // 5) :]  # the first rows fall in any training, also in one that learns nothing
    return len(values) > 2 and values[0] > 0 and has_fallen(values, by=0.2 * float(values[0]))


def _truncation(evidence: Evidence, curve: Curve, level: float) -> str:
    """Return how a flat level follows from probabilities cut to whole numbers, "" where it does not."""
    true = evidence.counts.sum(axis=1)
    if true.sum():
        share = true[0] / true.sum()
        if len(true) == 2 and abs(share / 2 - level) < FLAT:
            return f"class 0 covers {share:.1%} of the truth, and half of that is {share / 2:.3f}"
    elif MEAN_IOU.search(curve.name) and ONE_HOT_LEVEL + FLAT < level <= 0.5:
        return f"it is what background everywhere scores if it covers {2 * level:.1%} of the pixels"
    if MEAN_IOU.search(curve.name) and abs(level - ONE_HOT_LEVEL) < 1e-3:
        return "a quarter is what zeros score against one-hot masks of two classes"
    return ""


def _truncated(symptom: str, why: str) -> Finding:
    return make_finding("metric-truncated", f"{symptom}; {why}")


def _blind(symptom: str, *, certain: bool, tool: str) -> Finding:
    doubtful = "deeplab" if tool == "deeplab" else "uncertain"
    return make_finding("metric-flat", symptom, variant="" if certain else doubtful)


def _majority(evidence: Evidence, history: History, curve: Curve, level: float) -> list[Finding]:
    """Accuracy that stands still at n times a flat mean IoU is what one of n classes everywhere scores: s and s / n."""
    of_side = accuracies(history, curve.side)
    count, is_certain = _class_count(evidence, of_side)
    is_learning = _loss_fell(history) and not is_certain
    # An IoU of the object alone may be half of an accuracy by chance; a mean over two classes is only without objects.
    if not (MEAN_IOU if is_learning else IOU).search(curve.name) or not len(known(history.train_loss)):
        return []
    tolerance = EXACTLY if is_learning else FLAT / count
    for accuracy in (c for c in of_side if not OVER_CLASSES.search(c.name)):
        share = end(known(accuracy.values))
        if share >= 0.5 and abs(share / count - level) <= tolerance:
            return [_commonest_class(curve, accuracy, level, count)]
    return []


def _class_count(evidence: Evidence, of_side: list[Curve]) -> tuple[int, bool]:
    """Return the number of classes, and whether a mean accuracy over them stays at 1 / n; 2 where nothing says it."""
    for accuracy in (c for c in of_side if OVER_CLASSES.search(c.name)):
        values = known(accuracy.values)
        count = round(1 / max(end(values), 0.01))
        if count > 1 and float(np.abs(values - 1 / count).max()) <= FLAT / count:
            return count, True
    return (len(evidence.classes) if evidence.cases else 2), False


def _commonest_class(curve: Curve, accuracy: Curve, level: float, count: int) -> Finding:
    part = "half of it" if count == 2 else f"that divided by {count}, the number of classes"
    text = (
        f"{accuracy.name} stays at {end(known(accuracy.values)):.1%} and {curve.name} at {level:.3f}, {part}: "
        "both are what the commonest class everywhere scores"
    )
    return make_finding("accuracy-majority", text, variant="history")


def _minimised_score(history: History) -> list[Finding]:
    for curve in (*overlaps(history, "train"), *overlaps(history, "validation")):
        loss = history.train_loss if curve.side == "train" else history.validation_loss
        falling, score = together(loss, curve.values)
        if len(score) < 5 or not has_fallen(falling, by=1e-6) or not has_fallen(score, by=0.05):
            continue
        same = bool(np.allclose(falling, score, rtol=1e-3, atol=1e-4))
        if not same and not _is_made_of(history, falling, score):
            continue
        symptom = "they are the same numbers" if same else f"rank correlation {rank_correlation(falling, score):.2f}"
        evidence = (
            f"{curve.name} ({curve.side}) falls from {start(score):.3f} to {end(score):.3f} as the loss falls "
            f"from {start(falling):.3f} to {end(falling):.3f}; {symptom}"
        )
        return [make_finding("score-minimised", evidence)]
    return []


def _is_made_of(history: History, loss: Values, score: Values) -> bool:
    """Tell whether a loss may be the score, or hold it: both fall about as far, together, and to the same level.

    Where masks become empty, a score falls with a cross-entropy too, which ends at the entropy of the shares.
    """
    fell = (start(loss) - end(loss)) / (start(score) - end(score))
    is_named = OVERLAP_LOSS.search(history.loss_name) and not OTHER_LOSS.search(history.loss_name)
    left = end(loss) / max(start(loss), 1e-9), end(score) / max(start(score), 1e-9)
    alike = is_named or abs(left[0] - left[1]) <= LIKE
    return bool(alike) and LEAST_FALL <= fell <= MOST_FALL and rank_correlation(loss, score) >= 0.7


def _below_constant(evidence: Evidence, history: History) -> list[Finding]:
    counts, curves = evidence.counts, overlaps(history, "validation")
    if not counts.sum() or not curves:
        return []
    constant = metrics.constant_mean_iou(counts, evidence.classes.scored)
    best = max(float(smoothed(known(curve.values)).max()) for curve in curves)
    if math.isnan(constant) or best >= constant or best <= 0:
        return []
    text = f"the best validation {curves[0].name} is {best:.3f}; one constant class everywhere scores {constant:.3f}"
    return [make_finding("val-below-constant", text)]
