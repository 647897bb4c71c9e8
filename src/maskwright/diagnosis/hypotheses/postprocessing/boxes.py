"""Objects that end at boxes: full rectangles in place of shapes, and shapes cut off at the sides of a box too tight."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.hypotheses.postprocessing.pieces import (
    LEAST_GAIN,
    MOST_REREAD,
    LeftOut,
    at_size_of_prediction,
    numbered,
    without,
)
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask
from maskwright.imaging.measuring.rectangles import box_iou

FEWEST_PHOTOS = 3
"""Photos that must show it."""
FEWEST_PIECES = 6
"""Pieces that must show it."""
LEAST_PX = 64
"""Area of the pieces that are looked at."""
LEAST_SIDE_PX = 8
"""Both sides of their boxes."""
FULL = 0.97
"""Share of its box that a rectangle fills."""
SHAPED = 0.9
"""Share of its box that a true object on it fills, at most."""
MOST_FULL = 0.5
"""Share of the pieces on such objects that are rectangles."""
WHOLE = 0.9
"""Share of the photo from which on a full rectangle is the photo itself."""
FITTING = 0.6
"""IoU of a piece's box with that of the true object on it, in the median: other rectangles are no boxes of objects."""
GRID_PX = range(4, 129)
"""Sides of squares or tiles that are looked for."""
ON_GRID = 0.9
"""Length of the mean of the boxes' ends on a circle of one side, from which on they lie on a grid: those are coarse
squares or tiles, and no boxes of objects."""
FLAT = 0.15
"""Length of a straight side of a piece, as a share of the box's side."""
FLAT_PX = 8
"""The same length, at least."""
GOES_ON = 0.8
"""Share of it beyond which the true object goes on."""
UNEVEN_PX = 3
"""Amounts by which the true object goes on differ by so much along the side (10th to 90th percentile): along a straight
edge of its own it goes on evenly."""
DEEP_PX = 2
"""The object goes on by so much in the median."""
CUT = 0.25
"""Share of the pieces that are cut."""
SAME_LINE = 0.34
"""Share of the cuts that may lie at one place of the photos."""
NEAR = 0.01
"""Cuts that differ by less than this share of a photo's side lie at one place."""
SAME_SIDE = 0.9
"""Share of the cuts that may lie at one side of objects: a part that is missing from all, as a lid, does."""

Cut = tuple[int, int, bool]


@dataclass(frozen=True)
class _Piece:
    """A predicted piece: photo and ends, how full its box is, that of the true object, the boxes' IoU, and its cuts.

    `cuts` name the axis, the line at which a straight side ends though the object goes on, and whether that is before
    the line.
    """

    photo: str
    photo_hw: tuple[int, int]
    ends: tuple[int, int, int, int]
    fill: float
    true_fill: float
    fit: float
    cuts: tuple[Cut, ...]

    @property
    def is_whole(self) -> bool:
        """Whether its box is the whole photo, or nearly: then everything was predicted as this class."""
        left, top, right, bottom = self.ends
        return (right - left) * (bottom - top) >= WHOLE * self.photo_hw[0] * self.photo_hw[1]


def box_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that objects are full rectangles, or cut off at boxes, with what is wrong by it not counted."""
    classes = evidence.classes.scored
    if len(evidence.cases) < FEWEST_PHOTOS or evidence.classes.background is None:
        return []
    pieces: list[_Piece] = []
    for case in spread_evenly(evidence.cases, MOST_REREAD):
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
        cuts = tuple(_cuts(own, box, true_marks, best + 1, true_box))
        true_fill = float(true_areas[best] / (true_box[2] * true_box[3]))
        ends = left, top, left + wide, top + high
        x, y, true_wide, true_high = true_box
        true_ends = x, y, x + true_wide, y + true_high
        size_hw = true.shape[0], true.shape[1]
        found.append(_Piece(pair.name, size_hw, ends, area / (wide * high), true_fill, box_iou(ends, true_ends), cuts))
    return found


def _cuts(own: Bools, box: Sequence[int], marks: NDArray[np.int32], number: int, reach: Sequence[int]) -> list[Cut]:
    """Return the cuts of a piece in `box` on the object of a number, which reaches over a box of its own, `reach`."""
    left, top, wide, high = box
    first_x, first_y, last_x, last_y = reach[0], reach[1], reach[0] + reach[2], reach[1] + reach[3]
    sides = (
        (0, top, True, own[0], marks[first_y:top, left : left + wide][::-1]),
        (0, top + high, False, own[-1], marks[top + high : max(last_y, top + high), left : left + wide]),
        (1, left, True, own[:, 0], marks[top : top + high, first_x:left][:, ::-1].T),
        (1, left + wide, False, own[:, -1], marks[top : top + high, left + wide : max(last_x, left + wide)].T),
    )
    return [(axis, line, before) for axis, line, before, edge, beyond in sides if _is_cut(edge, beyond == number)]


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
    full = [p for p in pieces if p.fill >= FULL and p.true_fill < SHAPED and not p.is_whole]
    shaped = [p for p in pieces if p.true_fill < SHAPED]
    photos = {p.photo for p in full}
    if len(full) < max(FEWEST_PIECES, MOST_FULL * len(shaped)) or len(photos) < FEWEST_PHOTOS:
        return []
    if float(np.median([p.fit for p in full])) < FITTING:
        return []
    text = (
        f"{len(full)} of {len(shaped)} predicted objects fill {FULL:.0%} or more of their boxes, where the true ones "
        f"fill {np.median([p.true_fill for p in full]):.0%} (median); with the background in these boxes left out the"
    )
    inside = partial(_inside_boxes, evidence.classes.scored, evidence.classes.background or 0)
    return _claimed(evidence, inside, text, photos, variant="")


def _claimed(evidence: Evidence, wrong: LeftOut, text: str, photos: set[str], *, variant: str) -> list[Hypothesis]:
    """Return the claim if leaving out what is `wrong` by it raises the IoU; `text` ends before "IoU goes from"."""
    undone = without(evidence, wrong)
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    text += f" IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f} ({some(sorted(photos), most=3)})"
    finding = make_finding(
        "pred-boxes", text, variant=variant, severity=severity_of(gain), recovered_iou=round(gain, 4)
    )
    return [Hypothesis(finding, undone)]


def _cut(evidence: Evidence, pieces: Sequence[_Piece]) -> list[Hypothesis]:
    cut = [p for p in pieces if p.cuts]
    lines = [(axis, line) for p in cut for axis, line, _ in p.cuts]
    sides = [(axis, before) for p in cut for axis, _, before in p.cuts]
    photos = {p.photo for p in cut}
    if len(cut) < max(FEWEST_PIECES, CUT * len(pieces)) or len(photos) < FEWEST_PHOTOS:
        return []
    places = [(axis, px / p.photo_hw[axis]) for p in cut for axis, px, _ in p.cuts]
    ends = [[px for p in cut for _, px, at_start in p.cuts if at_start == before] for before in (True, False)]
    if _at_one_place(places) > SAME_LINE * len(lines) or all(_on_grid(px) for px in ends if px):
        return []  # before and behind blank borders of tiles lie two grids
    if max(sides.count(side) for side in set(sides)) > SAME_SIDE * len(sides):
        return []
    text = (
        f"{len(cut)} of {len(pieces)} predicted objects end at a straight line along the photo's sides though the true "
        f"ones go on unevenly beyond it, at {len(set(lines))} different lines; with what lies beyond left out of the "
        "truth the"
    )
    return _claimed(evidence, partial(_beyond_boxes, evidence.classes.scored), text, photos, variant="cut")


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
        true_marks, true_areas, true_boxes = numbered(truth == class_id)
        for number, (area, box) in enumerate(zip(areas.tolist(), boxes.tolist(), strict=True), start=1):
            left, top, wide, high = box
            part = slice(top, top + high), slice(left, left + wide)
            own = marks[part] == number
            below = np.bincount(true_marks[part][own], minlength=len(true_areas) + 1)
            if area < LEAST_PX or min(wide, high) < LEAST_SIDE_PX or not below[1:].any():
                continue
            best = int(below[1:].argmax())
            x, y, reach_x, reach_y = reach = true_boxes[best].tolist()
            for axis, line, before in _cuts(own, box, true_marks, best + 1, reach):
                rows, columns = slice(y, y + reach_y), slice(x, x + reach_x)
                side = (rows, columns)[axis]
                side = slice(side.start, min(line, side.stop)) if before else slice(max(line, side.start), side.stop)
                place = (side, columns) if axis == 0 else (rows, side)
                out[place] |= true_marks[place] == best + 1
    return out
