"""Two classes that are taken for each other in both directions, while both together are found."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.hypotheses.classes.classes_that_matter import photos_with
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import Confusion, iou, iou_of_areas
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import components

BOTH_WAYS = 0.25
"""Share of each of the two classes that is predicted as the other."""
TOGETHER, APART = 0.6, 0.65
"""IoU of both as one class, and the share of it that the IoU of each may have."""
FEWEST_PHOTOS, MOST_REREAD = 4, 16
OF_AN_OBJECT = 0.15
"""Share of a true object that the less frequent of the two must cover for the object to hold both."""


def confused_class_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the pair of classes of which neither can be told from the other."""
    counts, shown = evidence.counts, photos_with(evidence)
    often = [c for c in evidence.classes.scored if shown[c] >= FEWEST_PHOTOS and c != evidence.classes.background]
    pairs = [pair for pair in combinations(often, 2) if _are_confused(counts, pair)]
    if not pairs:
        return []
    lost = {pair: _lost(counts, pair) for pair in pairs}
    worst = max(pairs, key=lambda pair: lost[pair])
    return [_hypothesis(evidence, worst, lost[worst] / len(evidence.classes.scored))]


def _together(counts: Confusion, pair: Sequence[int]) -> float:
    """Return the IoU of both as one class."""
    both = list(pair)
    hits = counts[np.ix_(both, both)].sum()
    return float(np.nan_to_num(iou_of_areas(hits, counts[both].sum(), counts[:, both].sum())))


def _are_confused(counts: Confusion, pair: tuple[int, int]) -> bool:
    true, (first, second) = counts.sum(axis=1), pair
    if min(counts[first, second] / true[first], counts[second, first] / true[second]) < BOTH_WAYS:
        return False
    together = _together(counts, pair)
    return together >= TOGETHER and float(np.nan_to_num(iou(counts))[list(pair)].max()) <= APART * together


def _lost(counts: Confusion, pair: tuple[int, int]) -> float:
    """Return what the two classes together lose beside what is found of both."""
    return float(2 * _together(counts, pair) - np.nan_to_num(iou(counts))[list(pair)].sum())


def _hypothesis(evidence: Evidence, pair: tuple[int, int], gain: float) -> Hypothesis:
    counts, names, (first, second) = evidence.counts, evidence.classes.names, pair
    true, level = counts.sum(axis=1), np.nan_to_num(iou(counts))
    cases = [c for c in spread_evenly(evidence.cases, MOST_REREAD) if c.table[list(pair)].sum()]
    mixed = sum(_holds_both(case, pair) for case in cases)
    text = (
        f"{counts[first, second] / true[first]:.0%} of {names[first]!r} is predicted as {names[second]!r} and "
        f"{counts[second, first] / true[second]:.0%} the other way round; taken as one class their IoU is "
        f"{_together(counts, pair):.3f}, apart {level[first]:.3f} and {level[second]:.3f}; in {mixed} of {len(cases)} "
        "photos one object holds both"
    )
    values = {"first": repr(names[first]), "second": repr(names[second])}
    return Hypothesis(make_finding("classes-confused", text, values=values, recovered_iou=round(gain, 4)))


def _holds_both(case: Case, pair: tuple[int, int]) -> bool:
    """Tell whether one true object of the small copy is predicted as both classes."""
    if case.truth.shape != case.prediction.shape:
        return False
    for class_id in pair:
        marks, count = components(case.truth == class_id)
        held = [np.bincount(marks[case.prediction == c], minlength=count + 1)[1:] for c in pair]
        if (np.minimum(*held) >= OF_AN_OBJECT * np.maximum(np.bincount(marks.ravel())[1 : count + 1], 1)).any():
            return True
    return False
