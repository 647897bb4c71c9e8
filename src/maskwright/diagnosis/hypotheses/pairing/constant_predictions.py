"""One prediction for all photos: the average mask, that of one photo, or what a constant input gives."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou, mean_iou_or_zero
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import value_counts
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

TINY_PX = 48
"""Side of the copies on which masks of any size are compared."""
FINER_PX = 160
"""Side of the copies of truths, of which small objects are compared."""
ALL_ALIKE = 0.9
"""Share of the predictions that are one mask, from which on all are."""
TRUTHS_DIFFER = 0.8
"""IoU of neighbours' truths below which they differ."""
SAME = 0.97
"""Share of the pixels that copies of one mask share."""
DRAWN_APART = 0.1
"""Share of what is drawn that may differ."""
SAMPLED_APART = 0.35
"""The same share of small objects, which photos of slightly different sizes sample differently."""
LEAST_FIT = 0.6
"""IoU of the one photo that a common prediction belongs to."""
LEAST_APART = 0.1
"""How far that lies above the IoU of the others."""
LIKE_AVERAGE = 0.75
"""Correlation of a common prediction with the average of the truths from which on it is that."""


def tiny_copy(mask: Mask, side_px: int = TINY_PX) -> Mask:
    """Return a square copy of few px, on which masks of any size are compared."""
    return np.asarray(resize_mask(mask, (side_px, side_px)), dtype=np.uint8)


def constant_prediction_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that photos get one prediction though their truths differ; not for empty ones (a collapse)."""
    cases, classes = evidence.cases, evidence.classes
    shown = [c for c in cases if len(np.unique(c.prediction)) > 1]
    if len(cases) < 3 or len(shown) < ALL_ALIKE * len(cases):
        return []
    share = constant_share(cases)
    if share < ALL_ALIKE:
        return []
    truths = np.stack([tiny_copy(c.truth, FINER_PX) for c in cases])
    overlaps = np.array([mean_iou(value_counts(a, b, len(classes)), classes) for a, b in pairwise(truths)])
    differ = float(np.nanmean(overlaps)) if not np.isnan(overlaps).all() else 1.0
    if differ >= TRUTHS_DIFFER:
        return []
    text = (
        f"{share:.0%} of {len(cases)} predictions are the same mask, while the truths of neighbours "
        f"overlap by an IoU of {differ:.2f}"
    )
    likeness = _likeness_to_average(evidence)
    if likeness >= LIKE_AVERAGE:
        text += f"; it follows the average of the truths (correlation {likeness:.2f})"
        return [Hypothesis(make_finding("pred-constant", text, variant="average"))]
    if (first := _only_fit(evidence)) is not None:
        name, fit, others = first
        text += f"; it fits {name} (IoU {fit:.2f}) and no other photo ({others:.2f} at most)"
        return [Hypothesis(make_finding("pred-constant", text, variant="first", values={"name": name}))]
    return [Hypothesis(make_finding("pred-constant", text))]


def _only_fit(evidence: Evidence) -> tuple[str, float, float] | None:
    """Return the one photo that a common prediction fits, its IoU, and the best IoU of the others; None without one."""
    fits = sorted((mean_iou_or_zero(c.table, evidence.classes), c.name) for c in evidence.cases)
    (best, name), second = fits[-1], fits[-2][0]
    if best < LEAST_FIT or best - second < LEAST_APART:
        return None
    return name, best, second


def _likeness_to_average(evidence: Evidence) -> float:
    """Return how the mean of all predictions correlates with the mean of all truths, of what is not the commonest."""
    commonest = int(evidence.table.sum(axis=1).argmax())
    true, drawn = (
        np.mean([_soft(mask != commonest) for mask in masks], axis=0).ravel()
        for masks in ([c.truth for c in evidence.cases], [c.prediction for c in evidence.cases])
    )
    return float(np.corrcoef(true, drawn)[0, 1]) if true.std() and drawn.std() else 0.0


def constant_share(cases: tuple[Case, ...]) -> float:
    """Return the share of predictions that equal the commonest of all, by tiny copies.

    Up to 3 % of the pixels may differ, but no more than a tenth of what is drawn. Of small objects a copy keeps shares
    of pixels, of which a third may differ: photos of slightly different sizes sample them differently.
    """
    tiny = np.stack([tiny_copy(c.prediction).ravel() for c in cases])
    commonest = int(np.bincount(tiny.ravel()).argmax())
    shares = np.stack([_soft(c.prediction != commonest).ravel() for c in cases])
    if float(np.median(shares.mean(axis=1))) < 1 - SAME:
        apart = np.abs(shares - np.median(shares, axis=0)).mean(axis=1)
        return float(np.mean(apart <= SAMPLED_APART * np.maximum(shares.mean(axis=1), 1e-9)))
    middle = np.stack([(tiny == value).sum(axis=0) for value in range(int(tiny.max()) + 1)]).argmax(axis=0)
    drawn = np.maximum((tiny != commonest).mean(axis=1), 1e-9)
    return float(np.mean((tiny != middle).mean(axis=1) <= np.minimum(1 - SAME, DRAWN_APART * drawn)))


def _soft(drawn: Bools) -> NDArray[np.float32]:
    side = (TINY_PX, TINY_PX)
    return np.asarray(cv2.resize(drawn.astype(np.float32), side, interpolation=cv2.INTER_AREA), dtype=np.float32)
