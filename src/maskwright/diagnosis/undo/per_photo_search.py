"""Ways of undoing that differ from photo to photo, and the photos that each way explains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou, mean_iou_or_zero, shows_a_class
from maskwright.diagnosis.undo.undone_evidence import Frame, Undo, tried, undone_case
from maskwright.evaluation.metrics import mean_iou_over, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Mask, resize_mask

GAIN = 0.1
"""IoU that one photo must gain by a way before the way is believed of it: no healthy photo gained so much."""
REACHED = 0.5
"""IoU that explained photos must reach, as a share of the median of the photos that need no undoing."""
REACHED_ALONE = 0.3
"""IoU that they must reach where all photos need it."""
OTHER_PHOTOS = 6
"""Other truths that show how well a moved prediction fits what it does not belong to."""
ABOVE_CHANCE = 0.05
"""IoU above the best of them that its own truth must reach."""
CHANCE_PX = 96
"""Side of the copies on which that is compared."""


@dataclass(frozen=True)
class Explained:
    """The photos that a way of undoing explains, by their place in the evidence, each with its way.

    `before` and `after` are the mean IoU with the fault and without it, 0..1, and `reached` is the median IoU of the
    photos that are explained, moved back.
    """

    ways: Mapping[int, str]
    undone: Evidence
    before: float
    after: float
    reached: float

    @property
    def count(self) -> int:
        """How many photos are explained."""
        return len(self.ways)


def explained_by(
    evidence: Evidence, undo_functions: Sequence[Mapping[str, Undo]], *, gain: float = GAIN, share: float = REACHED
) -> Explained | None:
    """Return the photos that gain by one of their own ways of undoing; None where fewer than two do.

    `undo_functions` are each case's ways by name. A photo counts where its IoU gains `gain`; all of them together must
    reach `share` of what the other photos have.
    """
    classes = evidence.classes
    plain = np.array([mean_iou(case.table, classes) for case in evidence.cases])
    ways: dict[int, str] = {}
    ious: list[float] = []
    for place, (case, own) in enumerate(zip(evidence.cases, undo_functions, strict=True)):
        name, best_iou = best_undo_of(case, own, classes)
        if not np.isnan(best_iou) and best_iou - iou_as_given(case, classes) >= gain:
            ways[place] = name
            ious.append(best_iou)
    if len(ways) < 2:
        return None
    others = [v for i, v in enumerate(plain) if i not in ways and not np.isnan(v)]
    wanted = share * float(np.median(others)) if len(others) >= 2 else REACHED_ALONE
    reached = float(np.median(ious))
    if reached < wanted:
        return None
    count = len(classes)
    cases = tuple(
        undone_case(case, undo_functions[i][ways[i]], count) if i in ways else case
        for i, case in enumerate(evidence.cases)
    )
    undone = replace(evidence, cases=cases)
    before, after = (mean_iou(e.table, classes) for e in (evidence, undone))
    return Explained(ways, undone, float(np.nan_to_num(before)), float(np.nan_to_num(after)), reached)


def best_undo_of(case: Case, undo_functions: Mapping[str, Undo], classes: ClassTable) -> tuple[str, float]:
    """Return the name of the way after which the case scores best, and that IoU; ("", NaN) without ways."""
    scored = [(name, iou_undone(case, undo, classes)) for name, undo in undo_functions.items()]
    known = [one for one in scored if not np.isnan(one[1])]
    return max(known, key=lambda one: one[1]) if known else ("", float("nan"))


def iou_undone(case: Case, undo: Undo, classes: ClassTable) -> float:
    """Return the IoU of a case's small copy with `undo` applied; NaN where its truth shows no scored class."""
    return mean_iou(tried([case], undo, len(classes))[0], classes)


def iou_as_given(case: Case, classes: ClassTable) -> float:
    """Return the IoU of a case as it is given, by its counts."""
    return mean_iou_or_zero(case.table, classes)


def surpasses_chance(evidence: Evidence, place: int, undo_functions: Mapping[str, Undo]) -> bool:
    """Tell whether a photo's best way fits its own truth clearly better than any way fits other photos' truths.

    With several ways to choose from, one always fits a little: that is measured on truths that it has nothing to do
    with. Where there is a background, all objects count as one class.
    """
    case = evidence.cases[place]
    others = [c for i, c in enumerate(evidence.cases) if i != place and shows_a_class(c, evidence.classes)]
    frame = Frame((case.truth.shape[0], case.truth.shape[1]), case.scale)
    moved = [_reduced(undo(case.prediction, frame)) for undo in undo_functions.values()]
    own = _best_fit(case.truth, moved, evidence.classes)
    few = spread_evenly(others, OTHER_PHOTOS)
    chance = max((_best_fit(other.truth, moved, evidence.classes) for other in few), default=0.0)
    return own >= chance + ABOVE_CHANCE


def _reduced(mask: Mask) -> Mask:
    return np.asarray(resize_mask(np.ascontiguousarray(mask, dtype=np.uint8), (CHANCE_PX, CHANCE_PX)))


def _best_fit(truth: Mask, moved: Sequence[Mask], classes: ClassTable) -> float:
    """Return the best IoU of moved predictions with a truth."""
    lookup, count = np.arange(256, dtype=np.uint8), len(classes)
    if classes.background == 0:
        lookup[1:IGNORE], count = 1, 2
    small = lookup[_reduced(truth)]
    scored = [1] if classes.background == 0 else list(classes.scored)
    return max(float(np.nan_to_num(mean_iou_over(value_counts(small, lookup[mask], count), scored))) for mask in moved)
