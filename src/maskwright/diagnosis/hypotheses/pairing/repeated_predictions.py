"""Predictions that are not of their photo: copies of another one's, or one value everywhere."""

import cv2
import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.classes.classes_that_matter import NEVER
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, without_photos
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_COPIES = 2
"""Photos with another one's prediction, or with none."""
FEWEST_LEFT = 2
"""Photos that must be left without them."""
COPY_PX = 96
"""Side of the copies that are compared."""
SAME = 0.95
"""Agreement of drawn pixels from which on masks are copies; those of other sizes agree less than fully."""
TRUTHS_APART = 0.8
"""Agreement of the truths, below which they differ."""
LEAST_VALUES = 2
"""Values that a mask must hold to be a copy: empty ones are alike by themselves."""
FEWEST_PX = 30
"""Drawn pixels of the small copy from which on no two photos give the same mask."""
SMALL = 0.05
"""Drawn share of a copy below which pixels may lie one beside the other: photos of other sizes sample small objects
differently."""
AREAS_APART = 0.6
"""Ratio of the areas of two such copies, at least."""
IN_OUTLINE = 0.98
"""Share of what all others draw that lies in equal masks which fill an outline that cuts every prediction."""

FEWEST_FOUND = 4
"""Photos whose objects are found."""
WELL_FOUND = 0.5
"""Share of them that is found as a rule (the median)."""
HARDLY_FOUND = 0.25
"""Share that is found on any of these photos, at least."""
AS_LARGE = 0.5
"""Share of the usual object area from which on an object is no smaller than those that are found."""


def empty_prediction_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that some predictions were never made: one value everywhere, where others find all objects.

    A weak model misses objects by degrees: where some are found hardly at all, an empty mask proves nothing.
    """
    empty = [c for c in evidence.cases if np.count_nonzero(c.table.sum(axis=0)) == 1]
    if not empty:
        return []
    value = int(empty[0].table.sum(axis=0).argmax())
    shown = [(case, *_area_and_found(case, value)) for case in evidence.cases]
    drawn = [(area, found) for case, area, found in shown if area > 0 and not any(case is e for e in empty)]
    if len(drawn) < FEWEST_FOUND:
        return []
    usual_area, usual = (float(np.median(column)) for column in zip(*drawn, strict=True))
    least = min(found for _, found in drawn)
    if usual < WELL_FOUND or least < HARDLY_FOUND:
        return []
    large = [c for c, area, found in shown if found == 0 and area >= AS_LARGE * usual_area]
    large = [c for c in large if _shows_learned(c, evidence, value)]
    return _unmade(evidence, large, value, least) if len(large) >= FEWEST_COPIES else []


def _shows_learned(empty: Case, evidence: Evidence, value: int) -> bool:
    """Tell whether most of what an empty photo shows are classes that are predicted: others are missing everywhere."""
    true, others = empty.table.sum(axis=1), np.arange(len(empty.table)) != value
    predicted = evidence.counts.sum(axis=0) > NEVER * evidence.counts.sum(axis=1)
    return bool(2 * true[others & predicted].sum() >= true[others].sum())


def _area_and_found(case: Case, value: int) -> tuple[float, float]:
    """Return the share of the pixels whose truth is another class than `value`, and the share of these drawn at all."""
    others = case.table[np.arange(len(case.table)) != value]
    area = others.sum() / max(case.table.sum(), 1)
    return float(area), float(1 - others[:, value].sum() / max(others.sum(), 1))


def _unmade(evidence: Evidence, empty: list[Case], value: int, least: float) -> list[Hypothesis]:
    names = sorted(c.name for c in empty)
    kept = without_photos(evidence, names)
    before, after = (iou_or_zero(e) for e in (evidence, kept))
    text = (
        f"{len(empty)} of {len(evidence.cases)} predictions hold {value} alone ({some(names)}); of objects as large "
        f"{least:.0%} or more is found on every other photo; the IoU is {before:.3f}, {after:.3f} without them"
    )
    gain = round(max(after - before, 0.0), 4)
    finding = make_finding("pred-constant", text, variant="empty", photos=names, recovered_iou=gain)
    return [Hypothesis(finding, kept)]


def repeated_prediction_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that photos got the prediction of another one; the others are the evidence without it."""
    groups = [group for group in _groups(evidence.cases) if not _fill_one_outline(group, evidence)]
    copies = [copy for group in groups for copy in _copies(group, evidence)]
    names = sorted(c.name for c in copies)
    kept = without_photos(evidence, names)
    if len(copies) < FEWEST_COPIES or len(kept.cases) < FEWEST_LEFT:
        return []
    before, after = (iou_or_zero(e) for e in (evidence, kept))
    if after <= before:
        return []
    text = (
        f"{len(copies)} of {len(evidence.cases)} predictions are copies of another photo's ({some(names)}); "
        f"the IoU is {before:.3f}, {after:.3f} without them"
    )
    gain = round(after - before, 4)
    finding = make_finding("pred-constant", text, variant="repeated", photos=names, recovered_iou=gain)
    return [Hypothesis(finding, kept)]


def _fill_one_outline(group: list[Case], evidence: Evidence) -> bool:
    """Tell whether what is drawn in equal predictions holds all that is drawn in any: one outline cuts them."""
    if evidence.classes.background != 0 or len(group) == len(evidence.cases):
        return False
    own = resize_mask(group[0].prediction, (COPY_PX, COPY_PX)) > 0
    others = [
        resize_mask(c.prediction, (COPY_PX, COPY_PX)) > 0 for c in evidence.cases if all(c is not one for one in group)
    ]
    drawn = sum(int(mask.sum()) for mask in others)
    return drawn > 0 and sum(int((mask & own).sum()) for mask in others) >= IN_OUTLINE * drawn


def _shows_something(case: Case) -> bool:
    values, counts = np.unique(case.prediction, return_counts=True)
    return len(values) >= LEAST_VALUES and int(counts.sum() - counts.max()) >= FEWEST_PX


def _groups(cases: tuple[Case, ...]) -> list[list[Case]]:
    """Return the photos with nearly one prediction, two or more together; sizes may differ."""
    known = [case for case in cases if _shows_something(case)]
    copies = [resize_mask(case.prediction, (COPY_PX, COPY_PX)) for case in known]
    areas = [_drawn_px(copy) for copy in copies]
    groups: list[list[int]] = []
    for place in np.argsort(areas, kind="stable").tolist():
        least = (AREAS_APART if areas[place] < SMALL * COPY_PX**2 else SAME) * areas[place]
        near = (g for g in reversed(groups) if areas[g[0]] >= least)  # copies have nearly one area
        group = next((g for g in near if _agreement(copies[g[0]], copies[place]) >= SAME), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return [[known[i] for i in sorted(group)] for group in groups if len(group) > 1]


def _drawn_px(mask: Mask) -> int:
    return int(mask.size - np.bincount(mask.ravel()).max())


def _agreement(mask: Mask, other: Mask) -> float:
    """Return the share of the pixels drawn in either mask that hold one value in both; of small objects within a px."""
    common = np.bincount(mask.ravel()).argmax()
    drawn = (mask != common) | (other != common)
    if drawn.mean() < SMALL:
        return min(_within_a_px(mask, other, int(common)), _within_a_px(other, mask, int(common)))
    return float((mask == other)[drawn].mean())


def _within_a_px(mask: Mask, other: Mask, common: int) -> float:
    """Return the share of the pixels drawn in a mask that have the same value in the other one, or beside it."""
    values = np.unique(mask[mask != common])
    near = (cv2.dilate((other == v).astype(np.uint8), np.ones((3, 3), np.uint8))[mask == v] for v in values)
    return float(np.concatenate(list(near)).mean()) if len(values) else float((other == common).all())


def _copies(group: list[Case], evidence: Evidence) -> list[Case]:
    """Return the photos whose truth differs from the best one's: photos of one scene may have one prediction."""
    first = _best_of(group, evidence)
    truth = resize_mask(first.truth, (COPY_PX, COPY_PX))
    others = [case for case in group if case is not first]
    return [c for c in others if _agreement(truth, resize_mask(c.truth, (COPY_PX, COPY_PX))) < TRUTHS_APART]


def _best_of(cases: list[Case], evidence: Evidence) -> Case:
    return max(cases, key=lambda case: mean_iou_or_zero(case.table, evidence.classes))
