"""Faults that the scores of a history show: a metric that is blind to what is learnt, or is made worse on purpose."""

import math
import re

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.series import Curve, accuracies, overlaps
from maskwright.diagnosis.history.trend import (
    end,
    has_fallen,
    known,
    noise,
    rank_correlation,
    smoothed,
    start,
    together,
)
from maskwright.evaluation import metrics
from maskwright.findings.finding import Finding

FEWEST_ROWS = 4
FLAT = 0.01
"""A score that never leaves a band this wide, from the first row on, does not move."""
ACCURACY_MOVES = 0.02
HIGH = 0.8
MEAN_IOU = re.compile(r"mean_?io_?u|m_?io_?u|meaniou", re.IGNORECASE)
ONE_HOT_LEVEL = 0.25
READ_KERAS = "keras.metrics.MeanIoU: it takes class ids, not probabilities (sparse_y_pred=False makes it argmax them)"


def metric_findings(evidence: Evidence) -> list[Finding]:
    """Return what the scores in a history give away; nothing without a history."""
    history = evidence.history
    if history is None:
        return []
    return [*_blind_metric(evidence, history), *_minimised_score(history), *_below_constant(evidence, history)]


def _blind_metric(evidence: Evidence, history: History) -> list[Finding]:
    for curve in (*overlaps(history, "train"), *overlaps(history, "validation")):
        values = known(curve.values)
        if len(values) < FEWEST_ROWS:
            continue
        if np.ptp(values) > FLAT and curve.side == "train":
            return []  # it moves in training: what stays flat in validation is no fault of the metric
        if np.ptp(values) <= FLAT:
            return _flat_metric(evidence, history, curve)
    return []


def _flat_metric(evidence: Evidence, history: History, curve: Curve) -> list[Finding]:
    level = float(np.median(known(curve.values)))
    accuracy = next(iter(accuracies(history, curve.side)), None)
    moved = _moved_after_the_first(accuracy)
    if accuracy is not None and moved < ACCURACY_MOVES:
        return _majority(history, curve, accuracy, level)
    predicted = evidence.table.sum(axis=0)
    varied = bool(np.count_nonzero(predicted) > 1)
    learns = accuracy is not None or _loss_fell(history)
    if not learns or (level > HIGH and moved < 0.1) or (predicted.sum() and not varied):
        return []
    told = f"{curve.name} ({curve.side}) stays at {level:.3f} from the first row to the last"
    if accuracy is not None:
        values = known(accuracy.values)
        told += f" while {accuracy.name} goes from {start(values):.1%} to {end(values):.1%}"
    else:
        told += (
            f" while the loss falls from {start(known(history.train_loss)):.3g} to {end(known(history.train_loss)):.3g}"
        )
    certain = accuracy is not None or varied
    why = _truncation(evidence, curve, level) if certain else ""
    return [_truncated(told, why)] if why else [_blind(told, certain=certain)]


def _moved_after_the_first(accuracy: Curve | None) -> float:
    """Return how far accuracy moves beyond its noise once the first row, where any network settles, is past."""
    values = known(accuracy.values)[1:] if accuracy is not None else np.zeros(0)
    return float(np.ptp(smoothed(values))) - noise(values) if len(values) > 2 else 0.0


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


def _truncated(told: str, why: str) -> Finding:
    return Finding(
        "metric-truncated",
        "warning",
        "the mean IoU cuts probabilities to whole numbers: it cannot see what is learnt",
        f"{told}; {why}",
        "use keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5), OneHotMeanIoU for softmax, "
        "or MeanIoU(..., sparse_y_pred=False) with one channel a class",
        mechanism="keras.metrics.MeanIoU takes class ids; probabilities given to it become whole numbers, "
        "and all below 1 "
        "become class 0. So it scores a mask of background only, whatever the network has learnt.",
        read_more=READ_KERAS,
    )


def _blind(told: str, *, certain: bool) -> Finding:
    return Finding(
        "metric-flat",
        "warning",
        "the score does not move while the network learns",
        told,
        "compute the score from a mask: (sigmoid(logits) > 0.5) or argmax over classes, with the "
        "number of classes there are; "
        "`maskwright diagnose --truth masks/ --pred predictions/` gives the right one",
        mechanism="A metric that is given logits or probabilities without a threshold, or the wrong number of classes, "
        "scores another mask than the network's. "
        + (
            "That predictions are more than background, or change from epoch to epoch, it does not see."
            if certain
            else "Or it sees well, and only background is predicted: the predictions would tell."
        ),
        read_more="Maier-Hein, Reinke et al. 2024, Metrics reloaded, Nature Methods 21",
    )


def _majority(history: History, curve: Curve, accuracy: Curve, level: float) -> list[Finding]:
    """Accuracy that stands still at twice a flat mean IoU is what one class everywhere scores: s and s / 2."""
    share = end(known(accuracy.values))
    if not level or abs(share / 2 - level) > FLAT / 2 or share < 0.5 or not len(known(history.train_loss)):
        return []
    evidence = (
        f"{accuracy.name} stays at {share:.1%} and {curve.name} at {level:.3f}, half of it: "
        "both are what the commonest class everywhere scores"
    )
    return [
        Finding(
            "accuracy-majority",
            "warning",
            "accuracy is no more than the share of the commonest class",
            evidence,
            "use a loss that weighs the object as much as the background (--set loss=dice, or class "
            "weights), and watch object IoU",
            mechanism="Where most pixels are background, painting everything background is nearly always right. "
            "A loss that counts every pixel alike settles there first, and may never leave.",
            read_more="Sudre et al. 2017, Generalised Dice overlap as a loss for highly unbalanced segmentations",
        )
    ]


def _minimised_score(history: History) -> list[Finding]:
    for curve in (*overlaps(history, "train"), *overlaps(history, "validation")):
        loss = history.train_loss if curve.side == "train" else history.validation_loss
        falling, score = together(loss, curve.values)
        if len(score) < 5 or not has_fallen(falling, by=1e-6) or not has_fallen(score, by=0.05):
            continue
        same = bool(np.allclose(falling, score, rtol=1e-3, atol=1e-4))
        if not same and rank_correlation(falling, score) < 0.7:
            continue
        told = "they are the same numbers" if same else f"rank correlation {rank_correlation(falling, score):.2f}"
        evidence = (
            f"{curve.name} ({curve.side}) falls from {start(score):.3f} to {end(score):.3f} as the loss falls "
            f"from {start(falling):.3f} to {end(falling):.3f}; {told}"
        )
        return [
            Finding(
                "score-minimised",
                "error",
                "a score is minimised that should be maximised",
                evidence,
                "use 1 - score (or -score) as the loss",
                mechanism="An optimiser makes the loss small. A score used as the loss is therefore made "
                "as bad as it can be.",
                read_more="Milletari et al. 2016, V-Net: the Dice loss is 1 - Dice, arXiv:1606.04797",
            )
        ]
    return []


def _below_constant(evidence: Evidence, history: History) -> list[Finding]:
    counts, curves = evidence.counts, overlaps(history, "validation")
    if not counts.sum() or not curves:
        return []
    constant = metrics.constant_mean_iou(counts, evidence.classes.scored)
    best = max(float(smoothed(known(curve.values)).max()) for curve in curves)
    if math.isnan(constant) or best >= constant or best <= 0:
        return []
    evidence_told = (
        f"the best validation {curves[0].name} is {best:.3f}; one constant class everywhere scores {constant:.3f}"
    )
    return [
        Finding(
            "val-below-constant",
            "warning",
            "validation never beats one constant class",
            evidence_told,
            "see first whether masks and photos belong together (`maskwright check`), then train longer",
            mechanism="Painting every pixel with one class needs no network and scores more than this one "
            "ever did in validation. "
            "Nothing that carries over to other photos was learnt.",
        )
    ]
