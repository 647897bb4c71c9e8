"""Objects drawn as polygons of a few corners, where the true ones are not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, full_pairs
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

MOST_PHOTOS = 10
"""Photos that are looked at."""
FEWEST = 8
"""Objects that are needed, predicted and true."""
LEAST_PX = 300
"""Pixels of an object that shows its outline."""
WITHIN_PX = 1.2
"""An outline is followed by straight lines to so many px: a filled polygon lies that near to its own sides."""
FEW_CORNERS = 9
"""Corners of a polygon, at most."""
NEARLY_ALL = 0.85
"""Share of the predicted objects that must be polygons."""
TRUE_SO = 0.35
"""Share of the true ones that may be."""
FEWEST_TIMES = 1.8
"""Corners of true objects against those of predicted ones (medians)."""
LEAST_LOST = 0.15
"""What must be missing to an IoU of 1."""


def polygon_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that outlines were reduced to polygons of few corners."""
    reached = iou_or_zero(evidence)
    if evidence.classes.background != 0 or not reached < 1 - LEAST_LOST:
        return []
    pairs = full_pairs(evidence.cases, MOST_PHOTOS)
    drawn, true = (_corners(masks) for masks in ([p.prediction for p in pairs], [p.truth for p in pairs]))
    if len(drawn) < FEWEST or len(true) < FEWEST:
        return []
    few, true_few = (float((corners <= FEW_CORNERS).mean()) for corners in (drawn, true))
    if few < NEARLY_ALL or true_few > TRUE_SO or np.median(true) < FEWEST_TIMES * np.median(drawn):
        return []
    text = (
        f"{few:.0%} of {len(drawn)} predicted objects are polygons of {FEW_CORNERS} corners or fewer "
        f"({np.median(drawn):.0f} in the median), and {true_few:.0%} of the true ones ({np.median(true):.0f} corners); "
        f"the mean IoU is {reached:.3f}"
    )
    return [Hypothesis(make_finding("boundary-coarse", text, variant="polygons"))]


def _corners(masks: list[Mask]) -> NDArray[np.int64]:
    """Return how many corners each large object's outline needs."""
    return np.array([count for mask in masks for count in _of_mask(np.ascontiguousarray(mask))], dtype=np.int64)


def _of_mask(mask: Mask) -> list[int]:
    """Return the corners of a mask's objects that touch no side of the photo: its sides are straight by themselves."""
    high, wide = mask.shape
    counts = []
    for value in np.unique(mask[(mask > 0) & (mask < 255)]).tolist():
        outlines, _ = cv2.findContours((mask == value).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in outlines:
            x, y, w, h = cv2.boundingRect(outline)
            if cv2.contourArea(outline) < LEAST_PX or min(x, y) == 0 or x + w == wide or y + h == high:
                continue
            counts.append(len(cv2.approxPolyDP(outline, WITHIN_PX, closed=True)))
    return counts
