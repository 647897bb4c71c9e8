"""Objects drawn too thick or too thin all around, or far too large; outlines and checkerboards are looked for first."""

from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, full_pairs, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.shapes.changed_masks import depth_of, iou_after
from maskwright.diagnosis.hypotheses.shapes.checkerboards import checkerboard_hypotheses
from maskwright.diagnosis.hypotheses.shapes.outlines import outline_hypotheses
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.search import NEARLY_ALL
from maskwright.diagnosis.undo.undone_evidence import Frame, Hypothesis, tried
from maskwright.findings.finding import Severity, make_finding
from maskwright.imaging.mask_geometry import Mask, components, resize_mask

MOST_PHOTOS = 10
"""Photos that are looked at."""
RADII_PX = (-12, -8, -6, -4, -3, -2, -1, 1, 2, 3, 4, 6, 8)
"""By so many px the predicted objects are grown (above 0) or shrunk."""
ALIKE_PX = (-20, -16, -12, -8, -6, -4, -3, -2, -1, 1, 2, 3, 4, 6)
"""The same on small copies, where other faults must give back more than one thickness for all."""
LEAST_GAIN = 0.06
"""IoU that one thickness for all must give back."""
LEAST_SURE_GAIN = 0.025
"""IoU that is enough where all but few of many photos gain."""
ALL_BUT_FEW = 0.95
"""Share of the photos that must gain then."""
FEWEST_SURE = 6
"""Photos that must be there then."""
EXPLAINED = 0.25
"""Share of what is missing to an IoU of 1 that a smaller gain must be: less is the usual error at boundaries."""
GOOD = 0.9
"""IoU from which on one pixel too much all around is a habit of a good model. One pixel too much on thin objects is the
habit of a weak one where it explains less of what is missing."""
LEAST_HARM = 0.03
"""IoU below which what it gives back is a note."""
OF_OBJECTS = 0.5
"""Share of what shrinking gives back that it must give back without the patches that touch no true object."""
LEAST_REACHED = 0.3
"""IoU that must be left: what scores less is not explained by its thickness, unless only middles are drawn."""
RIM_PX = 1.5
"""Depth of an object's rim."""
LESS_RIM = 0.4
"""Share of it in what is drawn, against the truth's, below which only middles of objects are drawn, whatever is left of
them."""
RIGHT = 0.75
"""Share of what is drawn that must lie in true objects then."""
LESS_RIM_OF_LINES = 0.8
"""As LESS_RIM for lines, which are nearly all rim."""
DOUBLED = 2.0
"""Growing gives so many times the IoU where lines are drawn too thin: what is drawn in the right thickness loses IoU by
it, however little is found."""
INSIDE = 0.95
"""Share of what is drawn that lies in true objects where only middles are predicted."""
MOST_FOUND = 0.6
"""Share of the true objects that is drawn then, at most."""
EXCESS = 3.0
"""Predicted area against the true one where there is too much of it."""
FOUND = 0.85
"""Share of the true area that is found then."""
ALL = 0.98
"""Predicted share of everything from which on the model predicts one class alone, which is another fault."""
LOST = 0.5
"""Predicted background against the true one where objects fill the photo."""
SURE = 0.8
"""Share of the predicted background that is right then."""


def thickness_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return what is wrong with the amount of object: a checkerboard, outlines only, thickness, or far too much."""
    pairs = _pairs_with_something(evidence)
    if len(pairs) < 2:
        return []
    boards, outlines = checkerboard_hypotheses(evidence, pairs), outline_hypotheses(evidence, pairs)
    if not evidence.classes.is_binary:
        return [*boards, *outlines]
    return [*boards, *(outlines or _excess(evidence) or _background_lost(evidence) or _thickness(evidence, pairs))]


def _pairs_with_something(evidence: Evidence) -> list[Pair]:
    return [p for p in full_pairs(evidence.cases, MOST_PHOTOS) if (p.truth != 0).any() or (p.prediction != 0).any()]


def grown(radius_px: int, mask: Mask) -> Mask:
    """Return the objects of a mask grown by so many px all around, or shrunk where it is below 0."""
    size = 2 * abs(radius_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray((cv2.dilate if radius_px > 0 else cv2.erode)(mask, kernel), dtype=np.uint8)


def by_thickness(evidence: Evidence) -> float:
    """Return the best IoU after growing or shrinking all objects alike: what is too thick also looks enlarged."""
    if not evidence.classes.is_binary:
        return 0.0
    ways = [partial(_grown_by, radius) for radius in ALIKE_PX]
    tables = (np.sum(tried(evidence.cases, way, len(evidence.classes)), axis=0) for way in ways)
    return max(mean_iou_or_zero(table, evidence.classes) for table in tables)


def _grown_by(radius_px: int, mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    return grown(radius_px, resize_mask(mask, frame.size_hw))


def _thickness(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    plain, _ = iou_after(pairs, lambda mask: mask, evidence)
    tried = [(radius, *iou_after(pairs, partial(grown, radius), evidence)) for radius in RADII_PX]
    best = max(tried, key=lambda one: one[1])
    # Coarse predictions of thin objects gain by any growth: only the best one counts. Too much object is shrunk safely.
    possible = [one for one in tried if one is best or one[0] < 0]
    believed = [(iou, radius) for radius, iou, share in possible if _convinces(iou - plain, share, len(pairs))]
    believed = [
        (iou, radius)
        for iou, radius in believed
        if iou - plain >= _least_explained(plain, radius)
        and not (radius < 0 and _gains_by_false_patches(pairs, radius, evidence, iou - plain))
    ]
    less_rim = LESS_RIM_OF_LINES if best[1] >= DOUBLED * plain else LESS_RIM
    if not believed or (max(believed)[0] < LEAST_REACHED and not (best[0] > 0 and _middles_only(pairs, less_rim))):
        return []
    iou, radius = max(believed)
    inside, found = _shares(pairs)
    middles = radius > 0 and inside >= INSIDE and found <= MOST_FOUND
    within = f", and {inside:.0%} of what is drawn lies in true objects" if middles else ""
    text = (
        f"predicted objects are about {abs(radius)} px too {'thin' if radius > 0 else 'thick'} all around{within}; "
        f"{'grown by that' if middles else 'corrected'}, the mean IoU goes from {plain:.3f} to {iou:.3f}"
    )
    values: dict[str, Any] = {
        "function": "dilate" if radius > 0 else "erode",
        "size": 2 * abs(radius) + 1,
        "ids": as_ids(evidence),
    }
    gain = round(iou - plain, 4)
    habit = abs(radius) == 1 and (plain >= GOOD or (radius < 0 and gain < EXPLAINED * (1 - plain)))
    severity: Severity = "note" if gain < LEAST_HARM or habit else "warning"
    variant = "thin" if middles else ""
    finding = make_finding("pred-thick", text, values=values, variant=variant, severity=severity, recovered_iou=gain)
    return [Hypothesis(finding)]


def _shares(pairs: list[Pair]) -> tuple[float, float]:
    """Return the share of what is drawn that lies in true objects, and of these that is drawn."""
    masks = [(pair.prediction == 1, pair.truth == 1) for pair in pairs]
    hits = sum(int(np.count_nonzero(ours & theirs)) for ours, theirs in masks)
    drawn, true = (sum(int(np.count_nonzero(mask)) for mask in side) for side in zip(*masks, strict=True))
    return hits / max(drawn, 1), hits / max(true, 1)


def _least_explained(plain: float, radius: int) -> float:
    """Return the gain that is more than the usual error at boundaries, and than coarse squares have by any growth.

    Two pixels too much all around are no usual error.
    """
    if radius < -1:
        return 0.0
    explained = EXPLAINED * (1 - plain)
    return explained if radius == max(RADII_PX) else min(LEAST_GAIN, explained)


def _gains_by_false_patches(pairs: list[Pair], radius: int, evidence: Evidence, gain: float) -> bool:
    """Tell whether shrinking mostly takes specks and patches away that touch no true object."""
    touching = [replace(pair, prediction=_touching(pair)) for pair in pairs]
    before, _ = iou_after(touching, lambda mask: mask, evidence)
    after, _ = iou_after(touching, partial(grown, radius), evidence)
    return after - before < OF_OBJECTS * gain


def _touching(pair: Pair) -> Mask:
    """Return what is predicted, without the patches that hold no pixel of a true object."""
    marks, count = components(pair.prediction == 1)
    held = np.bincount(marks[pair.truth == 1], minlength=count + 1) > 0
    return np.where(held[marks] | (pair.prediction != 1), pair.prediction, 0).astype(np.uint8)


def _middles_only(pairs: list[Pair], less_rim: float) -> bool:
    """Tell whether what is drawn are middles of true objects: a model that misses objects draws rims of the others."""
    shares = np.zeros((2, 2))
    drawn_px = 0
    for pair in pairs:
        true, drawn = pair.truth == 1, pair.prediction == 1
        rim = depth_of(true, edge=1) <= RIM_PX
        for row, part in enumerate((true, true & drawn)):
            shares[row] += (float((part & rim).sum()), float(part.sum()))
        drawn_px += int(drawn.sum())
    (true_rim, true_px), (found_rim, found_px) = shares.tolist()
    if not found_px or found_px < RIGHT * drawn_px:
        return False
    return found_rim / found_px <= less_rim * true_rim / true_px


def _convinces(gain: float, share: float, count: int) -> bool:
    """Tell whether a thickness that gives back so much, on that share of so many photos, is believed."""
    if count >= FEWEST_SURE and share >= ALL_BUT_FEW and gain >= LEAST_SURE_GAIN:
        return True
    return count >= 4 and share >= NEARLY_ALL and gain >= LEAST_GAIN


def _background_lost(evidence: Evidence) -> list[Hypothesis]:
    """Where objects cover most of the photo, too much of them shows in the background that is left."""
    counts = evidence.table[:, :2]
    true, predicted, hits = counts[0].sum(), counts[:, 0].sum(), counts[0, 0]
    if true > 0.5 * counts.sum() or predicted > LOST * true or hits < SURE * predicted:
        return []
    text = (
        f"{predicted / counts.sum():.1%} of the pixels are predicted as background, {true / counts.sum():.1%} in the "
        f"truth; {counts[0, 1] / max(true, 1):.0%} of the background is taken for object"
    )
    return [Hypothesis(make_finding("pred-excess", text))]


def _excess(evidence: Evidence) -> list[Hypothesis]:
    counts = evidence.table[:, :2]
    true, predicted, hits = counts[1].sum(), counts[:, 1].sum(), counts[1, 1]
    if not true or predicted < EXCESS * true or hits < FOUND * true or predicted > ALL * counts.sum():
        return []
    text = (
        f"{predicted / true:.1f} times as many pixels are predicted as object as the truth has "
        f"({predicted / counts.sum():.1%} against {true / counts.sum():.1%}); {hits / true:.0%} of the truth is found"
    )
    return [Hypothesis(make_finding("pred-excess", text))]
