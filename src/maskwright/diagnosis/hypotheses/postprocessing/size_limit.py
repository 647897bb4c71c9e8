"""Objects that are cut off at one width or height: a box, a window or a crop of a fixed size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.postprocessing.pieces import MOST_REREAD, at_size_of_prediction, numbered, without
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask

LEAST_PX = 12
"""Height and width of the pieces that are looked at."""
FEWEST_PHOTOS = 4
"""Photos with an object in which one ends exactly at the limit."""
OF_THE_PHOTOS = 0.25
"""Their share of the photos with an object."""
LARGER = 1.1
"""True objects must be so much wider than the limit where a predicted one ends at it."""
AGREE = 0.8
"""Share of the pieces at the limit whose object goes on."""
ON_TRUTH = 0.7
"""Share of their pixels that are true."""
SAME_PLACE = 0.5
"""Pieces that begin at one line of all photos are cut by tiles or by a frame, and by no limit of size."""
OF_THE_FRAME = 0.95
"""Share of the photo's side from which on a piece is as wide as the photo."""
OF_THE_OBJECT = 0.7
"""Share of what is predicted of its object that a piece must be: tiles and gaps split one object into several pieces of
one size."""

OF_RIGHT_SIZE = 0.9
"""Share of its true size that what is smaller than the limit must have (the median): else all objects are reduced."""
OTHERS_LEAST = 3
"""Smaller pieces that tell that."""
UNLIKE = 1.15
"""With fewer of them, ratio of the quartiles of the true objects at the limit, which must differ in size."""


@dataclass(frozen=True)
class _Side:
    """One piece along one axis: its extent, the extent of the true objects it lies on."""

    photo: str
    extent: int
    true_extent: int
    sound: float
    inside: bool
    alone: bool
    start: int


def size_limit_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that objects end at one size, with the evidence in which what lies beyond is not counted."""
    classes = evidence.classes.scored
    if len(evidence.cases) < FEWEST_PHOTOS or not classes:
        return []
    sides: tuple[list[_Side], list[_Side]] = ([], [])
    for case in spread_evenly(evidence.cases, MOST_REREAD):
        pair = at_size_of_prediction(case.reread())
        for class_id in classes:
            for of_axis, new in zip(
                sides, _sides(pair.name, pair.truth == class_id, pair.prediction == class_id), strict=True
            ):
                of_axis += new
    limits = [_limit(of_axis) for of_axis in sides]
    return _hypothesis(evidence, sides, limits) if any(limits) else []


def _sides(name: str, true: Bools, drawn: Bools) -> tuple[list[_Side], list[_Side]]:
    """Return the heights and the widths of the predicted pieces of a class, those of LEAST_PX or more."""
    marks, areas, boxes = numbered(drawn)
    true_marks, _, true_boxes = numbered(true)
    drawn_on = np.bincount(true_marks[drawn], minlength=len(true_boxes) + 1)
    sides: tuple[list[_Side], list[_Side]] = ([], [])
    for number, (area, (left, top, width, height)) in enumerate(zip(areas, boxes, strict=True), start=1):
        if max(int(width), int(height)) < LEAST_PX:
            continue
        part = slice(top, top + height), slice(left, left + width)
        below = true_marks[part][marks[part] == number]
        hit = below[below > 0]
        objects = np.unique(hit)
        alone = bool(len(hit) >= OF_THE_OBJECT * max(int(drawn_on[objects].sum()), 1))
        for axis, (start, extent) in enumerate(((int(top), int(height)), (int(left), int(width)))):
            if extent < LEAST_PX:
                continue
            whole, reach = drawn.shape[axis], true_boxes[objects - 1, 3 - axis]
            inside = start > 0 and start + extent < whole and extent < OF_THE_FRAME * whole
            true_extent = int(reach.max(initial=0))
            sides[axis].append(_Side(name, extent, true_extent, float(len(hit) / area), inside, alone, start))
    return sides


def _limit(sides: Sequence[_Side]) -> int:
    """Return the extent that no piece surpasses and many reach, their objects being larger; 0 where there is none."""
    if not sides:
        return 0
    limit = max(side.extent for side in sides)
    reached = [side for side in sides if side.extent >= limit - 1]
    photos = {side.photo for side in reached}
    if len(photos) < max(FEWEST_PHOTOS, OF_THE_PHOTOS * len({side.photo for side in sides})):
        return 0
    if np.unique([side.start for side in reached], return_counts=True)[1].max() > SAME_PLACE * len(reached):
        return 0
    if _are_reduced(sides, limit):
        return 0
    larger = np.mean([side.true_extent >= LARGER * limit and side.inside and side.alone for side in reached])
    return limit if larger >= AGREE and np.mean([side.sound for side in reached]) >= ON_TRUTH else 0


def _are_reduced(sides: Sequence[_Side], limit: int) -> bool:
    """Tell whether pieces below the limit are too small as well, or all true objects at it are of one size."""
    others = [s.extent / s.true_extent for s in sides if s.extent < limit - 1 and s.true_extent and s.alone]
    if len(others) >= OTHERS_LEAST:
        return float(np.median(others)) < OF_RIGHT_SIZE
    low, high = np.quantile([s.true_extent for s in sides if s.extent >= limit - 1], [0.25, 0.75])
    return bool(high < UNLIKE * low)


def _hypothesis(evidence: Evidence, sides: Sequence[Sequence[_Side]], limits: Sequence[int]) -> list[Hypothesis]:
    undone = without(evidence, partial(_beyond, evidence.classes.scored, limits))
    gain = gain_of(evidence, undone)
    reached = {
        side.photo
        for of_axis, limit in zip(sides, limits, strict=True)
        for side in of_axis
        if limit and side.extent >= limit - 1
    }
    size = " or ".join(f"{word} than {v} px" for word, v in zip(("higher", "wider"), limits, strict=True) if v)
    largest = max(side.true_extent for of_axis in sides for side in of_axis)
    text = (
        f"no predicted object is {size}, and in {len(reached)} photos one ends right there "
        f"({some(sorted(reached), most=3)}), though true objects reach {largest} px; with what lies beyond left out of "
        f"the truth the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values, recovered = {"limit": max(limits)}, round(max(gain, 0.0), 4)
    finding = make_finding("pred-size-limit", text, values=values, severity=severity_of(gain), recovered_iou=recovered)
    return [Hypothesis(finding, undone)]


def _beyond(classes: Sequence[int], limits: Sequence[int], truth: Mask, prediction: Mask) -> Bools:
    """Return the pixels of true objects outside of the boxes of predicted pieces that end at a limit."""
    out = np.zeros(truth.shape, dtype=np.bool_)
    for class_id in classes:
        _, _, boxes = numbered(prediction == class_id)
        true_marks, _, _ = numbered(truth == class_id)
        for left, top, width, height in boxes:
            if not any(limit and side >= limit - 1 for side, limit in zip((height, width), limits, strict=True)):
                continue
            part = slice(top, top + height), slice(left, left + width)
            cut: NDArray[np.bool_] = np.isin(true_marks, np.unique(true_marks[part][true_marks[part] > 0]))
            cut[part] = False
            out |= cut
    return out
