"""Class ids that are numbered separately in each photo, so that one id stands for other classes elsewhere."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, iou_or_zero, relabelled_each
from maskwright.evaluation.metrics import ValueCounts
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Mask

FEWEST_CLASSES = 3
"""Ids beside the first that one photo must show: of two ids, each may be a group of classes."""
FEWEST_PHOTOS = 5
"""Photos that must be there; all but one must be read otherwise."""
SURE = 0.5
"""Share of an id's pixels that must be of one class for the id to stand for it."""
MEANT_TWICE = 2
"""Photos in which an id stands for a class, for that to be one of its meanings."""
FEWEST_IDS = 2
"""Ids that must have two meanings or more."""
AS_MANY = 0.6
"""Share of the photos with as many ids as true classes."""
OF_THE_MOVED = 0.7
"""Share of the photos read otherwise that must have more right pixels."""
LEAST_GAIN = 0.1
"""Mean IoU gained."""


@dataclass(frozen=True)
class _Reading:
    """How one photo's ids are best read, in order: `lookup`, what each id surely stands for, and the right pixels."""

    lookup: Mask
    stands_for: dict[int, int]
    before: int
    after: int

    @property
    def is_moved(self) -> bool:
        return any(value != class_id for value, class_id in self.stands_for.items())


def ids_per_photo_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that each photo's ids count the classes that it shows, with the evidence read so."""
    cases = evidence.cases
    if len(evidence.classes) < FEWEST_CLASSES + 1 or len(cases) < FEWEST_PHOTOS or evidence.storage.kind != "ids":
        return []
    if not all(map(_has_no_gap, cases)) or np.mean([*map(_shows_as_many, cases)]) < AS_MANY:
        return []
    if max(np.count_nonzero(case.table[:, :IGNORE].sum(axis=0)) for case in cases) <= FEWEST_CLASSES:
        return []
    readings = [_in_order(case.table) for case in cases]
    moved = [reading for reading in readings if reading.is_moved]
    meanings = _several_meanings(readings)
    if len(moved) < FEWEST_PHOTOS - 1 or len(meanings) < FEWEST_IDS:
        return []
    if np.mean([reading.after > reading.before for reading in moved]) < OF_THE_MOVED:
        return []
    undone = relabelled_each(evidence, [reading.lookup for reading in readings])
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    names = evidence.classes.names
    said = [
        f"id {value} stands for " + " and for ".join(f"{names[c]} in {n} photos" for c, n in meant.most_common(2))
        for value, meant in meanings.items()
    ]
    text = (
        f"ids run from 0 without a gap in all {len(cases)} predictions, whatever classes their photos show: "
        f"{some(said, most=3)}; read as the classes of each photo in their order, the mean IoU goes from "
        f"{iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    finding = make_finding("classes-swapped", text, variant="per-photo", recovered_iou=round(gain, 4))
    return [Hypothesis(finding, undone)]


def _has_no_gap(case: Case) -> bool:
    """Tell whether a prediction's ids run from 0; those on ignored pixels are seen in the small copy."""
    drawn = np.union1d(np.flatnonzero(case.table[:, :IGNORE].sum(axis=0)), np.unique(case.prediction))
    return bool(len(drawn) and drawn[-1] == len(drawn) - 1)


def _shows_as_many(case: Case) -> bool:
    """Tell whether a prediction has as many ids as its truth has classes, or more: merged classes have fewer."""
    true, drawn = (np.count_nonzero(case.table[:, :IGNORE].sum(axis=axis)) for axis in (1, 0))
    return bool(drawn >= true)


def _in_order(table: ValueCounts) -> _Reading:
    """Return the reading with the most right pixels of those that keep the order of ids and of true classes."""
    drawn, true = (np.flatnonzero(table[:, :IGNORE].sum(axis=axis)) for axis in (0, 1))
    hits = table[np.ix_(true, drawn)]
    best = np.zeros((len(true) + 1, len(drawn) + 1), dtype=np.int64)
    for i in range(len(true)):
        for j in range(len(drawn)):
            best[i + 1, j + 1] = max(best[i, j] + hits[i, j], best[i, j + 1], best[i + 1, j])
    lookup, stands_for = np.arange(256, dtype=np.uint8), dict[int, int]()
    i, j = len(true), len(drawn)
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            lookup[drawn[j]] = true[i]
            if hits[i, j] >= SURE * hits[:, j].sum():
                stands_for[int(drawn[j])] = int(true[i])
    plain = sum(int(table[value, value]) for value in drawn if value < len(table))
    return _Reading(lookup, stands_for, plain, int(best[-1, -1]))


def _several_meanings(readings: list[_Reading]) -> dict[int, Counter[int]]:
    """Return the ids that stand for several classes, each in two photos or more, with how often for each."""
    meant: dict[int, Counter[int]] = defaultdict(Counter)
    for reading in readings:
        for value, class_id in reading.stands_for.items():
            meant[value][class_id] += 1
    often = {value: Counter({c: n for c, n in found.items() if n >= MEANT_TWICE}) for value, found in meant.items()}
    return {value: found for value, found in sorted(often.items()) if len(found) > 1}
