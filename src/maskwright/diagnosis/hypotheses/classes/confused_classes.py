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
TOGETHER = 0.6
"""IoU of both as one class."""
APART = 0.65
"""Share of that which the IoU of each may have."""
FEWEST_PHOTOS = 4
"""Photos that must show each of the two."""
MOST_REREAD = 16
"""Photos on whose objects it is looked for both."""
SIDES_APART = 0.97
"""How surely a true pixel of one class lies left of one of the other, for both to be sides of one thing."""
ONE_WAY = 0.2
"""Share of each of them that is then predicted as the other: a network that sees where things lie does not mistake left
for right."""
PLACES = 64
"""Columns of a photo, of equal width, in which that is counted."""
OF_AN_OBJECT = 0.15
"""Share of a true object that the less frequent of the two must cover for the object to hold both."""


def confused_class_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the pair of classes of which neither can be told from the other."""
    counts, shown = evidence.counts, photos_with(evidence)
    often = [c for c in evidence.classes.scored if shown[c] >= FEWEST_PHOTOS and c != evidence.classes.background]
    pairs = [pair for pair in combinations(often, 2) if _are_confused(counts, pair)]
    if not pairs:
        return _sides(evidence, often)
    lost = {pair: _lost(counts, pair) for pair in pairs}
    worst = max(pairs, key=lambda pair: lost[pair])
    return [_hypothesis(evidence, worst, lost[worst] / len(evidence.classes.scored))]


def _sides(evidence: Evidence, often: Sequence[int]) -> list[Hypothesis]:
    """Return the classes that lie to the left and to the right of each other, and are taken for each other."""
    counts, names = evidence.counts, evidence.classes.names
    for pair in combinations(often, 2):
        ways = [counts[a, b] / counts[a].sum() for a, b in (pair, pair[::-1])]
        if min(ways) < ONE_WAY or _together(counts, pair) < TOGETHER:
            continue
        first, second = pair if (left := _left_of(evidence, pair)) >= 0.5 else pair[::-1]
        if max(left, 1 - left) >= SIDES_APART:
            ways = ways if first == pair[0] else ways[::-1]
            level = np.nan_to_num(iou(counts))
            text = (
                f"{names[first]!r} lies left of {names[second]!r} in the truth, and {ways[0]:.0%} of it is predicted "
                f"as {names[second]!r}, {ways[1]:.0%} the other way round; taken as one class their IoU is "
                f"{_together(counts, pair):.3f}, apart {level[first]:.3f} and {level[second]:.3f}"
            )
            gain = round(_lost(counts, pair) / len(evidence.classes.scored), 4)
            return [Hypothesis(make_finding("classes-confused", text, variant="sides", recovered_iou=gain))]
    return []


def _left_of(evidence: Evidence, pair: tuple[int, int]) -> float:
    """Return how often a true pixel of the first class lies left of one of the second, over all photos."""
    places = np.zeros((2, PLACES))
    for case in evidence.cases:
        for row, class_id in enumerate(pair):
            columns = np.nonzero(case.truth == class_id)[1] * PLACES // case.truth.shape[1]
            places[row] += np.bincount(columns, minlength=PLACES)
    first, second = places / np.maximum(places.sum(axis=1, keepdims=True), 1)
    return float((first * (second.sum() - np.cumsum(second) + second / 2)).sum())


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
