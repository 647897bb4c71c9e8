"""Objects that end at boxes: full rectangles in place of shapes, and shapes cut off at the sides of a box too tight."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, spread
from maskwright.diagnosis.hypotheses.corrected_evidence import Hypothesis, gain_of, iou_of
from maskwright.diagnosis.predictions.postprocessing.pieces import at_size_of_prediction, numbered, without
from maskwright.findings.finding import Severity, make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask

MOST_REREAD, FEWEST_PHOTOS, FEWEST_PIECES = 24, 3, 6
LEAST_PX, LEAST_SIDE_PX = 64, 8
"""Area and both sides of the boxes of pieces that are looked at."""
FULL, SHAPED, MOST_FULL = 0.97, 0.9, 0.5
"""Share of its box that a rectangle fills, that a true object on it fills at most, and share of the pieces that do."""
FITTING = 0.6
"""IoU of a piece's box with that of the true object on it, in the median: other rectangles are no boxes of objects."""
GRID_PX, ON_GRID = range(4, 129), 0.9
"""Sides of squares, and length of the mean of the boxes' ends on a circle of one side, from which on they lie on a
grid: those are coarse squares or tiles, and no boxes of objects."""
FLAT, FLAT_PX, GOES_ON = 0.15, 8, 0.8
"""Length of a straight side of a piece, as a share of the box's side and in px, and share of it beyond which the true
object goes on."""
UNEVEN_PX, DEEP_PX = 3, 2
"""The true object goes on by amounts that differ by so many px along the side (from the 10th to the 90th percentile),
and by so many px in the median: along a straight edge of its own it goes on evenly."""
CUT, SAME_LINE, NEAR = 0.25, 0.34, 0.01
"""Share of the pieces that are cut, most of the cuts that lie at one place of the photos, and shares of a side that are
one place."""
LEAST_GAIN = 0.01


@dataclass(frozen=True)
class _Piece:
    """A predicted piece: photo and ends, how full its box is, that of the true object, the boxes' IoU, and its cuts.

    `cuts` name the axis and the line at which a straight side ends though the object goes on.
    """

    photo: str
    photo_hw: tuple[int, int]
    ends: tuple[int, int, int, int]
    fill: float
    true_fill: float
    fit: float
    cuts: tuple[tuple[int, int], ...]


def boxed(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that objects are full rectangles, or cut off at boxes, with what is wrong by it not counted."""
    classes = evidence.classes.scored
    if len(evidence.cases) < FEWEST_PHOTOS or evidence.classes.background is None:
        return []
    pieces: list[_Piece] = []
    for case in spread(evidence.cases, MOST_REREAD):
        pair = at_size_of_prediction(case.reread())
        pieces += [piece for c in classes for piece in _pieces(pair, c)]
    if len(pieces) < FEWEST_PIECES or _on_grid([end for piece in pieces for end in piece.ends]):
        return []
    return _rectangles(evidence, pieces) or _cut(evidence, pieces)


def _on_grid(ends: Sequence[int]) -> bool:
    """Tell whether boxes end at the borders of squares or tiles of one side."""
    places = np.array(ends)
    return any(abs(np.exp(2j * np.pi * places / side).mean()) >= ON_GRID for side in GRID_PX)


def _pieces(pair: Pair, class_id: int) -> list[_Piece]:
    """Return the pieces of one class that lie on one true object."""
    true, drawn = pair.truth == class_id, pair.prediction == class_id
    marks, areas, boxes = numbered(drawn)
    true_marks, true_areas, true_boxes = numbered(true)
    found = []
    for number, (area, box) in enumerate(zip(areas.tolist(), boxes.tolist(), strict=True), start=1):
        left, top, wide, high = box
        if area < LEAST_PX or min(wide, high) < LEAST_SIDE_PX:
            continue
        part = slice(top, top + high), slice(left, left + wide)
        own = marks[part] == number
        below = np.bincount(true_marks[part][own], minlength=len(true_areas) + 1)
        if len(below) < 2 or not below[1:].any():
            continue
        best = int(below[1:].argmax())
        true_box = true_boxes[best].tolist()
        cuts = tuple(cut for cut in _cuts(own, box, true_marks == best + 1) if cut is not None)
        true_fill = float(true_areas[best] / (true_box[2] * true_box[3]))
        ends = left, top, left + wide, top + high
        size_hw = true.shape[0], true.shape[1]
        found.append(_Piece(pair.name, size_hw, ends, area / (wide * high), true_fill, _box_iou(box, true_box), cuts))
    return found


def _box_iou(one: Sequence[int], other: Sequence[int]) -> float:
    sides = [min(one[i] + one[i + 2], other[i] + other[i + 2]) - max(one[i], other[i]) for i in (0, 1)]
    both = max(0, sides[0]) * max(0, sides[1])
    return both / (one[2] * one[3] + other[2] * other[3] - both)


def _cuts(own: Bools, box: Sequence[int], object_: Bools) -> list[tuple[int, int] | None]:
    """Return the lines at which the piece ends straight and the object goes on unevenly, None for other sides."""
    left, top, wide, high = box
    sides = (
        (0, top, own[0], object_[:top, left : left + wide][::-1]),
        (0, top + high, own[-1], object_[top + high :, left : left + wide]),
        (1, left, own[:, 0], object_[top : top + high, :left][:, ::-1].T),
        (1, left + wide, own[:, -1], object_[top : top + high, left + wide :].T),
    )
    return [(axis, line) if _is_cut(edge, beyond) else None for axis, line, edge, beyond in sides]


def _is_cut(edge: Bools, beyond: Bools) -> bool:
    """Tell whether a side is straight for a while and the object goes on beyond it; `beyond` begins right outside."""
    run = _longest_run(edge)
    length = run.stop - run.start
    if length < max(FLAT_PX, FLAT * len(edge)) or not beyond.size:
        return False
    depths = np.logical_and.accumulate(beyond[:, run], axis=0).sum(axis=0)
    if (depths > 0).mean() < GOES_ON:
        return False
    low, middle, high = np.quantile(depths, [0.1, 0.5, 0.9])
    return bool(high - low >= UNEVEN_PX and middle >= DEEP_PX)


def _longest_run(flags: Bools) -> slice:
    steps = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    starts, stops = steps[::2], steps[1::2]
    best = int((stops - starts).argmax())
    return slice(int(starts[best]), int(stops[best]))


def _rectangles(evidence: Evidence, pieces: Sequence[_Piece]) -> list[Hypothesis]:
    full = [p for p in pieces if p.fill >= FULL and p.true_fill < SHAPED]
    shaped = [p for p in pieces if p.true_fill < SHAPED]
    photos = {p.photo for p in full}
    if len(full) < max(FEWEST_PIECES, MOST_FULL * len(shaped)) or len(photos) < FEWEST_PHOTOS:
        return []
    if float(np.median([p.fit for p in full])) < FITTING:
        return []
    undone = without(evidence, partial(_inside_boxes, evidence.classes.scored, evidence.classes.background or 0))
    gain = gain_of(evidence, undone)
    text = (
        f"{len(full)} of {len(shaped)} predicted objects fill {FULL:.0%} or more of their boxes, where the true ones "
        f"fill {np.median([p.true_fill for p in full]):.0%} (median); with the background in these boxes left out the "
        f"IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    return [_hypothesis(text, "", gain, undone, photos)] if gain >= LEAST_GAIN else []


def _hypothesis(text: str, variant: str, gain: float, undone: Evidence, photos: set[str]) -> Hypothesis:
    severity: Severity = "error" if gain >= 0.1 else "warning"
    text += f" ({some(sorted(photos), most=3)})"
    finding = make_finding("pred-boxes", text, variant=variant, severity=severity, recovered_iou=round(gain, 4))
    return Hypothesis(finding, undone)


def _cut(evidence: Evidence, pieces: Sequence[_Piece]) -> list[Hypothesis]:
    cut = [p for p in pieces if p.cuts]
    lines = [line for p in cut for line in p.cuts]
    photos = {p.photo for p in cut}
    if len(cut) < max(FEWEST_PIECES, CUT * len(pieces)) or len(photos) < FEWEST_PHOTOS:
        return []
    places = [(axis, px / p.photo_hw[axis]) for p in cut for axis, px in p.cuts]
    if _at_one_place(places) > SAME_LINE * len(lines) or _on_grid([px for _, px in lines]):
        return []
    undone = without(evidence, partial(_beyond_boxes, evidence.classes.scored))
    gain = gain_of(evidence, undone)
    text = (
        f"{len(cut)} of {len(pieces)} predicted objects end at a straight line along the photo's sides though the true "
        f"ones go on unevenly beyond it, at {len(set(lines))} different lines; with what lies beyond left out of the "
        f"truth the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    return [_hypothesis(text, "cut", gain, undone, photos)] if gain >= LEAST_GAIN else []


def _at_one_place(places: Sequence[tuple[int, float]]) -> int:
    """Return how many cuts lie at one share of the photos' height or width: a part of them was never predicted."""
    near = [sum(a == axis and abs(share - at) <= NEAR for a, share in places) for axis, at in places]
    return max(near)


def _inside_boxes(classes: Sequence[int], background: int, truth: Mask, prediction: Mask) -> Bools:
    """Return the background that full rectangles cover."""
    out = np.zeros(truth.shape, dtype=np.bool_)
    for class_id in classes:
        _, areas, boxes = numbered(prediction == class_id)
        for area, (left, top, wide, high) in zip(areas, boxes, strict=True):
            if area >= FULL * wide * high:
                out[top : top + high, left : left + wide] = True
    return np.asarray(out & (truth == background))


def _beyond_boxes(classes: Sequence[int], truth: Mask, prediction: Mask) -> Bools:
    """Return the pixels of true objects beyond the sides at which predicted pieces are cut."""
    out = np.zeros(truth.shape, dtype=np.bool_)
    for class_id in classes:
        marks, areas, boxes = numbered(prediction == class_id)
        true_marks, true_areas, _ = numbered(truth == class_id)
        for number, (area, box) in enumerate(zip(areas.tolist(), boxes.tolist(), strict=True), start=1):
            left, top, wide, high = box
            part = slice(top, top + high), slice(left, left + wide)
            own = marks[part] == number
            below = np.bincount(true_marks[part][own], minlength=len(true_areas) + 1)
            if area < LEAST_PX or min(wide, high) < LEAST_SIDE_PX or not below[1:].any():
                continue
            whole = true_marks == int(below[1:].argmax()) + 1
            for axis, line in (cut for cut in _cuts(own, box, whole) if cut is not None):
                before = line == (top, left)[axis]
                side = slice(None, line) if before else slice(line, None)
                place = (side, slice(None)) if axis == 0 else (slice(None), side)
                out[place] |= whole[place]
    return out
