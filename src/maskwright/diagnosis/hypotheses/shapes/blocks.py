"""Predictions of a smaller size that were enlarged by repeating pixels: masks made of squares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou_or_zero
from maskwright.diagnosis.undo.transforms import moved_by
from maskwright.diagnosis.undo.undone_evidence import Frame, Hypothesis, applied, gain_of, iou_or_zero, tried
from maskwright.evaluation.metrics import value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 8
"""Photos that are looked at."""
SMALLEST_PX = 3.0
"""Sides of squares that are looked for, in px of the photo; smaller ones cost little."""
FEWEST_STEPS = 3
"""Changes of value that each line with any must have on average: a few straight edges prove no squares."""
ON_GRID = 0.8
"""Length of the mean of the lines' places on a circle of one side: 1 on a grid, 0.83 where squares of 3 px are blurred
by one px, near 0 for lines anywhere."""
LARGEST_PX = 64
"""For photos together: the largest side that is looked for."""
FEWEST_LINES = 16
"""Lines that prove a grid."""
LONG_LINES = 0.75
"""Their mean length in sides of squares."""
FEWEST_SQUARES = 4
"""Squares that must fit a photo's side: fewer are in step with objects that lie alike in every photo."""
FEWEST_PLACES = 3
"""Different borders of squares that lines must lie on along each axis."""
LEAST_COST = 0.1
"""IoU that squares must cost the truth itself to be named where smoothing them gives nothing back."""
ANCHORS = (0.5, 0.0)
"""Where in a square its value was taken: in the middle, or in the first pixel."""
MOVES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
"""Shifts in squares that are told from an anchor in the first pixel."""


def block_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions consist of squares, with the evidence as smooth enlarging leaves it."""
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    side = _side_of_squares(pairs)
    if not side:
        return []
    undone = _smoothed(evidence, side)
    gain, cost = gain_of(evidence, undone), _cost_of_squares(pairs, side, evidence)
    if gain <= 0 and cost < LEAST_COST:
        return []
    was, reached = (iou_or_zero(e) for e in (evidence, undone))
    after = f"enlarged smoothly, the mean IoU goes from {was:.3f} to {reached:.3f}"
    lost = f"they cost the masks themselves {cost:.2f} IoU, and no smoothing gives that back"
    text = f"predictions consist of squares of about {side:.0f} px; {after if gain > 0 else lost}"
    values, recovered = {"side": round(side)}, round(gain, 4) if gain > 0 else None
    finding = make_finding("boundary-coarse", text, variant="blocks", values=values, recovered_iou=recovered)
    return [Hypothesis(finding, undone if gain > 0 else None)]


def _side_of_squares(pairs: Sequence[Pair]) -> float:
    """Return the side of the squares that predictions consist of, in px of the photo; 0 where they do not."""
    sides = [(_side(p.prediction, p.truth.shape, of_grid=True), _side(p.truth, p.truth.shape)) for p in pairs]
    known = [(drawn, true) for drawn, true in sides if drawn]
    if len(known) < 2 or len(known) < 0.5 * len(pairs):
        return _side_together(pairs)
    side = float(np.median([drawn for drawn, _ in known]))
    return 0.0 if side < SMALLEST_PX or side < 2 * float(np.median([true or 1.0 for _, true in known])) else side


def _side_together(pairs: Sequence[Pair]) -> float:
    """Return the side of squares that lines of all photos together lie on: small objects have few lines in each.

    A whole number of squares fills each photo.
    """
    drawn = [lines for p in pairs for lines in _lines(resize_mask(p.prediction, p.truth.shape))]
    true = [lines for p in pairs for lines in _lines(p.truth)]
    for side in range(LARGEST_PX, int(SMALLEST_PX), -1):
        if _fit(drawn, side) >= ON_GRID > _fit(true, side):
            return float(side)
    return 0.0


@dataclass(frozen=True)
class _Lines:
    """Lines at which values change along one axis of a mask: their places, the changes at all of them, its length."""

    axis: int
    places: NDArray[np.intp]
    changes: int
    length_px: int


def _lines(mask: Mask) -> list[_Lines]:
    found = []
    for axis in (0, 1):
        changes = np.count_nonzero(np.diff(mask.astype(np.int16), axis=axis), axis=1 - axis)
        found.append(_Lines(axis, np.flatnonzero(changes) + 1, int(changes.sum()), mask.shape[axis]))
    return found


def _fit(every: Sequence[_Lines], side: int) -> float:
    """Return how well lines of all photos lie on the borders of squares; 0 where they are few, or short beside one."""
    every = [lines for lines in every if lines.length_px // side >= FEWEST_SQUARES]
    count = sum(len(lines.places) for lines in every)
    if count < FEWEST_LINES or sum(lines.changes for lines in every) < LONG_LINES * side * count:
        return 0.0
    if min(_places_on_axis(every, side, axis) for axis in (0, 1)) < FEWEST_PLACES:
        return 0.0
    return float(np.exp(2j * np.pi * np.concatenate([_in_squares(lines, side) for lines in every])).mean().real)


def _in_squares(lines: _Lines, side: int) -> NDArray[np.float64]:
    """Return the places of lines in squares, of which a whole number fills the photo."""
    return lines.places * (lines.length_px // side) / lines.length_px


def _places_on_axis(every: Sequence[_Lines], side: int, axis: int) -> int:
    """Return on how many different borders of squares the lines of one axis lie."""
    return len({int(at) for lines in every if lines.axis == axis for at in np.rint(_in_squares(lines, side))})


def _cost_of_squares(pairs: Sequence[Pair], side: float, evidence: Evidence) -> float:
    """Return the IoU that true masks lose if they are reduced to one pixel a square and enlarged again."""
    count = len(evidence.classes)
    tables = np.zeros((count, 256), dtype=np.int64)
    for pair in pairs:
        small = tuple(max(1, round(length / side)) for length in pair.truth.shape)
        tables += value_counts(pair.truth, resize_mask(resize_mask(pair.truth, small), pair.truth.shape), count)
    return 1 - mean_iou_or_zero(tables, evidence.classes)


def _side(mask: Mask, size_hw: tuple[int, ...], *, of_grid: bool = False) -> float:
    """Return the mean distance of the lines at which values change, in px of the photo; 0 where too little changes.

    With `of_grid` the side of the squares on whose grid the lines lie, and 0 where they lie on none.
    """
    distances = []
    for axis, length in ((0, size_hw[0]), (1, size_hw[1])):
        changes = np.count_nonzero(np.diff(mask.astype(np.int16), axis=axis), axis=1 - axis)
        places = np.flatnonzero(changes)
        if len(places) < 3 or changes.sum() < FEWEST_STEPS * len(places):
            return 0.0
        distance = _grid_side(places) if of_grid else float(np.ptp(places)) / (len(places) - 1)
        distances.append(distance * length / mask.shape[axis])
    return float(min(distances))


def _grid_side(places: NDArray[np.intp]) -> float:
    """Return the distance of which most of those between the lines are multiples, up to half of all lines missing.

    Lines of a grid have one remainder, which sides that are no whole px blur by up to one px.
    """
    gaps = len(places) - 1
    sides = np.ptp(places) / np.arange(gaps, 2 * gaps + 1)
    together = np.abs(np.exp(2j * np.pi * places / sides[:, None]).mean(axis=1))
    best = int(np.argmax(np.round(together, 3)))
    return float(sides[best]) if together[best] >= ON_GRID else 0.0


def _smoothed(evidence: Evidence, side_px: float) -> Evidence:
    """Return the evidence as the better of two ways of smooth enlarging leaves it."""
    return applied(evidence, partial(enlarged, side_px, _anchor(evidence, side_px)))


def _anchor(evidence: Evidence, side_px: float) -> float:
    """Return where in a square its value was taken.

    Values of first pixels, taken for those of middles, lie half a square too far right and below, wherever else they
    were shifted by whole squares. A shift along one axis alone would be undone by half in both directions.
    """
    count, few = len(evidence.classes), spread_evenly(evidence.cases, MOST_PHOTOS)
    middle, first = ANCHORS

    def iou_when(x: float, y: float) -> float:
        def undo(mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
            return moved_by((x * side_px, y * side_px), enlarged(side_px, middle, mask, frame), frame)

        return mean_iou_or_zero(np.sum(tried(few, undo, count), axis=0), evidence.classes)

    moves = {(x, y): iou_when(x, y) for x in MOVES for y in MOVES}
    return first if all(steps % 1 for steps in max(moves, key=moves.__getitem__)) else middle


def enlarged(side_px: float, anchor: float, mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Return a mask of squares as linear interpolation of one value a square draws it."""
    own = resize_mask(mask, frame.size_hw)
    if own.dtype != np.uint8:
        return own
    high, wide = frame.size_hw
    rows, columns = (max(1, round(side / (side_px * frame.scale))) for side in (high, wide))
    y, x = ((np.arange(n) + 0.5) * side / n for n, side in ((rows, high), (columns, wide)))
    small = own[y.astype(int)[:, None], x.astype(int)[None]]
    step_y, step_x = high / rows, wide / columns
    map_y = ((np.arange(high) + 0.5 * (anchor > 0)) / step_y - anchor).astype(np.float32)
    map_x = ((np.arange(wide) + 0.5 * (anchor > 0)) / step_x - anchor).astype(np.float32)
    grid = np.meshgrid(map_x, map_y)
    best, drawn = np.full(frame.size_hw, -1, np.float32), np.zeros(frame.size_hw, np.uint8)
    for value in np.unique(small).tolist():
        share = cv2.remap(
            (small == value).astype(np.float32), grid[0], grid[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        drawn[share > best] = value
        np.maximum(best, share, out=best)
    return drawn
