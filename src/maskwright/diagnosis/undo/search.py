"""Trying ways of undoing a fault on some photos, and claiming the one that gives back most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou_or_zero, shows_a_class
from maskwright.diagnosis.undo.class_mapping import best_lookup
from maskwright.diagnosis.undo.specks import is_speckled, least_area, without_specks
from maskwright.diagnosis.undo.undone_evidence import (
    Hypothesis,
    Undo,
    as_given,
    iou_of,
    moved,
    severity_of,
    share_better,
    tried,
    tried_cases,
)
from maskwright.evaluation.metrics import ValueCounts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding

LEAST_GAIN = 0.04
"""IoU that undoing must give back before a place is called wrong."""
LEAST_REACHED = 0.2
"""IoU that must be left when it is undone: of scattered pixels some other place always fits a little better."""
MUCH = 0.1
"""IoU gained on nearly all photos from which on less may be left."""
LEAST_OF_WEAK = 0.1
"""IoU that must be left of a weak model."""
PART_OF_WEAK = 0.25
"""Share of that which must be gained."""
FEWEST_OF_WEAK = 8
"""Photos with a scored class that must be there."""
LOOKED_AT = 4
"""So many photos tell whether predictions are full of specks."""
MOST_PHOTOS = 0.6
"""Share of the photos that must get better by it."""
NEARLY_ALL = 0.85
"""Share of the photos that must get better by what gives back little."""


@dataclass(frozen=True)
class ScoredUndo:
    """One way of undoing, tried on some cases: their counts and the IoU under the best reading of the values."""

    undo: Undo
    tables: list[ValueCounts]
    iou: float


View = tuple[Case, ...]
"""Cases as they are given, or as they would be without what hides other faults."""


def views(evidence: Evidence) -> list[View]:
    """Return the cases to try on: as given, and as they would be without what hides every other fault.

    That is a threshold far off (cut where the object's share is right, where there are probabilities), and specks.
    """
    cases = tried_cases(evidence)
    return [cases, *_matched(cases), *_cleaned(cases)]


def _cleaned(cases: View) -> list[View]:
    looked = spread_evenly(cases, LOOKED_AT)
    truths = [case.truth for case in looked]
    if not cases or not is_speckled([case.prediction for case in looked], truths):
        return []
    least = least_area(truths)
    return [tuple(replace(case, prediction=without_specks(case.prediction, least)) for case in cases)]


def _matched(cases: View) -> list[View]:
    if not cases or any(case.histogram is None or case.probability is None for case in cases):
        return []
    histogram = sum((c.histogram for c in cases if c.histogram is not None), np.zeros((1, 1), dtype=np.int64))
    above = histogram.sum(axis=0)[::-1].cumsum()[::-1]
    wanted = histogram[1:].sum()
    cut = int(np.argmin(np.abs(above - wanted))) / histogram.shape[1] * 255
    return [tuple(replace(c, prediction=(c.probability >= max(cut, 0.5)).astype(np.uint8)) for c in cases)]


def scored_undo(cases: Sequence[Case], undo: Undo, classes: ClassTable) -> ScoredUndo:
    """Return the way with the counts that it leaves on these cases, and their IoU."""
    tables = tried(cases, undo, len(classes))
    total = np.sum(tables, axis=0)
    lookup = best_lookup(total, classes).lookup
    return ScoredUndo(undo, tables, mean_iou_or_zero(moved(total, lookup), classes))


def best_undo(
    seen: Sequence[View], undo_functions: Sequence[Undo], classes: ClassTable, *, least: float = LEAST_GAIN
) -> tuple[ScoredUndo, ScoredUndo] | None:
    """Return the best way of undoing in any view and that view as it is, where it is good enough to be claimed.

    It is where most photos gain and the IoU gains LEAST_GAIN, or where nearly all photos gain and the IoU `least`; what
    reaches less than LEAST_REACHED must gain MUCH, or a large part of what it reaches, on nearly all photos.
    """
    found: tuple[ScoredUndo, ScoredUndo] | None = None
    for cases in seen:
        plain = scored_undo(cases, as_given, classes)
        for undo in undo_functions:
            one = scored_undo(cases, undo, classes)
            gain = one.iou - plain.iou
            is_low = one.iou < LEAST_REACHED
            enough = _enough_of_weak(cases, one.iou, classes) if is_low else least
            if gain >= enough and (found is None or one.iou > found[0].iou + 0.01):
                share = _share_better(plain, one, classes)
                if share >= (MOST_PHOTOS if gain >= LEAST_GAIN and not is_low else NEARLY_ALL):
                    found = one, plain
    return found


def _enough_of_weak(cases: View, iou: float, classes: ClassTable) -> float:
    """Return what a move must give back where so low an IoU is left: less on many photos, which chance soon tells."""
    shown = sum(shows_a_class(case, classes) for case in cases)
    if iou < LEAST_OF_WEAK or shown < FEWEST_OF_WEAK:
        return MUCH
    return max(LEAST_GAIN, PART_OF_WEAK * iou)


def _share_better(plain: ScoredUndo, one: ScoredUndo, classes: ClassTable) -> float:
    lookups = [best_lookup(np.sum(t.tables, axis=0), classes).lookup for t in (plain, one)]
    before, after = ([moved(t, k) for t in x.tables] for x, k in zip((plain, one), lookups, strict=True))
    return share_better(before, after, classes)


def confirmed(
    code: str,
    what: str,
    states: tuple[Evidence, Evidence],
    found: tuple[ScoredUndo, ScoredUndo],
    values: Mapping[str, object],
    *,
    variant: str = "",
) -> Hypothesis:
    """Return the hypothesis that `what` was done: `states` are the evidence with the fault and without it."""
    before, after = states
    was, reached = max(
        ((iou_of(before), iou_of(after)), (found[1].iou, found[0].iou)),
        key=lambda ends: float(np.nan_to_num(ends[1] - ends[0])),
    )
    gain = reached - was
    text = f"{what}; undone, the mean IoU goes from {was:.3f} to {reached:.3f}"
    finding = make_finding(
        code, text, values=values, variant=variant, severity=severity_of(gain), recovered_iou=round(gain, 4)
    )
    return Hypothesis(finding, after)
