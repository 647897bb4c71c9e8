"""False alarms at the same place of every photo: the rim of a round field of view, a date, a logo."""

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
    applied,
    as_given,
    gain_of,
    iou_of,
    iou_or_zero,
    severity_of,
    share_better,
    tried,
)
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

FEWEST_PHOTOS = 6
"""Photos of one shape that are needed."""
OF_ONE_SIZE = 0.8
"""Their share of all photos."""
AT_ONE_PLACE = 0.7
"""Share of the photos with an object drawn at a place."""
TRUE_THERE = 0.2
"""Share of the photos that may have one there in truth."""
LEAST_PX = 8
"""Pixels of such a place on the small copies."""
OF_ALARMS = 0.1
"""Share of all false alarms that lie there."""
ELSEWHERE = 0.2
"""Share of the pixels elsewhere that are false alarms, against that at the place."""
LEAST_GAIN = 0.03
"""IoU that leaving these places empty must give back."""
LEAST_SHARE = 0.85
"""Share of the photos that must gain."""
BESIDE_PX = 3
"""Alarms so near to the place on the small copies belong to it: rims waver."""
USUAL = 0.5
"""Share of the photos with a true object at one place from which on objects are usual there."""
BESIDE_OBJECTS = 0.06
"""Share of a photo's short side around that in which alarms are errors at boundaries: photos of one scene repeat
them."""


def fixed_alarm_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that objects are drawn at one place of all photos where hardly any truth has one."""
    cases = _of_one_shape(evidence.cases)
    if evidence.classes.background != 0 or len(cases) < FEWEST_PHOTOS:
        return []
    shape = max((c.truth.shape for c in cases), key=lambda s: s[0] * s[1])
    drawn, true = (np.stack([_fitted(m, shape) for m in masks]) for masks in _sides(cases))
    near = np.stack([cv2.dilate(m.astype(np.uint8), np.ones((3, 3), np.uint8)) for m in drawn])
    may_be = (true.mean(axis=0) <= TRUE_THERE) & ~_beside_usual_objects(true)
    place = (near.mean(axis=0) >= AT_ONE_PLACE) & may_be
    alarms = drawn & ~true
    if place.sum() < LEAST_PX or alarms[:, place].sum() < OF_ALARMS * alarms.sum():
        return []
    wide = cv2.dilate(place.astype(np.uint8), np.ones((2 * BESIDE_PX + 1, 2 * BESIDE_PX + 1), np.uint8)) > 0
    place = wide & may_be
    if alarms[:, ~place].mean() > ELSEWHERE * alarms[:, place].mean():
        return []  # where alarms are everywhere, some place has them on most photos
    undo = partial(_left_empty, place)
    undone = applied(evidence, undo)
    gain = gain_of(evidence, undone)
    if gain < LEAST_GAIN:
        return []
    before, after = (tried(cases, way, len(evidence.classes)) for way in (as_given, undo))
    if share_better(before, after, evidence.classes) < LEAST_SHARE:
        return []
    share = alarms[:, place].sum() / max(alarms.sum(), 1)
    where = _where(place)
    text = (
        f"{share:.0%} of all false alarms lie at one place, {where}, which covers {place.mean():.1%} of a photo: "
        f"{np.median(near[:, place].mean(axis=1)):.0%} of it is drawn (median of {len(cases)} photos), and "
        f"{true[:, place].mean():.1%} is object in truth; left empty, the mean IoU goes from "
        f"{iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values = {"share": AT_ONE_PLACE}
    finding = make_finding(
        "pred-excess", text, variant="place", values=values, severity=severity_of(gain), recovered_iou=round(gain, 4)
    )
    return [Hypothesis(finding, undone)]


def _beside_usual_objects(true: Bools) -> Bools:
    """Return the pixels around places where about every photo has an object; `true` is photos x height x width."""
    usual = (true.mean(axis=0) >= USUAL).astype(np.uint8)
    reach = max(1, round(BESIDE_OBJECTS * min(usual.shape)))
    return np.asarray(cv2.dilate(usual, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0)


def _of_one_shape(cases: tuple[Case, ...]) -> list[Case]:
    ratios = np.array([case.size_hw[0] / case.size_hw[1] for case in cases] or [1.0])
    alike = np.abs(ratios / np.median(ratios) - 1) < 0.02
    return [c for c, one in zip(cases, alike, strict=True) if one] if alike.mean() >= OF_ONE_SIZE else []


def _sides(cases: list[Case]) -> tuple[list[Mask], list[Mask]]:
    return [case.prediction for case in cases], [np.where(c.truth == IGNORE, 0, c.truth) for c in cases]


def _fitted(mask: Mask, shape: tuple[int, ...]) -> Bools:
    return np.asarray(resize_mask(np.ascontiguousarray(mask, dtype=np.uint8), (shape[0], shape[1])) > 0)


def _left_empty(place: Bools, mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Leave a place empty in a prediction; floats are probabilities, which become 0 as well."""
    own = resize_mask(mask, frame.size_hw)
    return np.where(resize_mask(place.astype(np.uint8), frame.size_hw) > 0, 0, own).astype(mask.dtype)


def _where(place: Bools) -> str:
    """Return in words where a place lies, by the middle of its parts."""
    rows, columns = np.nonzero(place)
    high, wide = place.shape
    box = rows.min() / high, (rows.max() + 1) / high, columns.min() / wide, (columns.max() + 1) / wide
    around = place[int(0.4 * high) : int(0.6 * high), int(0.4 * wide) : int(0.6 * wide)].any()
    if not around and box[0] < 0.4 and box[1] > 0.6 and box[2] < 0.4 and box[3] > 0.6:
        return "a ring around the middle"
    return f"from {box[0]:.0%} to {box[1]:.0%} of the height and {box[2]:.0%} to {box[3]:.0%} of the width"
