"""Faults of what is drawn: specks and holes, patches far off, objects on empty photos, coarse boundaries."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Pair, full_pairs, mean_iou, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.shapes.coarse_boundaries import MOST_REREAD, coarse_boundaries, errors_by_place
from maskwright.diagnosis.undo.false_positive_area import shares_far_from_truth
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.specks import is_speckled, least_area, patches_a_photo, without_specks
from maskwright.diagnosis.undo.undone_evidence import (
    Frame,
    Hypothesis,
    applied,
    gain_of,
    hypotheses_in_turn,
    iou_of,
    iou_or_zero,
    share_better,
)
from maskwright.evaluation.metrics import ValueCounts, value_counts
from maskwright.findings.finding import Severity, make_finding, some
from maskwright.imaging.mask_geometry import Mask, component_areas, largest_component, resize_mask

LEAST_GAIN = 0.03
"""IoU that empty photos must cost."""
MANY_PAINTED = 4
"""So many empty photos with an object, and half of all empty ones, are a warning whatever IoU they cost."""
GOOD_ELSEWHERE = 0.75
"""IoU of the model without them, from which on that holds: a weak one paints a little on any photo."""
EVERY_PAINTED = 6
"""So many empty photos with an object may be a warning on any model."""
NEARLY_EVERY = 0.9
"""Share of the empty photos that they must be then: such a model has seen no empty photo, or too few."""
MUCH_GAIN = 0.15
"""IoU that they must cost then."""
MUCH_BETTER = 1.5
"""The IoU without them against that with them."""
OF_THE_LOSS = 0.25
"""Share of what is missing to an IoU of 1 that empty photos must cost: a weak model paints a little everywhere."""
MORE_STRAYS = 2.0
"""Painted share of empty photos (median) against that far from the objects of others (third quartile): with less, the
model paints anywhere, and empty photos are no exception."""
LEAST_SPECK_GAIN = 0.02
"""IoU that leaving out specks must give back."""
LEAST_BY_AREA = 0.005
"""IoU that leaving small predictions empty must give back."""
ONE_OBJECT = 0.8
"""Share of the photos with one object only, from which on the largest patch alone is taken for right."""
SPECKS_FROM_PX = 8
"""Distance from boundaries from which on wrong pixels show that specks lie everywhere."""
DEEP_AS_NEAR = 0.5
"""Share of wrong pixels there, against that near boundaries."""
LEAST_DEEP = 0.02
"""Share of wrong pixels there, at least."""


def object_shape_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claims about shapes; specks and patches come with the evidence undone."""
    return hypotheses_in_turn(evidence, (coarse_boundaries, _empty_photos, _specks, _patches))


def _severity(gain: float) -> Severity:
    return "warning" if gain >= 0.1 else "note"


def _empty_photos(evidence: Evidence) -> Hypothesis | None:
    """Count photos that show no object and get one, and what leaving them empty would give back."""
    background = evidence.classes.background
    if background is None:
        return None
    objects = [c for c in range(256) if c not in (background, IGNORE)]
    empty = [c for c in evidence.cases if c.table[objects[: len(evidence.classes) - 1]].sum() == 0 and c.table.sum()]
    painted = [c for c in empty if c.table[:, objects].sum() >= 0.0005 * c.table.sum()]
    full = [c for c in evidence.cases if c not in empty]
    if len(painted) < max(2, 0.3 * len(empty)) or not full:
        return None
    names = {c.name for c in painted}
    undone = replace(evidence, cases=tuple(_blank(c, background) if c.name in names else c for c in evidence.cases))
    gain = gain_of(evidence, undone)
    covered = np.mean([c.table[:, objects].sum() / c.table.sum() for c in painted])
    text = (
        f"{len(painted)} of {len(empty)} photos without an object get one, on {covered:.1%} of their pixels "
        f"({some(sorted(names), most=3)}); left empty, the IoU goes from {iou_of(evidence):.3f} to {iou_of(undone):.3f}"
    )
    strays = float(np.quantile(shares_far_from_truth(tuple(full), background), 0.75))
    special = float(np.median(shares_far_from_truth(tuple(empty), background))) >= MORE_STRAYS * strays
    if not special:
        text += f"; up to {strays:.1%} are painted far from objects on other photos too"
    many = len(painted) >= max(MANY_PAINTED, 0.5 * len(empty)) and iou_of(undone) >= GOOD_ELSEWHERE
    large = gain >= max(LEAST_GAIN, OF_THE_LOSS * (1 - iou_or_zero(evidence)))
    harmful = ((large or many) and special) or _nearly_every(painted, empty, iou_of(evidence), iou_of(undone))
    severity: Severity = "warning" if harmful else "note"
    share = _least_share(evidence, background)
    values, variant = ({}, "alike") if share is None else ({"share": share, "ids": as_ids(evidence)}, "")
    recovered = round(gain, 4)
    finding = make_finding(
        "empty-positives",
        text,
        values=values,
        variant=variant,
        photos=sorted(names),
        severity=severity,
        recovered_iou=recovered,
    )
    return Hypothesis(finding, undone)


def _nearly_every(painted: list[Case], empty: list[Case], iou: float, without: float) -> bool:
    """Tell whether nearly every empty photo gets an object, and these cost much of the IoU."""
    nearly = len(painted) >= max(EVERY_PAINTED, NEARLY_EVERY * len(empty))
    return nearly and without - iou >= MUCH_GAIN and without >= MUCH_BETTER * iou


def _least_share(evidence: Evidence, background: int) -> float | None:
    """Return the share of object below which masks are best left empty; None where that gives nothing back."""
    if background != 0:
        return None
    shares = np.array([1 - c.table[:, 0].sum() / max(c.table.sum(), 1) for c in evidence.cases])
    order = np.argsort(shares)
    total = evidence.table
    best: tuple[float, float | None] = (iou_of(evidence) + LEAST_BY_AREA, None)
    for place in order:
        total = total - evidence.cases[place].table + _blank(evidence.cases[place], background).table
        reached = mean_iou_or_zero(total, evidence.classes)
        best = (reached, float(shares[place])) if reached > best[0] else best
    return None if best[1] is None else _rounded_up(best[1])


def _rounded_up(share: float) -> float:
    """Return the next greater number of three digits."""
    step = 10.0 ** (math.floor(math.log10(share)) - 2)
    return round((math.floor(share / step) + 1) * step, 12)


def _blank(case: Case, background: int) -> Case:
    table = np.zeros_like(case.table)
    table[:, background] = case.table.sum(axis=1)

    def reread() -> Pair:
        pair = case.reread()
        return replace(pair, prediction=np.full_like(pair.prediction, background))

    return replace(case, table=table, prediction=np.full_like(case.prediction, background), reread=reread)


@dataclass(frozen=True)
class _Cleaned:
    """Pairs before and after cleaning: their counts, and how many patches there are a photo."""

    before: list[ValueCounts]
    after: list[ValueCounts]
    patches: float
    true_patches: float


def _clean(pairs: list[Pair], undo: Callable[[Mask, Frame], Mask], evidence: Evidence) -> _Cleaned:
    count = len(evidence.classes)
    before = [value_counts(p.truth, p.prediction, count) for p in pairs]
    frames = [Frame((p.truth.shape[0], p.truth.shape[1]), 1.0) for p in pairs]
    after = [value_counts(p.truth, undo(p.prediction, f), count) for p, f in zip(pairs, frames, strict=True)]
    return _Cleaned(
        before, after, patches_a_photo([p.prediction for p in pairs]), patches_a_photo([p.truth for p in pairs])
    )


def _specks(evidence: Evidence) -> Hypothesis | None:
    """Try what is left when patches and holes smaller than any true ones are filled from around them."""
    if not evidence.cases:
        return None
    pairs = full_pairs(evidence.cases, MOST_REREAD)
    least = least_area([p.truth for p in pairs])
    if not is_speckled([p.prediction for p in pairs], [p.truth for p in pairs]):
        return None

    def undo(mask: NDArray[np.uint8], frame: Frame) -> Mask:
        if mask.dtype != np.uint8:
            return mask
        return without_specks(resize_mask(mask, frame.size_hw), max(2.0, least * frame.scale**2))

    cleaned = _clean(pairs, undo, evidence)
    total = [np.sum(t, axis=0) for t in (cleaned.before, cleaned.after)]
    reached, gained = (
        mean_iou(total[1], evidence.classes),
        mean_iou(total[1], evidence.classes) - mean_iou(total[0], evidence.classes),
    )
    if not gained >= LEAST_SPECK_GAIN or share_better(cleaned.before, cleaned.after, evidence.classes) < 0.6:
        return None
    near, deep = errors_by_place(pairs, SPECKS_FROM_PX, len(evidence.classes))
    everywhere = deep >= max(LEAST_DEEP, DEEP_AS_NEAR * near)
    where = f"; {deep:.0%} of the pixels far from any boundary are wrong, {near:.0%} of those near one"
    text = (
        f"{cleaned.patches:.0f} patches a photo where the truth has {cleaned.true_patches:.0f}"
        f"{where if everywhere else ''}; without those smaller "
        f"than {least:.0f} px the IoU goes from {reached - gained:.3f} to {reached:.3f}"
    )
    values = {"area": least, "ids": as_ids(evidence)}
    variant = "everywhere" if everywhere else ""
    finding = make_finding("pred-speckled", text, values=values, variant=variant, recovered_iou=round(gained, 4))
    return Hypothesis(finding, _painted(evidence, undo))


def _painted(evidence: Evidence, undo: Callable[[Mask, Frame], Mask]) -> Evidence:
    """Return the evidence with masks cleaned, the probabilities as they are."""
    cleaned = applied(evidence, undo)
    kept = zip(cleaned.cases, evidence.cases, strict=True)
    return replace(cleaned, cases=tuple(replace(c, probability=o.probability, histogram=o.histogram) for c, o in kept))


def _patches(evidence: Evidence) -> Hypothesis | None:
    """Try what is left when each object class keeps its largest patch only, where the truth mostly shows one."""
    classes = evidence.classes
    singles = [c for c in classes.scored if classes.background is not None and _mostly_one(evidence.cases, c)]
    if not singles:
        return None

    def undo(mask: NDArray[np.uint8], frame: Frame) -> Mask:
        mask = resize_mask(mask, frame.size_hw)
        done = mask.copy()
        for class_id in singles:
            only = mask == class_id
            done[only & ~largest_component(only)] = classes.background or 0
        return done

    before = [case.table for case in evidence.cases]
    undone = _painted(evidence, undo)
    after = [case.table for case in undone.cases]
    gain = gain_of(evidence, undone)
    worse = 1 - share_better(after, before, evidence.classes)
    if gain < LEAST_GAIN or worse < 0.7:
        return None
    text = (
        f"the truth shows one object a photo; with only the largest patch the IoU goes from {iou_of(evidence):.3f} "
        f"to {iou_of(undone):.3f}"
    )
    finding = make_finding("patches-distant", text, severity=_severity(gain), recovered_iou=round(gain, 4))
    return Hypothesis(finding, undone)


def _mostly_one(cases: tuple[Case, ...], class_id: int) -> bool:
    counts = [len(component_areas(case.truth == class_id)) for case in cases]
    shown = [count for count in counts if count]
    return len(shown) >= 3 and float(np.mean([count == 1 for count in shown])) >= ONE_OBJECT
