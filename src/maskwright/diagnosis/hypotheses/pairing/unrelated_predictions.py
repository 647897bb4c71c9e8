"""Predictions that tell no more of their own photo's truth than of another photo's."""

from collections.abc import Sequence

import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import iou_or_zero
from maskwright.evaluation.metrics import ValueCounts, constant_mean_iou, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_PHOTOS = 6
"""Photos that must show two classes."""
MOST_PHOTOS = 16
"""Photos that are looked at."""
OTHERS = 3
"""Other photos that each is compared with."""
NO_MORE = 0.05
"""Share of a truth's information that its own prediction may tell more than another photo's (median): models of few
photos tell 0.07 and more, networks without their weights 0.01 and less, up to 0.07 where edges show the classes."""
SURELY_NO_MORE = 0.02
"""The same for predictions that beat one class everywhere: little was learned then, but something."""
COARSE_NO_MORE = 0.01
"""The same for squares of many pixels, which tell little of thin objects however well they were learned."""
TIMES = 2
"""Predictions with so many times the IoU of chance are related to their photos: what is drawn without regard to photos
overlaps each class no better than that class everywhere does."""
LITTLE = 0.1
"""IoU above that of one class everywhere from which on predictions are related to their photos."""
SYMPTOMS = frozenset(
    {
        *("score-constant", "accuracy-majority", "val-below-constant", "empty-positives", "pred-speckled"),
        *("pred-excess", "class-excess", "class-missing", "classes-merged", "classes-confused", "boundary-coarse"),
        *("patches-distant", "pred-thick"),
    }
)
"""What is named where predictions have nothing to do with their photos: any shape, any amount."""


def with_unrelated(findings: list[Finding], evidence: Evidence) -> list[Finding]:
    """Return the findings, symptoms replaced by one that says that predictions have nothing to do with their photos.

    It is looked for where nothing else was found: whatever was moved, renumbered or exchanged tells of its own photo
    once that is undone, and was tried before.
    """
    warned = {finding.code for finding in findings if finding.severity != "note"}
    if not warned <= SYMPTOMS or not evidence.cases:
        return findings
    reached = iou_or_zero(evidence)
    constant = constant_mean_iou(evidence.counts, evidence.classes.scored)
    by_chance = len(evidence.classes.scored) * constant
    if not reached <= constant + LITTLE or reached >= TIMES * by_chance > 0:
        return findings
    own, other = _told(evidence)
    limit = NO_MORE if reached <= constant else SURELY_NO_MORE
    if not own - other <= (COARSE_NO_MORE if "boundary-coarse" in warned else limit):
        return findings
    text = (
        f"a photo's prediction tells {own:.0%} of where its classes lie, another photo's {other:.0%}; the mean IoU is "
        f"{reached:.3f}, and the best single class everywhere gives {constant:.3f}"
    )
    kept = [finding for finding in findings if finding.code not in SYMPTOMS]
    return [*kept, make_finding("score-constant", text, variant="unrelated")]


def _told(evidence: Evidence) -> tuple[float, float]:
    """Return the share of a truth's information that its own prediction tells, and other photos' (medians); or NaN."""
    cases = [
        case for case in spread_evenly(evidence.cases, MOST_PHOTOS) if np.count_nonzero(case.table.sum(axis=1)) > 1
    ]
    if len(cases) < FEWEST_PHOTOS:
        return float("nan"), float("nan")
    count = len(evidence.classes)
    own = [_information(value_counts(case.truth, _fitted(case, case), count)) for case in cases]
    others = [
        _information(value_counts(case.truth, _fitted(case, other), count))
        for place, case in enumerate(cases)
        for other in _following(cases, place)
    ]
    return float(np.median(own)), float(np.median(others))


def _following(cases: Sequence[Case], place: int) -> list[Case]:
    step = max(1, len(cases) // (OTHERS + 1))
    return [cases[(place + i * step) % len(cases)] for i in range(1, OTHERS + 1)]


def _fitted(case: Case, other: Case) -> Mask:
    return resize_mask(other.prediction, case.truth.shape)


def _information(table: ValueCounts) -> float:
    """Return which share of the truth's entropy the predicted values tell, whatever they are called: 0 to 1."""
    shares = table / max(table.sum(), 1)
    true, drawn = shares.sum(axis=1, keepdims=True), shares.sum(axis=0, keepdims=True)
    both = shares > 0
    told = float((shares[both] * np.log(shares[both] / (true * drawn)[both])).sum())
    entropy = -float((true[true > 0] * np.log(true[true > 0])).sum())
    return told / entropy if entropy > 0 else 0.0
