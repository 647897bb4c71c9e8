"""Predicted values that stand for other classes than they say: exchanged, inverted, off by one."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou
from maskwright.diagnosis.hypotheses.counterfactual import Hypothesis, gain_of, iou_of, moved, relabelled
from maskwright.evaluation.metrics import ValueCounts, iou, overlap
from maskwright.findings.finding import Finding, some
from maskwright.imaging.geometry import Mask

LEAST_GAIN = 0.05
LEAST_REACHED, LEAST_STEP = 0.3, 0.2
"""A class read from another value must reach this IoU, and gain this much: else it is a confusion, not an exchange."""
LEAST_TOGETHER = 0.1
"""All classes moved by one step must together gain this much, and lose little: there are only two such readings."""

OFF_BY_ONE = ("one too high", "one too low")


@dataclass(frozen=True)
class Reading:
    """How predicted values are best read: `lookup` is 256 class ids, `how` what was exchanged ("" = nothing)."""

    lookup: Mask
    how: str = ""


def _identity() -> Mask:
    return np.arange(256, dtype=np.uint8)


def best_lookup(table: ValueCounts, classes: ClassTable) -> Reading:
    """Return how the predicted values of Cx256 counts are best read."""
    plain = float(np.nan_to_num(mean_iou(table, classes)))
    best, best_iou = Reading(_identity()), plain + LEAST_GAIN
    for reading in (*_simple(len(classes), classes), _assigned(table, classes)):
        iou = float(np.nan_to_num(mean_iou(moved(table, reading.lookup), classes)))
        if iou >= best_iou and _convinces(table, reading, classes):
            best, best_iou = reading, iou + 0.005
    return best


def _simple(count: int, classes: ClassTable) -> list[Reading]:
    up, down = _identity(), _identity()
    up[1:] = np.arange(255)
    up[0] = IGNORE
    down[:-1] = np.arange(1, 256)
    readings = [Reading(up, OFF_BY_ONE[0]), Reading(down, OFF_BY_ONE[1])]
    if count == 2:
        swapped = _identity()
        swapped[:2] = (1, 0)
        if classes.background == 0:
            return [Reading(swapped, "inverted"), *readings]
    return readings


def _assigned(table: ValueCounts, classes: ClassTable) -> Reading:
    """Return the one-to-one reading of values with the greatest sum of IoU."""
    count = len(classes)
    if count < 3:
        return Reading(_identity())
    rows, columns = table.sum(axis=1)[:, None], table[:, :count].sum(axis=0)[None]
    worth = np.nan_to_num(overlap(table[:, :count], rows, columns))
    worth = worth + 0.02 * np.eye(count)  # where nothing speaks for an exchange a class keeps its value
    _, chosen = linear_sum_assignment(worth, maximize=True)
    lookup = _identity()
    lookup[chosen] = np.arange(count)
    pairs = [(c, int(chosen[c])) for c in range(count) if chosen[c] != c]
    said = [f"{classes.names[c]} is predicted as {classes.names[v]}" for c, v in pairs]
    return Reading(lookup, some(said, most=4))


def _convinces(table: ValueCounts, reading: Reading, classes: ClassTable) -> bool:
    before, after = np.nan_to_num(iou(table)), np.nan_to_num(iou(moved(table, reading.lookup)))
    count = len(classes)
    changed = [c for c in range(count) if reading.lookup[c] != c and table[c].sum() > 0]
    if not any(c in classes.scored for c in changed):
        return False
    gained = (after - before)[changed]
    if reading.how in OFF_BY_ONE:
        return bool(gained.mean() >= LEAST_TOGETHER and gained.clip(min=0).sum() >= 5 * -gained.clip(max=0).sum())
    # Each must gain: one that only grows at the cost of the other is the better constant, not an exchange.
    return bool(after[changed].mean() >= LEAST_REACHED and gained.mean() >= LEAST_STEP and gained.min() > 0)


def misread(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that predicted values stand for other classes, with the evidence read rightly."""
    if not evidence.cases:
        return []
    reading = best_lookup(evidence.table, evidence.classes)
    if not reading.how:
        return []
    undone = relabelled(evidence, reading.lookup)
    before, after = iou_of(evidence), iou_of(undone)
    gain = round(gain_of(evidence, undone), 4)
    said = f"; read so, the mean IoU goes from {np.nan_to_num(before):.3f} to {after:.3f}"
    code, title, what, fix = _words(reading)
    return [Hypothesis(Finding(code, "error", title, what + said, fix, recovered_iou=gain), undone)]


def _words(reading: Reading) -> tuple[str, str, str, str]:
    match reading.how:
        case "inverted":
            fix = "prediction = 1 - prediction; then see which side of the sigmoid, or which channel, is the object"
            return "pred-inverted", "Object and background are exchanged", "every 0 is a 1", fix
        case how if how in OFF_BY_ONE:
            sign = "-" if how == OFF_BY_ONE[0] else "+"
            fix = f"prediction = prediction {sign} 1; count classes from 0 in masks, network and table alike"
            return "classes-offset", "Class ids are off by one", f"every predicted class id is {how}", fix
        case how:
            fix = "compare the order of classes in the training code with classes.csv, and renumber one of them"
            return "classes-swapped", "Classes are exchanged", how, fix
