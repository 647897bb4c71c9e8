"""Parts in place of whole objects on some photos, while the others are right."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, without_photos
from maskwright.findings.finding import make_finding, some

FEWEST, LEAST_SHARE, FEWEST_WHOLE = 3, 0.2, 2
"""Photos that show a part alone, their share of those with an object, and photos on which the whole is found."""
PART, WHOLE, INSIDE = 0.35, 0.75, 0.9
"""Share of the object that a part finds at most and the whole at least; share of a part that lies in the object."""
BETWEEN, LEAST_PX = 0.15, 20
"""Share of the photos that may lie between part and whole, and pixels that a part must have."""


def part_of_object_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that on some photos only a part inside of the object is predicted.

    A weak model finds objects by degrees; here photos show nearly all of it, or a small part and nothing beside it.
    """
    if not evidence.classes.is_binary or evidence.classes.background is None:
        return []
    shown = [case for case in evidence.cases if case.table[1].sum()]
    found = np.array([_found(case) for case in shown])
    inside = np.array([_inside(case) for case in shown])
    parts = (found <= PART) & (inside >= INSIDE)
    wholes = found >= WHOLE
    if parts.sum() < max(FEWEST, LEAST_SHARE * len(shown)) or wholes.sum() < FEWEST_WHOLE:
        return []
    if (~parts & ~wholes).mean() > BETWEEN:
        return []
    names = [case.name for case, one in zip(shown, parts, strict=True) if one]
    kept = without_photos(evidence, names)
    before, after = (iou_or_zero(e) for e in (evidence, kept))
    text = (
        f"on {parts.sum()} of {len(shown)} photos {np.median(found[parts]):.0%} of the object is predicted (median), "
        f"and {np.median(inside[parts]):.0%} of that lies inside of it ({some(names)}); on {wholes.sum()} others "
        f"{np.median(found[wholes]):.0%} of it; the IoU is {before:.3f}, {after:.3f} on the other photos"
    )
    gain = round(max(0.0, after - before), 4)
    return [Hypothesis(make_finding("pred-one-piece", text, variant="part", photos=names, recovered_iou=gain), kept)]


def _found(case: Case) -> float:
    return float(case.table[1, 1] / max(case.table[1].sum(), 1))


def _inside(case: Case) -> float:
    drawn = int(case.table[:, 1].sum())
    return float(case.table[1, 1] / drawn) if drawn >= LEAST_PX else 0.0
