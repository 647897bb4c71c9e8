"""Parts in place of whole objects on some photos, while the others are right."""

import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_or_zero, without_photos
from maskwright.findings.finding import make_finding, some

FEWEST = 3
"""Photos that show a part alone."""
LEAST_SHARE = 0.2
"""Their share of the photos with an object."""
FEWEST_WHOLE = 2
"""Photos on which the whole object is found."""
PART = 0.35
"""Share of the object that a part finds, at most."""
WHOLE = 0.75
"""Share of the object that the whole finds, at least."""
INSIDE = 0.9
"""Share of a part that lies in the object."""
BETWEEN = 0.15
"""Share of the photos that may lie between part and whole."""
LEAST_PX = 20
"""Pixels that a part must have."""


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
