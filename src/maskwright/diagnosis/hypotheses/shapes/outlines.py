"""Thin lines drawn along the edges of thick objects, whose insides are left out."""

import cv2
import numpy as np

from maskwright.diagnosis.evidence.evidence import Evidence, Pair
from maskwright.diagnosis.hypotheses.shapes.changed_masks import depth_of, iou_after
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask

THIN_DEPTH_PX = 3.5
"""Half the width of the lines that are drawn, at most."""
THICKER = 2.0
"""Half the width of true objects against that of the lines."""
FEWEST_PX = 60
"""True pixels of a class in a photo."""
NEAR_EDGE_PX = 5.0
"""Distance from a true edge within which a pixel lies along it."""
ALONG_EDGE = 0.6
"""Share of what is drawn that must lie along edges."""
EMPTY_CORE = 0.15
"""Share of the insides that is drawn, at most."""


def outline_hypotheses(evidence: Evidence, pairs: list[Pair]) -> list[Hypothesis]:
    """Recognise thin lines drawn along the edges of objects that are thick, and the insides left out."""
    if evidence.classes.background is None:
        return []
    measured = [m for p in pairs for c in evidence.classes.scored if (m := _as_outline(p, c)) is not None]
    if len(measured) < 2:
        return []
    depth, true_depth, along, core = (float(np.median(v)) for v in zip(*measured, strict=True))
    if depth > THIN_DEPTH_PX or true_depth < THICKER * depth or along < ALONG_EDGE or core > EMPTY_CORE:
        return []
    text = (
        f"predictions are lines of about {2 * depth:.0f} px, {along:.0%} of them along the edges of objects of about "
        f"{2 * true_depth:.0f} px; {core:.0%} of the pixels inside objects are found"
    )
    plain, _ = iou_after(pairs, lambda mask: mask, evidence)
    filled, _ = iou_after(pairs, _without_holes, evidence)
    values, variant = ({"ids": as_ids(evidence)}, "closed") if filled > plain else ({}, "")
    gain = round(max(0.0, filled - plain), 4)
    return [Hypothesis(make_finding("pred-outlines", text, values=values, variant=variant, recovered_iou=gain))]


def _as_outline(pair: Pair, class_id: int) -> tuple[float, float, float, float] | None:
    """Return depths of what is drawn and true of a class, the share drawn along edges, and the share found inside.

    None where the class is hardly drawn or hardly has an inside.
    """
    true, drawn = pair.truth == class_id, pair.prediction == class_id
    if true.sum() < FEWEST_PX or drawn.sum() < 0.03 * true.sum():
        return None
    inside, outside = (depth_of(part, edge=1) for part in (true, ~true))
    deepest = float(np.quantile(inside[true], 0.95))
    core = inside > max(NEAR_EDGE_PX, 0.5 * deepest)
    if not core.any():
        return None
    depth = float(np.quantile(depth_of(drawn)[drawn], 0.95))
    near = np.where(true, inside, outside) <= NEAR_EDGE_PX
    return depth, deepest, float(near[drawn].mean()), float(drawn[core].mean())


def _without_holes(mask: Mask) -> Mask:
    """Return the mask with every hole of background filled by the value around it."""
    out = mask.copy()
    for value in np.unique(mask[mask > 0]).tolist():
        contours, _ = cv2.findContours((mask == value).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, contours, -1, (int(value),), cv2.FILLED)
    return out
