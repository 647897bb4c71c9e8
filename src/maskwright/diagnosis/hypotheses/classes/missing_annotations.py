"""Photos whose objects were never annotated: the truth is empty where a good model draws objects."""

from collections.abc import Sequence

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou_or_zero
from maskwright.diagnosis.undo.false_positive_area import shares_far_from_truth
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, without_photos
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_ANNOTATED = 3
"""Photos whose truth shows an object."""
GOOD = 0.4
"""IoU on them, without which what a model draws proves nothing."""
RELIABLE = 0.6
"""IoU on them below which a model is weak."""
FEWEST_OF_WEAK = 4
"""Empty photos that a weak model must draw on; two are enough for a good one."""
LIKE_OTHERS = 0.4
"""Area drawn on an empty photo against that of the smaller true objects (first quartile)."""
MOST_OF_EMPTY = 0.35
"""Share of the empty photos that it must draw on."""
MORE_STRAYS = 2.0
"""Area drawn on an empty photo against the most that the model paints far from true objects."""
OF_THE_MEDIAN = 0.5
"""Median area drawn on these photos against that of true objects."""
SAME_PX = 96
"""Side of the copies on which masks are laid on each other."""
SAME = 0.7
"""Overlap of what is drawn on these photos with what most of them have there, from which on it is a habit of the
model."""
ALIKE = 0.5
"""Overlap of true objects from which on all photos show nearly the same, so that a habit cannot be told."""


def missing_annotation_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Name photos with an empty truth on which a model that is good elsewhere draws objects of the usual size."""
    background = evidence.classes.background
    if background is None:
        return []
    objects = [c for c in evidence.classes.scored if c != background]
    empty = [c for c in evidence.cases if not c.table[objects].sum() and c.table.sum()]
    shown = [c for c in evidence.cases if c.table[objects].sum()]
    if len(shown) < FEWEST_ANNOTATED or len(empty) < 2:
        return []
    areas = [c.table[:, objects].sum() / c.table.sum() for c in shown]
    usual = float(np.quantile(areas, 0.25))
    least = max(LIKE_OTHERS * usual, MORE_STRAYS * float(shares_far_from_truth(tuple(shown), background).max()))
    drawn = [c for c in empty if c.table[:, objects].sum() >= least * c.table.sum()]
    good = mean_iou_or_zero(np.asarray(sum(c.table for c in shown)), evidence.classes)
    fewest = 2 if good >= RELIABLE else FEWEST_OF_WEAK
    if good < GOOD or len(drawn) < max(fewest, MOST_OF_EMPTY * len(empty)):
        return []
    if np.median([c.table[:, objects].sum() / c.table.sum() for c in drawn]) < OF_THE_MEDIAN * np.median(areas):
        return []  # false patches of a weak model, beside objects of very different sizes
    if _overlap([c.prediction for c in drawn], objects) >= SAME and _overlap([c.truth for c in shown], objects) < ALIKE:
        return []  # objects lie elsewhere in each photo: what is drawn in one place is a habit of the model
    names = [c.name for c in drawn]
    kept = without_photos(evidence, names)
    before, after = (iou_or_zero(e) for e in (evidence, kept))
    text = (
        f"{len(drawn)} of {len(evidence.cases)} truths show nothing ({some(names)}), and the model draws objects there "
        f"of the usual size ({usual:.1%} of a photo); the IoU is {before:.3f}, {after:.3f} on the other photos"
    )
    gain = round(max(0.0, after - before), 4)
    return [Hypothesis(make_finding("truth-empty", text, photos=names, recovered_iou=gain), kept)]


def _overlap(masks: Sequence[Mask], objects: Sequence[int]) -> float:
    """Return the median IoU of what masks show of the objects with what most of them show at the same place."""
    small = np.stack([resize_mask(np.isin(m, objects).astype(np.uint8), (SAME_PX, SAME_PX)) for m in masks]) > 0
    common = small.mean(axis=0) > 0.5
    hits, either = (small & common).sum(axis=(1, 2)), (small | common).sum(axis=(1, 2))
    return float(np.median(hits / np.maximum(either, 1)))
