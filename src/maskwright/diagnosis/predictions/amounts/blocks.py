"""Predictions of a smaller size that were enlarged by repeating pixels: masks made of squares."""

from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou, spread
from maskwright.diagnosis.hypotheses.corrected_evidence import Frame, Hypothesis, applied, gain_of, iou_of, tried
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 8
SMALLEST_PX = 3.0
"""Sides of squares that are looked for, in px of the photo; smaller ones cost little."""
FEWEST_STEPS = 3
"""Changes of value that each line with any must have on average: a few straight edges prove no squares."""
ON_GRID = 0.8
"""Length of the mean of the lines' places on a circle of one side: 1 on a grid, 0.83 where squares of 3 px are blurred
by one px, near 0 for lines anywhere."""
ANCHORS = (0.5, 0.0)
"""Where in a square its value was taken: in the middle, or in the first pixel."""


def in_blocks(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions consist of squares, with the evidence as smooth enlarging leaves it."""
    pairs = [case.reread() for case in spread(evidence.cases, MOST_PHOTOS)]
    sides = [(_side(p.prediction, p.truth.shape, of_grid=True), _side(p.truth, p.truth.shape)) for p in pairs]
    known = [(drawn, true) for drawn, true in sides if drawn]
    if len(known) < 2 or len(known) < 0.5 * len(pairs):
        return []
    side = float(np.median([drawn for drawn, _ in known]))
    if side < SMALLEST_PX or side < 2 * float(np.median([true or 1.0 for _, true in known])):
        return []
    undone = _smoothed(evidence, side)
    gain = gain_of(evidence, undone)
    if gain <= 0:
        return []
    text = (
        f"predictions consist of squares of about {side:.0f} px; enlarged smoothly, the mean IoU goes from "
        f"{np.nan_to_num(iou_of(evidence)):.3f} to {np.nan_to_num(iou_of(undone)):.3f}"
    )
    values, recovered = {"side": round(side)}, round(gain, 4)
    finding = make_finding("boundary-coarse", text, variant="blocks", values=values, recovered_iou=recovered)
    return [Hypothesis(finding, undone)]


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
    count = len(evidence.classes)
    few = spread(evidence.cases, MOST_PHOTOS)
    ways = [partial(enlarged, side_px, anchor) for anchor in ANCHORS]
    scores = [float(np.nan_to_num(mean_iou(np.sum(tried(few, way, count), axis=0), evidence.classes))) for way in ways]
    return applied(evidence, ways[int(np.argmax(scores))])


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
