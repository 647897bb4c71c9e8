"""Objects drawn too thick or too thin all around, far too large, as outlines only, or in a checkerboard."""

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou, spread
from maskwright.diagnosis.hypotheses.counterfactual import Hypothesis, share_better_of_changed
from maskwright.evaluation.metrics import value_counts
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

MOST_PHOTOS = 10
RADII_PX = (-4, -3, -2, -1, 1, 2, 3, 4, 6, 8)
"""By so many px the predicted objects are grown (above 0) or shrunk."""
LEAST_GAIN, NEARLY_ALL = 0.06, 0.85
EXCESS, FOUND, ALL = 3.0, 0.85, 0.98
"""Predicted area against the true one, and the share of the true area that is found: then there is too much of it.
The third: predicted share of everything from which the model predicts one class alone, which is another fault."""
LOST, SURE = 0.5, 0.8
"""Predicted background against the true one, and the share of it that is right, where objects fill the photo."""
FIELDS_PX = (1, 2, 3, 4)
"""Sides of a checkerboard's fields."""
MESH_SHARE, CERTAIN_MESH, LEAST_SMOOTHED = 0.15, 0.25, 0.005
"""Share of the squares of 2 x 2 px on boundaries that alternate; healthy predictions have 0.00 to 0.05. From the
second on, smoothing need not help: it takes thin objects away."""


def wrong_amounts(evidence: Evidence) -> list[Hypothesis]:
    """Return what is wrong with the amount of object: a checkerboard, outlines only, thickness, or far too much."""
    pairs = _full_pairs(evidence)
    if len(pairs) < 2 or not evidence.classes.is_binary:
        return [*_checkerboard(evidence, pairs), *_outlines(evidence, pairs)] if len(pairs) >= 2 else []
    return [
        *_checkerboard(evidence, pairs),
        *(_outlines(evidence, pairs) or _excess(evidence) or _background_lost(evidence) or _thickness(evidence, pairs)),
    ]


def _full_pairs(evidence: Evidence) -> list[Pair]:
    pairs = (case.reread() for case in spread(evidence.cases, MOST_PHOTOS))
    fitted = ((p, resize_mask(p.prediction, p.truth.shape)) for p in pairs)
    return [Pair(p.name, p.truth, mask) for p, mask in fitted if (p.truth != 0).any() or (mask != 0).any()]


def grown(radius_px: int, mask: Mask) -> Mask:
    """Return the objects of a mask grown by so many px all around, or shrunk where it is below 0."""
    size = 2 * abs(radius_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray((cv2.dilate if radius_px > 0 else cv2.erode)(mask, kernel), dtype=np.uint8)


def _tried(pairs: list[Pair], change: Callable[[Mask], Mask], evidence: Evidence) -> tuple[float, float]:
    """Return the IoU after a change, and the share of photos that gain by it."""
    count = len(evidence.classes)
    before = [value_counts(p.truth, p.prediction, count) for p in pairs]
    after = [value_counts(p.truth, change(p.prediction), count) for p in pairs]
    iou = float(np.nan_to_num(mean_iou(np.sum(after, axis=0), evidence.classes)))
    return iou, share_better_of_changed(before, after, evidence.classes)


def _thickness(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    plain, _ = _tried(pairs, lambda mask: mask, evidence)
    tried = [(radius, *_tried(pairs, partial(grown, radius), evidence)) for radius in RADII_PX]
    radius, iou, share = max(tried, key=lambda one: one[1])
    if iou - plain < LEAST_GAIN or share < NEARLY_ALL or len(pairs) < 4:
        return []
    word = "thin" if radius > 0 else "thick"
    text = (
        f"predicted objects are about {abs(radius)} px too {word} all around; "
        f"corrected, the mean IoU goes from {plain:.3f} to {iou:.3f}"
    )
    values: dict[str, Any] = {"function": "dilate" if radius > 0 else "erode", "size": 2 * abs(radius) + 1}
    return [Hypothesis(make_finding("pred-thick", text, values=values, recovered_iou=round(iou - plain, 4)))]


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


def _outlines(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    """Compare how much is found near the objects' edges and inside them."""
    background = evidence.classes.background
    if background is None:
        return []
    near, inside = np.zeros(2), np.zeros(2)
    for pair in pairs:
        for class_id in evidence.classes.scored:
            of_class: NDArray[np.bool_] = pair.truth == class_id
            if not of_class.any():
                continue
            depth = cv2.distanceTransform(np.pad(of_class.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
            reach = min(3.0, max(1.5, 0.3 * float(depth.max())))
            found = pair.prediction == class_id
            edge, core = of_class & (depth <= reach), of_class & (depth > 2 * reach)
            near += (found[edge].sum(), edge.sum())
            inside += (found[core].sum(), core.sum())
    if near[1] < 50 or inside[1] < 0.3 * near[1]:
        return []
    at_edge, in_core = near[0] / near[1], inside[0] / inside[1]
    if at_edge < 0.45 or in_core > 0.35 * at_edge:
        return []
    text = f"{at_edge:.0%} of the objects' pixels near their edge are found, {in_core:.0%} of those inside"
    plain, _ = _tried(pairs, lambda mask: mask, evidence)
    filled, _ = _tried(pairs, _without_holes, evidence)
    variant = "closed" if filled > plain else ""
    gain = round(max(0.0, filled - plain), 4)
    return [Hypothesis(make_finding("pred-outlines", text, variant=variant, recovered_iou=gain))]


def _without_holes(mask: Mask) -> Mask:
    """Return the mask with every hole of background filled by the value around it."""
    out = mask.copy()
    for value in np.unique(mask[mask > 0]).tolist():
        contours, _ = cv2.findContours((mask == value).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, contours, -1, (int(value),), cv2.FILLED)
    return out


def _checkerboard(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    """Count squares of 2 x 2 fields whose diagonals hold two values, among those of two values: truths have few."""
    size, drawn, true = max(((px, *_meshes(pairs, px)) for px in FIELDS_PX), key=lambda one: one[1] - one[2])
    if drawn < MESH_SHARE or drawn < true + MESH_SHARE:
        return []
    plain, _ = _tried(pairs, lambda mask: mask, evidence)
    smooth, share = _tried(pairs, partial(_smoothed, 4 * size + 1), evidence)
    if drawn < CERTAIN_MESH and (smooth - plain < 0.01 or share < 0.6):
        return []
    after = f"; smoothed, the mean IoU goes from {plain:.3f} to {smooth:.3f}" if smooth > plain else ""
    text = (
        f"{drawn:.0%} of the squares of 2 x 2 fields of {size} px on boundaries alternate as on a checkerboard "
        f"({true:.0%} in the truth){after}"
    )
    recovered = round(max(0.0, smooth - plain), 4)
    values, variant = ({"size": 4 * size + 1}, "smooth") if smooth > plain + LEAST_SMOOTHED else ({}, "")
    finding = make_finding("pred-checkerboard", text, values=values, variant=variant, recovered_iou=recovered)
    return [Hypothesis(finding)]


def _smoothed(size: int, mask: Mask) -> Mask:
    return np.asarray(cv2.medianBlur(mask, size))


def _meshes(pairs: list[Pair], px: int) -> tuple[float, float]:
    """Return the share of alternating squares in predictions and truths, one value taken every `px`."""
    masks = [p.prediction for p in pairs], [p.truth for p in pairs]
    drawn, true = (float(np.mean([_mesh(m[px // 2 :: px, px // 2 :: px]) for m in of_kind])) for of_kind in masks)
    return drawn, true


def _mesh(mask: Mask) -> float:
    a, b, c, d = mask[:-1, :-1], mask[:-1, 1:], mask[1:, :-1], mask[1:, 1:]
    mixed = (a != b) | (a != c) | (a != d)
    return float(((a == d) & (b == c) & (a != b)).sum() / max(np.count_nonzero(mixed), 1))
