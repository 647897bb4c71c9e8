"""Masks drawn in a checkerboard near boundaries, as transposed convolutions leave one."""

from functools import partial

import cv2
import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.hypotheses.shapes.changed_masks import iou_after
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

FIELDS_PX = (1, 2, 3, 4, 6, 8)
"""Sides of a checkerboard's fields."""
LEAST_CONTRAST = 0.06
"""How much more often a pixel near a boundary is object on dark fields than on light ones; healthy predictions have up
to 0.01, boards that cost something from 0.1 on."""
MORE_CONTRAST = 4.0
"""The same against that of the truth."""
LEAST_SMOOTHED = 0.005
"""IoU that smoothing must give back to be the fix of a checkerboard."""


def checkerboard_hypotheses(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    """Compare how often an object is drawn on the dark and on the light fields of a checkerboard, near boundaries."""
    masks = [_drawn(p.prediction) for p in pairs], [_drawn(p.truth) for p in pairs]
    contrasts = [(px, abs(_contrast(masks[0], px)), abs(_contrast(masks[1], px))) for px in FIELDS_PX]
    size, drawn, true = max(contrasts, key=lambda contrast: contrast[1] - contrast[2])
    if drawn < LEAST_CONTRAST or drawn < MORE_CONTRAST * true:
        return []
    plain, _ = iou_after(pairs, lambda mask: mask, evidence)
    smooth, _ = iou_after(pairs, partial(_smoothed, 4 * size + 1), evidence)
    after = f"; smoothed, the mean IoU goes from {plain:.3f} to {smooth:.3f}" if smooth > plain else ""
    text = (
        f"near boundaries a pixel is {drawn:.0%} more often object on one half of the fields of a checkerboard of "
        f"{size} px than on the other ({true:.0%} in the truth){after}"
    )
    recovered = round(max(0.0, smooth - plain), 4)
    smoothing = {"size": 4 * size + 1, "ids": as_ids(evidence)}
    values, variant = (smoothing, "smooth") if smooth > plain + LEAST_SMOOTHED else ({}, "")
    finding = make_finding("pred-checkerboard", text, values=values, variant=variant, recovered_iou=recovered)
    return [Hypothesis(finding)]


def _smoothed(size: int, mask: Mask) -> Mask:
    return np.asarray(cv2.medianBlur(mask, size))


def _drawn(mask: Mask) -> Mask:
    """Return 1 where a mask holds another value than its most frequent one, else 0."""
    return np.asarray(mask != int(np.bincount(mask.ravel()).argmax()), dtype=np.uint8)


def _contrast(drawn_masks: list[Mask], px: int) -> float:
    """Return how much more often a pixel near a boundary is no background on the dark fields than on the light ones."""
    sums = np.zeros((2, 2))
    for drawn in drawn_masks:
        kernel = np.ones((2 * px + 1, 2 * px + 1), np.uint8)
        band = cv2.dilate(drawn, kernel) != cv2.erode(drawn, kernel)
        y, x = np.nonzero(band)
        dark, inside = (y // px + x // px) % 2 == 0, drawn[band]
        for row, field in enumerate((dark, ~dark)):
            sums[row] += (inside[field].sum(), np.count_nonzero(field))
    dark_share, light_share = sums[:, 0] / np.maximum(sums[:, 1], 1)
    return float(dark_share - light_share)
