"""Predictions that still hold what was drawn for photos before them: one array for all, made outside of the loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import (
    Frame,
    Hypothesis,
    as_given,
    gain_of,
    iou_of,
    iou_or_zero,
    severity_of,
    undone_case,
)
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask
from maskwright.natural_order import natural_key

FEWEST_PAIRS = 4
"""Photos that must hold the objects of the one before."""
OF_THE_PAIRS = 0.6
"""Their share of those that can: where each batch begins anew, the first photo of a batch does not."""
LEAST_PX = 20
"""Pixels of the small copy that the photo before must show as an object where this one shows none."""
STILL_THERE = 0.9
"""Share of them, as predicted, that must be drawn in this one."""
OWN_FOUND = 0.3
"""Share of its own objects, where none was before, that must be drawn (the median): else it is the other photo's."""
LEAST_GAIN = 0.03
"""IoU that taking the photo before out must give back."""


@dataclass(frozen=True)
class _Step:
    """A photo at a place in the order, and the one before it.

    `still`: the share of that one's objects that is still drawn where this one shows none; `whole`: of all that was
    drawn for it; `own`: of this one's own objects.
    """

    place: int
    still: float
    whole: float
    own: float


def carried_over_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that predictions hold those before them, in the order of names or against it."""
    if evidence.classes.background != 0 or len(evidence.cases) <= FEWEST_PAIRS:
        return []
    ordered = sorted(evidence.cases, key=lambda case: natural_key(case.name))
    ways = [(cases, _carried(cases)) for cases in (ordered, ordered[::-1])]
    cases, carried = max(ways, key=lambda way: len(way[1]))
    if not carried:
        return []
    cleaned = _cleaned(cases, carried, len(evidence.classes))
    undone = replace(evidence, cases=tuple(cleaned[case.name] for case in evidence.cases))
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    names = [cases[step.place].name for step in carried]
    text = (
        f"{len(carried)} of {len(cases)} predictions also hold the objects of the photo before ({some(names)}): "
        f"{np.median([s.still for s in carried]):.0%} of what is drawn for it lies in them, where their own truth "
        f"shows none; without that the mean IoU goes from {iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    recovered = round(gain, 4)
    finding = make_finding(
        "pred-excess", text, variant="carried", photos=names, severity=severity_of(gain), recovered_iou=recovered
    )
    return [Hypothesis(finding, undone)]


def _carried(cases: Sequence[Case]) -> list[_Step]:
    """Return the photos that hold the one before; none where they may do so by chance."""
    steps = [s for place in range(1, len(cases)) if (s := _step(cases[place - 1], cases[place], place)) is not None]
    carried = [step for step in steps if min(step.still, step.whole) >= STILL_THERE]
    if len(carried) < max(FEWEST_PAIRS, OF_THE_PAIRS * len(steps)):
        return []
    own = [step.own for step in carried if not np.isnan(step.own)]
    return carried if own and np.median(own) >= OWN_FOUND else []


def _step(before: Case, case: Case, place: int) -> _Step | None:
    """Return what is left of the photo before, None where it shows nothing that this one does not show, too."""
    if before.truth.shape != case.truth.shape:
        return None
    (true, drawn), (true_before, drawn_before) = (_shown(one) for one in (case, before))
    near = cv2.dilate(true.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    foreign = drawn_before & true_before & ~near & (case.truth != IGNORE)
    if foreign.sum() < LEAST_PX:
        return None
    fresh = true & ~drawn_before
    own = float(drawn[fresh].mean()) if fresh.any() else float("nan")
    return _Step(place, float(drawn[foreign].mean()), float(drawn[drawn_before].mean()), own)


def _shown(case: Case) -> tuple[Bools, Bools]:
    """Return where an object is, and where one is drawn."""
    drawn = resize_mask(case.prediction, (case.truth.shape[0], case.truth.shape[1]))
    return (case.truth > 0) & (case.truth != IGNORE), drawn > 0


def _cleaned(cases: Sequence[Case], carried: Sequence[_Step], class_count: int) -> dict[str, Case]:
    """Return all cases by name, those that hold the one before without it."""
    cleaned = {case.name: case for case in cases}
    for step in carried:
        case, before = cases[step.place], cases[step.place - 1]
        empty = partial(_emptied, resize_mask(before.prediction, case.truth.shape), case.truth)
        cleaned[case.name] = undone_case(case, empty, class_count)
    return cleaned


def _emptied(before: Mask, truth: Mask, mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Empty a prediction where the one before is drawn and the truth shows nothing; floats are probabilities.

    What lies on an object of this photo may be its own.
    """
    gone = resize_mask(((before > 0) & (truth == 0)).astype(np.uint8), frame.size_hw) > 0
    return np.where(gone, 0, as_given(mask, frame)).astype(mask.dtype)
