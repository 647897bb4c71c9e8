"""Void ids of the truth: one that has no channel, or one that lies between all classes and is never predicted."""

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.hypotheses.classes.classes_that_matter import photos_with
from maskwright.diagnosis.hypotheses.postprocessing.pieces import without
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask

FEWEST_CLASSES = 5
"""Classes of the truth, without which nothing lies between all of them."""
IN_PHOTOS = 0.6
"""Share of the photos that show the id."""
BESIDE = 0.6
"""Share of a photo's other classes that the id must touch, in the median photo."""
SPREAD = 0.35
"""Share of the other classes that its pixels are predicted as (the exponential of the entropy)."""
MOST_OF_ONE = 0.5
"""Share of its pixels that may be one class: a class that is missing from the model goes to the one that is most like
it."""


def unscored_void_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the note that one id of the truth has no channel in the predictions, and was read as void."""
    if evidence.void_value is None:
        return []
    text = (
        f"the truth has {len(evidence.classes) + 1} ids, predictions {len(evidence.classes)} channels, which fit "
        f"the first ids: {evidence.void_value} is not scored"
    )
    return [Hypothesis(make_finding("truth-void", text, values={"value": evidence.void_value}))]


def void_class_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the note that the first or the last id may be void, with the evidence in which it is not scored."""
    count = len(evidence.classes)
    true, drawn = evidence.counts.sum(axis=1), evidence.counts.sum(axis=0)
    shown = photos_with(evidence)
    ends = [c for c in (count - 1, 0) if true[c] and not drawn[c] and shown[c] >= IN_PHOTOS * len(evidence.cases)]
    if np.count_nonzero(true) < FEWEST_CLASSES or not ends or not drawn.sum():
        return []
    found = [h for c in ends if c != evidence.classes.background and (h := _as_void(evidence, c)) is not None]
    return found[:1]


def _as_void(evidence: Evidence, value: int) -> Hypothesis | None:
    beside = [_beside(case, value) for case in evidence.cases if case.table[value].sum()]
    row = evidence.counts[value] / evidence.counts[value].sum()
    others = np.count_nonzero(evidence.counts.sum(axis=1)) - 1
    spread = float(np.exp(-(row[row > 0] * np.log(row[row > 0])).sum()))
    touched = float(np.median(beside))
    if touched < BESIDE or spread < SPREAD * others or row.max() > MOST_OF_ONE:
        return None
    names = evidence.classes.names
    text = (
        f"{names[value]!r} is never predicted, lies beside {touched:.0%} of the other classes in the median photo, and "
        f"its pixels are predicted as {others} classes (most as {names[int(row.argmax())]!r}, {row.max():.0%}): it is "
        "not scored here"
    )
    undone = without(evidence, lambda truth, _: _is(truth, value))
    return Hypothesis(make_finding("truth-void", text, values={"value": value}, variant="perhaps"), undone)


def _is(truth: Mask, value: int) -> Bools:
    return np.asarray(truth == value)


def _beside(case: Case, value: int) -> float:
    """Return the share of a photo's other classes that touch the id, by the small copy."""
    truth, touched = case.truth, set[int]()
    for one, other in ((truth[1:], truth[:-1]), (truth[:, 1:], truth[:, :-1])):
        touched |= {*np.unique(one[other == value]).tolist(), *np.unique(other[one == value]).tolist()}
    held = set(np.unique(truth).tolist()) - {value, IGNORE}
    return len(touched & held) / max(len(held), 1)
