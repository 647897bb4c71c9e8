"""How predicted values are best read as classes: as they are, swapped, inverted, off by one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.evidence.evidence import mean_iou_or_zero
from maskwright.diagnosis.undo.known_numberings import KNOWN
from maskwright.diagnosis.undo.undone_evidence import moved
from maskwright.evaluation.metrics import ValueCounts, iou, iou_of_areas
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import Mask

LEAST_GAIN = 0.05
"""IoU that another reading of all values must give back."""
LEAST_REACHED = 0.3
"""IoU that classes read from another value must reach on average: else it is a confusion, and no swap."""
LEAST_STEP = 0.2
"""IoU that they must gain on average."""
LEAST_TOGETHER = 0.1
"""All classes moved by one step must together gain this much, and lose little: there are only two such readings."""
LEAST_HITS = 0.2
"""A reading that makes fewer pixels right than this share of the plain one is not looked at further."""

FEWEST_OF_KNOWN = 4
"""Values that predictions and truth must each have of a numbering that exists in two versions."""
OFF_BY_ONE = ("one too high", "one too low")
"""Words for class ids that are moved by one."""


@dataclass(frozen=True)
class Reading:
    """How predicted values are best read: `lookup` is 256 class ids, `how` what was exchanged ("" = nothing)."""

    lookup: Mask
    how: str = ""


def as_they_are() -> Mask:
    """Return the lookup that reads every value as it is."""
    return np.arange(256, dtype=np.uint8)


def best_lookup(table: ValueCounts, classes: ClassTable) -> Reading:
    """Return how the predicted values of Cx256 counts are best read."""
    plain = mean_iou_or_zero(table, classes)
    best, best_iou = Reading(as_they_are()), plain + LEAST_GAIN
    for reading in (*_simple(len(classes), classes), *_known(table), _assigned(table, classes)):
        if _hits(table, reading.lookup) < LEAST_HITS * _hits(table, best.lookup):
            continue  # the IoU takes far longer to compute
        iou = mean_iou_or_zero(moved(table, reading.lookup), classes)
        if iou >= best_iou and _convinces(table, reading, classes):
            best, best_iou = reading, iou + 0.005
    return best


def _hits(table: ValueCounts, lookup: Mask) -> int:
    """Return how many pixels are right by the reading."""
    rows = np.minimum(lookup, len(table) - 1)
    return int(table[rows, np.arange(256)][lookup < len(table)].sum())


def _simple(count: int, classes: ClassTable) -> list[Reading]:
    up, down = as_they_are(), as_they_are()
    up[1:] = np.arange(255)
    up[0] = IGNORE
    down[:-1] = np.arange(1, 256)
    readings = [Reading(up, OFF_BY_ONE[0]), Reading(down, OFF_BY_ONE[1])]
    if count == 2:
        swapped = as_they_are()
        swapped[:2] = (1, 0)
        if classes.background == 0:
            return [Reading(swapped, "inverted"), *readings]
    return readings


def _known(table: ValueCounts) -> list[Reading]:
    """Return the readings by numberings that exist in two versions, where all predicted values belong to the one."""
    drawn = {int(v) for v in np.flatnonzero(table.sum(axis=0)[:IGNORE])}
    true = {int(c) for c in np.flatnonzero(table.sum(axis=1))}
    readings = []
    for how, ids in KNOWN:
        if len(drawn) < FEWEST_OF_KNOWN or not drawn <= ids.keys() or len(true & set(ids.values())) < FEWEST_OF_KNOWN:
            continue
        lookup = as_they_are()
        lookup[list(ids)] = list(ids.values())
        readings.append(Reading(lookup, how))
    return readings


def _assigned(table: ValueCounts, classes: ClassTable) -> Reading:
    """Return the one-to-one reading of values with the greatest sum of IoU."""
    count = len(classes)
    if count < 3:
        return Reading(as_they_are())
    rows, columns = table.sum(axis=1)[:, None], table[:, :count].sum(axis=0)[None]
    chosen = one_to_one(iou_of_areas(table[:, :count], rows, columns))
    lookup = as_they_are()
    lookup[chosen] = np.arange(count)
    pairs = [(c, int(chosen[c])) for c in range(count) if chosen[c] != c]
    said = [f"{classes.names[c]} is predicted as {classes.names[v]}" for c, v in pairs]
    return Reading(lookup, some(said, most=4))


def one_to_one(worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return each class's own value so that the sum of CxC IoU, row = class, is greatest; NaN counts as 0."""
    worth = np.nan_to_num(worth) + 0.02 * np.eye(len(worth))  # without evidence for a swap a class keeps its value
    return np.asarray(linear_sum_assignment(worth, maximize=True)[1])


def _convinces(table: ValueCounts, reading: Reading, classes: ClassTable) -> bool:
    before, after = np.nan_to_num(iou(table)), np.nan_to_num(iou(moved(table, reading.lookup)))
    count = len(classes)
    changed = [c for c in range(count) if reading.lookup[c] != c and table[c].sum() > 0]
    if not any(c in classes.scored for c in changed):
        return False
    gained = (after - before)[changed]
    if reading.how in OFF_BY_ONE or reading.how in dict(KNOWN):
        return bool(gained.mean() >= LEAST_TOGETHER and gained.clip(min=0).sum() >= 5 * -gained.clip(max=0).sum())
    # Each must gain: one that only grows at the cost of the other is the better constant, not a swap.
    return bool(after[changed].mean() >= LEAST_REACHED and gained.mean() >= LEAST_STEP and gained.min() > 0)
