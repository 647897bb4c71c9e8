"""Holes of objects that are filled on the way to the file: outer contours drawn full, or holes filled."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.hypotheses.postprocessing.pieces import (
    LEAST_GAIN,
    MOST_REREAD,
    Numbers,
    at_size_of_prediction,
    without,
)
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask

FEWEST_PHOTOS = 3
"""Photos whose truth has holes."""
FEWEST_HOLES = 6
"""Holes in all of them."""
LEAST_PX = 20
"""Pixels of a hole that counts."""
FULL = 0.95
"""Share of a hole's pixels that are predicted where it is filled."""
OF_THE_HOLES = 0.25
"""Share of the holes that are: an outline with a gap has no inside."""
DEEP_PX = 3
"""Distance from the true object of the pixels that are compared inside and outside."""
OUTSIDE = 0.25
"""Outside of the object these are predicted so much more rarely than in its holes, at most."""


@dataclass(frozen=True)
class _Holes:
    """One class in one photo: areas of true holes and their predicted shares, number of predicted holes, and how often
    pixels far from the object are predicted, in its holes and outside (predicted and all)."""

    areas: Numbers
    predicted: NDArray[np.float64]
    drawn: int
    deep_inside: tuple[int, int]
    deep_outside: tuple[int, int]


def filled_hole_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that holes are filled, with the evidence in which filled holes are not counted."""
    background = evidence.classes.background
    if background is None or len(evidence.cases) < FEWEST_PHOTOS:
        return []
    photos = []
    for case in spread_evenly(evidence.cases, MOST_REREAD):
        pair = at_size_of_prediction(case.reread())
        photos.append([_holes(pair, c, background) for c in evidence.classes.scored])
        if any(one.drawn for one in photos[-1]):
            return []
    every = [one for photo in photos for one in photo]
    areas = np.concatenate([one.areas for one in every]) if every else np.zeros(0)
    full = np.concatenate([one.predicted for one in every])[areas >= LEAST_PX] >= FULL if every else np.zeros(0)
    with_holes = sum(any((one.areas >= LEAST_PX).any() for one in photo) for photo in photos)
    if with_holes < FEWEST_PHOTOS or len(full) < FEWEST_HOLES or full.mean() < OF_THE_HOLES or _is_all_over(every):
        return []
    return _hypothesis(evidence, background, (int(full.sum()), len(full)))


def _holes(pair: Pair, class_id: int, background: int) -> _Holes:
    """Holes are of background: a hole in one class may hold another, which is drawn over it."""
    true, drawn = pair.truth == class_id, pair.prediction == class_id
    whole = _filled(true)
    empty = pair.truth == background
    _, marks, stats, _ = cv2.connectedComponentsWithStats((whole & empty).astype(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.int64)
    predicted = np.bincount(marks[drawn], minlength=len(areas) + 1)[1:] / np.maximum(areas, 1)
    far = cv2.distanceTransform((~true).astype(np.uint8), cv2.DIST_L2, 3) > DEEP_PX if true.any() else ~true
    inside, outside = far & whole & empty, far & ~whole & empty
    return _Holes(
        areas,
        predicted,
        int((_filled(drawn) & (pair.prediction == background)).any()),
        (int((inside & drawn).sum()), int(inside.sum())),
        (int((outside & drawn).sum()), int(outside.sum())),
    )


def _filled(mask: Bools) -> Bools:
    """Return the mask with all that its outer contours enclose."""
    out = np.zeros(mask.shape, np.uint8)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(out, contours, -1, 1, cv2.FILLED)
    return np.asarray(out > 0)


def _is_all_over(every: Sequence[_Holes]) -> bool:
    """Tell whether background is predicted as object outside too: masks too large, or of a coarse network."""
    shares = []
    for sides in ("deep_inside", "deep_outside"):
        drawn, pixels = np.sum([getattr(one, sides) for one in every], axis=0)
        shares.append(float(drawn / max(pixels, 1)))
    return shares[1] > OUTSIDE * shares[0]


def _hypothesis(evidence: Evidence, background: int, counted: tuple[int, int]) -> list[Hypothesis]:
    def left_out(truth: Mask, prediction: Mask) -> Bools:
        parts = [_filled(truth == c) & (truth == background) & (prediction == c) for c in evidence.classes.scored]
        return np.asarray(np.any(parts, axis=0))

    undone = without(evidence, left_out)
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    filled, holes = counted
    text = (
        f"no predicted object has a hole; the true ones have {holes} of {LEAST_PX} px or more in the photos that were "
        f"looked at, and {filled} of them are predicted as object from edge to edge; with the filled holes left out "
        f"the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    return [
        Hypothesis(make_finding("pred-filled", text, severity=severity_of(gain), recovered_iou=round(gain, 4)), undone)
    ]
