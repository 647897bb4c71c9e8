"""Photos whose objects were never annotated: the truth is empty where a good model draws objects."""

from collections.abc import Sequence

import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou_or_zero
from maskwright.diagnosis.undo.false_positive_area import shares_far_from_truth
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, without_photos
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_ANNOTATED, GOOD = 3, 0.4
"""x"""
RELIABLE, FEWEST_OF_WEAK = 0.6, 4
"""x"""
LIKE_OTHERS, MOST_OF_EMPTY, MORE_STRAYS, OF_THE_MEDIAN = 0.4, 0.35, 2.0, 0.5
"""x"""
SAME_PX, SAME, ALIKE = 96, 0.7, 0.5
"""x"""


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
