"""Predictions that equal their own mirror image: test-time mirroring that was averaged without mirroring back."""

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, spread
from maskwright.diagnosis.hypotheses.corrected_evidence import Hypothesis
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 8
OWN_IMAGE = 0.985
"""Agreement of a prediction with its mirror image, by the pixels of objects; healthy ones have 0.44 to 0.96."""
CLEARER_THAN_TRUTH = 0.08

AXES = {"left-right": 1, "top-bottom": 0}


def symmetric(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that predictions were joined with their mirror images."""
    pairs = [case.reread() for case in spread(evidence.cases, MOST_PHOTOS)]
    if len(pairs) < 3:
        return []
    for name, axis in AXES.items():
        drawn = [_agreement(pair.prediction, axis) for pair in pairs]
        true = [_agreement(resize_mask(pair.truth, pair.prediction.shape), axis) for pair in pairs]
        known = [(d, t) for d, t in zip(drawn, true, strict=True) if not (np.isnan(d) or np.isnan(t))]
        if len(known) < 3:
            continue
        ours, theirs = (float(np.median(values)) for values in zip(*known, strict=True))
        share = float(np.mean([d >= OWN_IMAGE for d, _ in known]))
        if ours >= OWN_IMAGE and share >= 0.8 and theirs <= ours - CLEARER_THAN_TRUTH:
            text = f"predictions are {ours:.1%} their own mirror image ({name}), the truth {theirs:.0%}"
            return [Hypothesis(make_finding("pred-symmetric", text))]
    return []


def _agreement(mask: Mask, axis: int) -> float:
    """Return the IoU of what is not the commonest value with its mirror image, value by value; NaN if empty."""
    values, counts = np.unique(mask[mask != IGNORE], return_counts=True)
    if len(values) < 2:
        return float("nan")
    image = np.flip(mask, axis=axis)
    other = [v for v in values if v != values[counts.argmax()]]
    hits = sum(int(((mask == v) & (image == v)).sum()) for v in other)
    union = sum(int(((mask == v) | (image == v)).sum()) for v in other)
    return hits / union
