"""Truth and prediction that both number single objects: one object has other numbers in both."""

from collections import defaultdict

import cv2
import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, iou_or_zero, relabelled_each
from maskwright.evaluation.metrics import ValueCounts
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

FEWEST_IDS = 8
"""Ids of the truth: with fewer, classes may lie in one piece each as well."""
FEWEST_PHOTOS = 2
"""Photos that must be there."""
ONE_PIECE = 0.8
"""Share of the ids of single photos, in the truth, that are one piece each."""
SURE = 0.5
"""Share of a predicted id's pixels on objects that lie on one object, for the id to be that object."""
OTHER_OBJECT = 0.7
"""Share of the ids, of those found in two photos or more, that are objects of other numbers in other photos."""
LEAST_GAIN = 0.3
"""Mean IoU gained by matching the objects of each photo."""


def numbered_object_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that ids number objects on both sides, with the evidence in which objects are matched."""
    cases, classes = evidence.cases, evidence.classes
    if len(classes) <= FEWEST_IDS or len(cases) < FEWEST_PHOTOS or evidence.storage.kind != "ids":
        return []
    if classes.background != 0 or max(_drawn_ids(case) for case in cases) < FEWEST_IDS:
        return []
    found = [_matches(case.table) for case in cases]
    meant: dict[int, set[int]] = defaultdict(set)
    photos: dict[int, int] = defaultdict(int)
    for matches in found:
        for value, class_id in matches.items():
            meant[value].add(class_id)
            photos[value] += 1
    often = [value for value, count in photos.items() if count >= FEWEST_PHOTOS]
    if not often or np.mean([len(meant[value]) > 1 for value in often]) < OTHER_OBJECT:
        return []
    if np.mean([one for case in cases for one in _are_one_piece(case.truth)] or [False]) < ONE_PIECE:
        return []
    undone = relabelled_each(evidence, [_lookup(matches) for matches in found])
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    text = (
        f"truths and predictions number single objects (up to {len(classes) - 1} and {max(photos)}), and one number is "
        f"another object in each photo; with the objects of each photo matched, the mean IoU over them goes from "
        f"{iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}, and as one class it is {_as_one_class(evidence):.3f}"
    )
    finding = make_finding("instance-ids", text, variant="both", recovered_iou=round(gain, 4))
    return [Hypothesis(finding, undone)]


def _drawn_ids(case: Case) -> int:
    return int(np.count_nonzero(case.table[:, 1:IGNORE].sum(axis=0)))


def _matches(table: ValueCounts) -> dict[int, int]:
    """Return the object that each predicted id of a photo lies on, each object once."""
    on_objects = table[1:, :IGNORE].copy()
    on_objects[:, 0] = 0
    surest, totals = on_objects.argmax(axis=0) + 1, on_objects.sum(axis=0)
    values = [v for v in np.flatnonzero(totals).tolist() if on_objects[surest[v] - 1, v] >= SURE * totals[v]]
    matches, taken = dict[int, int](), set[int]()
    for value in sorted(values, key=lambda v: -int(on_objects[surest[v] - 1, v])):
        if int(surest[value]) not in taken:
            matches[value] = int(surest[value])
            taken.add(matches[value])
    return matches


def _lookup(matches: dict[int, int]) -> Mask:
    """Return the reading of a photo's ids; an id that is no object of the truth stays no class."""
    lookup = np.full(256, IGNORE - 1, dtype=np.uint8)
    lookup[[0, IGNORE]] = 0, IGNORE
    for value, class_id in matches.items():
        lookup[value] = class_id
    return lookup


def _are_one_piece(truth: Mask) -> list[bool]:
    ids = [v for v in np.unique(truth).tolist() if v not in (0, IGNORE)]
    return [cv2.connectedComponents((truth == v).astype(np.uint8))[0] == 2 for v in ids]


def _as_one_class(evidence: Evidence) -> float:
    """Return the IoU of all objects taken as one class."""
    table = evidence.table[:, :IGNORE]
    both, either = table[1:, 1:].sum(), table.sum() - table[0, 0]
    return float(both / max(either, 1))
