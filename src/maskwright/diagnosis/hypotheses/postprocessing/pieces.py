"""Pieces of objects, true and predicted, and the evidence without the parts that a filter took away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair
from maskwright.diagnosis.evidence.pair_to_case import histogram_of
from maskwright.evaluation.metrics import value_counts
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

Numbers = NDArray[np.int64]
LeftOut = Callable[[Mask, Mask], Bools]
"""Truth and prediction at one size -> the true pixels that a filter may have taken away."""
MOST_REREAD = 24
"""Photos that are looked at, at full size."""
LEAST_GAIN = 0.01
"""IoU that leaving out what a filter took away must give back."""
TOUCHED = 0.05
"""Share of a true piece below which it counts as missed whole."""
SEVERAL_CLASSES = 2
"""Classes from which on the pieces of all together are looked at too."""


@dataclass(frozen=True)
class Pieces:
    """The 8-connected pieces of one class in a photo, in the pixels of the prediction.

    `areas` and `true_areas` are in pixels, `hit` is the share of each true piece that is predicted,
    `sound` the share of each predicted piece that is true, `boxes` are N x (left, top, width, height).
    """

    name: str
    areas: Numbers
    boxes: Numbers
    sound: NDArray[np.float64]
    true_areas: Numbers
    true_boxes: Numbers
    hit: NDArray[np.float64]

    @property
    def missed(self) -> NDArray[np.bool_]:
        """Which true pieces are missed whole."""
        return self.hit < TOUCHED


def pieces_of(evidence: Evidence, cases: Sequence[Case]) -> list[list[Pieces]]:
    """Return for each way of counting - each object class, and all of them as one - the pieces of every photo."""
    pairs = [at_size_of_prediction(case.reread()) for case in cases]
    classes = list(evidence.classes.scored)
    ways = [[c] for c in classes] + ([classes] if len(classes) >= SEVERAL_CLASSES else [])
    return [[_pieces(pair, way) for pair in pairs] for way in ways]


def at_size_of_prediction(pair: Pair) -> Pair:
    """Return the pair with its truth at the prediction's size: a filter counts the pixels of what was predicted."""
    return replace(pair, truth=resize_mask(pair.truth, pair.prediction.shape))


def _pieces(pair: Pair, classes: list[int]) -> Pieces:
    true, drawn = np.isin(pair.truth, classes), np.isin(pair.prediction, classes)
    drawn_marks, areas, boxes = numbered(drawn)
    true_marks, true_areas, true_boxes = numbered(true)
    seen = pair.truth != IGNORE
    return Pieces(
        pair.name,
        areas,
        boxes,
        _share_of(drawn_marks, true | ~seen, areas),
        true_areas,
        true_boxes,
        _share_of(true_marks, drawn, true_areas),
    )


def numbered(mask: Bools) -> tuple[NDArray[np.int32], Numbers, Numbers]:
    """Return the numbers of the 8-connected pieces (0 elsewhere), their areas and their boxes in px."""
    _, marks, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return (
        np.asarray(marks, dtype=np.int32),
        stats[1:, cv2.CC_STAT_AREA].astype(np.int64),
        stats[1:, :4].astype(np.int64),
    )


def _share_of(marks: NDArray[np.int32], inside: Bools, areas: Numbers) -> NDArray[np.float64]:
    return np.bincount(marks[inside], minlength=len(areas) + 1)[1:] / np.maximum(areas, 1)


def missed_whole(classes: Sequence[int], least: float, most: float, truth: Mask, prediction: Mask) -> Bools:
    """Return the pixels of true pieces of `least` to `most` px that are missed whole."""
    out = np.zeros(truth.shape, dtype=np.bool_)
    for class_id in classes:
        marks, areas, _ = numbered(truth == class_id)
        hit = _share_of(marks, prediction == class_id, areas)
        out |= np.append(False, (hit < TOUCHED) & (areas >= least) & (areas <= most))[marks]
    return out


def without(evidence: Evidence, left_out: LeftOut) -> Evidence:
    """Return the evidence with the true pixels that `left_out` gives for each pair not counted."""
    return replace(evidence, cases=tuple(_without(case, left_out) for case in evidence.cases))


def _without(case: Case, left_out: LeftOut) -> Case:
    reread = partial(_reread, case, left_out)
    pair, count = reread(), len(case.table)
    binary = case.histogram is not None and pair.probabilities is not None and pair.probabilities.ndim == 2
    return replace(
        case,
        table=value_counts(pair.truth, resize_mask(pair.prediction, pair.truth.shape), count),
        truth=resize_mask(pair.truth, case.truth.shape),
        histogram=histogram_of(pair.truth, pair.probabilities, count)
        if binary and pair.probabilities is not None
        else case.histogram,
        reread=reread,
    )


def _reread(case: Case, left_out: LeftOut) -> Pair:
    pair = case.reread()
    fitted = at_size_of_prediction(pair)
    ignored = left_out(fitted.truth, fitted.prediction).astype(np.uint8)
    truth = np.where(resize_mask(ignored, pair.truth.shape) > 0, IGNORE, pair.truth).astype(np.uint8)
    return replace(pair, truth=truth)
