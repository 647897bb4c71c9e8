"""Boundaries as coarse as those of a network that decodes at a fraction of the size."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, Pair, full_pairs, mean_iou
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import ValueCounts, constant_mean_iou, iou, value_counts
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

MOST_REREAD = 10
"""Photos that are looked at."""
STRIDES_PX = (8, 16, 32, 64)
"""Distances of the values of a coarse drawing."""
ABOVE_CONSTANT = 0.02
"""IoU by which a coarse drawing must say more than one class for all would."""
LEAST_COARSE_FIT = 0.5
"""IoU by which predictions must follow it."""


def coarse_boundaries(evidence: Evidence) -> Hypothesis | None:
    """Compare with the truth as a network of each stride draws it: a coarse one fits that better than the truth."""
    if not evidence.cases:
        return None
    pairs, count = full_pairs(evidence.cases, MOST_REREAD), len(evidence.classes)
    base = mean_iou(np.sum([value_counts(p.truth, p.prediction, count) for p in pairs], axis=0), evidence.classes)
    shown = [c for c in evidence.classes.scored if any((p.truth == c).any() for p in pairs)]
    fits = {}
    for stride in (s for s in STRIDES_PX if s * 4 <= min(pairs[0].truth.shape)):
        drawn = [as_drawn_at(p.truth, stride) for p in pairs]
        best, limit = np.zeros((2, count, 256), dtype=np.int64)
        for pair, coarse in zip(pairs, drawn, strict=True):
            best += value_counts(coarse, pair.prediction, count)
            limit += value_counts(pair.truth, np.where(coarse == IGNORE, pair.prediction, coarse), count)
        # Classes that vanish in the coarse drawing count as 0: left out, they would make it look like a good fit.
        fits[stride] = (_mean_iou_absent_as_zero(best, shown), _mean_iou_absent_as_zero(limit, shown))
    constant = constant_mean_iou(evidence.counts, evidence.classes.scored)
    fits = {stride: fit for stride, fit in fits.items() if fit[1] > constant + ABOVE_CONSTANT}
    if not fits or not base > 0.2:
        return None
    stride = max(fits, key=lambda s: float(np.nan_to_num(fits[s][0])))
    fit, limit_iou = fits[stride]
    if fit - base < 0.05 or fit < LEAST_COARSE_FIT or limit_iou > 0.97:
        return None
    near, far = errors_by_place(pairs, stride // 2, count)
    text = (
        f"the IoU with the truth is {base:.3f}, with the truth drawn from values {stride} px apart {fit:.3f} (itself "
        f"at {limit_iou:.3f}); {near:.1%} of the pixels within {stride // 2} px of a boundary are "
        f"wrong, {far:.1%} beyond"
    )
    return Hypothesis(make_finding("boundary-coarse", text))


def _mean_iou_absent_as_zero(counts: ValueCounts, classes: Sequence[int]) -> float:
    """Return the mean IoU over the given classes, one that is absent from both counted as 0; NaN without classes."""
    return float(np.nan_to_num(iou(counts))[list(classes)].mean()) if classes else float("nan")


def as_drawn_at(truth: Mask, stride: int) -> Mask:
    """Return the truth as a network with one value for `stride` x `stride` pixels, blown up smoothly, would draw it."""
    high, wide = truth.shape
    small = (max(1, round(wide / stride)), max(1, round(high / stride)))
    values = [v for v in np.unique(truth).tolist() if v != IGNORE]
    best: NDArray[np.float32] = np.full(truth.shape, -1, dtype=np.float32)
    drawn = np.zeros(truth.shape, dtype=np.uint8)
    for value in values:
        share = cv2.resize((truth == value).astype(np.float32), small, interpolation=cv2.INTER_AREA)
        blown = cv2.resize(share, (wide, high), interpolation=cv2.INTER_LINEAR)
        better = blown > best
        drawn[better] = value
        np.maximum(best, blown, out=best)
    drawn[truth == IGNORE] = IGNORE
    return drawn


def errors_by_place(pairs: list[Pair], depth_px: int, count: int) -> tuple[float, float]:
    """Return the share of wrong pixels within so many px of a true boundary, and beyond."""
    totals = np.zeros((2, 2))
    kernel = np.ones((2 * depth_px + 1, 2 * depth_px + 1), np.uint8)
    for pair in pairs:
        band = cv2.dilate(pair.truth, kernel) != cv2.erode(pair.truth, kernel)
        counted = pair.truth < count
        wrong = pair.truth != pair.prediction
        for row, place in enumerate((band, ~band)):
            totals[row] += (float((wrong & place & counted).sum()), float((place & counted).sum()))
    near, far = totals[:, 0] / np.maximum(totals[:, 1], 1)
    return float(near), float(far)
