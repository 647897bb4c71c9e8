"""Is IoU the right metric for these masks? Measured by shifting the truth itself and leaving its objects out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.evaluation.metrics import boundary_f1, iou_of_areas
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import Mask, component_areas, median_width_px

THIN_COST = 0.2
"""IoU lost by a shift of one pixel: above this, IoU measures the outline more than the model."""
TOLERANCE_PX = 2
"""Distance within which boundaries agree for the boundary F1."""
MANY_OBJECTS = 5
"""Objects in a photo from which on a score by object says more."""
UNEVEN_AREAS = 20.0
"""Ratio of their areas from which on it does too."""
EMPTY_SHARE = 0.1
"""Share of the photos without an object from which on the choice of the metric is named."""
MOST_PHOTOS = 10
"""Photos that are looked at."""
LARGE_ENOUGH = "it counts every wrong pixel, and outlines hardly change it, since the objects are large"


@dataclass(frozen=True)
class ShiftCost:
    """What one photo's truth says about scores: object pixels, areas of objects, width, costs of small changes.

    `shift_iou`, `shift_dice`, `shift_boundary`: IoU, Dice and boundary F1 (within 2 px) of the truth against itself
    moved by one pixel, mean over right and down; `missed_iou`: IoU when the smallest object is missed. NaN if empty.
    """

    object_pixels: int
    areas: tuple[int, ...]
    width_px: float
    shift_iou: float
    shift_dice: float
    shift_boundary: float
    missed_iou: float


def metric_choice_findings(evidence: Evidence) -> list[Finding]:
    """Return one note: which score fits the truth of the held-out pairs, and why; nothing without pairs."""
    background = evidence.classes.background
    cases = spread_evenly(evidence.cases, MOST_PHOTOS)
    return metric_choice([shift_cost(case.reread().truth, background=background) for case in cases])


def metric_choice(costs: Sequence[ShiftCost]) -> list[Finding]:
    """Return the note for the photos' costs; none where no photo shows an object."""
    shown = [cost for cost in costs if cost.object_pixels]
    if not shown:
        return []
    reasons = [*_thin(shown), *_many(shown), *_empty(costs)]
    main = reasons[0][0] if reasons else "dataset IoU"
    shift = 1 - _median(shown, lambda one: one.shift_iou)
    dice = 1 - _median(shown, lambda one: one.shift_dice)
    always = (
        f"moving every mask by one pixel costs {shift:.2f} IoU, {dice:.2f} Dice and "
        f"{1 - _median(shown, lambda one: one.shift_boundary):.2f} boundary F1 within {TOLERANCE_PX} px"
    )
    why = "; ".join([*(text for _, text in reasons), always]) if reasons else f"{LARGE_ENOUGH}: {always}"
    evidence = f"{main} fits best: {why}"
    wanted = " and ".join(name for name, _ in reasons) or "dataset IoU with its interval"
    return [make_finding("metric-choice", evidence, values={"metric": wanted})]


def _thin(shown: Sequence[ShiftCost]) -> list[tuple[str, str]]:
    cost, width = 1 - _median(shown, lambda one: one.shift_iou), _median(shown, lambda one: one.width_px)
    if cost < THIN_COST:
        return []
    return [
        (
            f"boundary F1 within {TOLERANCE_PX} px",
            f"the objects are {width:.0f} px wide, so IoU mostly measures the outline",
        )
    ]


def _many(shown: Sequence[ShiftCost]) -> list[tuple[str, str]]:
    several = [one for one in shown if len(one.areas) > 1]
    count = _median(shown, lambda one: len(one.areas))
    areas = [area for one in shown for area in one.areas]
    uneven = float(np.quantile(areas, 0.9) / max(np.quantile(areas, 0.1), 1))
    if not several or (count < MANY_OBJECTS and uneven < UNEVEN_AREAS) or len(several) < len(shown) / 3:
        return []
    cost = 1 - _median(several, lambda one: one.missed_iou)
    text = f"a photo shows {count:.0f} objects (median), the large ones {uneven:.0f} times the small ones"
    return [("object recall beside IoU", f"{text}; missing the smallest costs {cost:.3f} IoU")]


def _empty(costs: Sequence[ShiftCost]) -> list[tuple[str, str]]:
    empty = sum(not cost.object_pixels for cost in costs)
    if empty < EMPTY_SHARE * len(costs):
        return []
    text = (
        f"{empty} of {len(costs)} photos show no object: their IoU is not defined, or 1 or 0 depending on the library"
    )
    return [("the share of empty photos with a false alarm beside IoU", text)]


def _median(costs: Sequence[ShiftCost], value: Callable[[ShiftCost], float]) -> float:
    values = [v for v in map(value, costs) if not math.isnan(v)]
    return float(np.median(values)) if values else math.nan


def shift_cost(truth: Mask, *, background: int | None = 0) -> ShiftCost:
    """Return what small changes cost one HxW truth; objects are all classes but the background and ignored pixels."""
    inside = (truth != IGNORE) & (truth != (IGNORE if background is None else background))
    pixels = int(inside.sum())
    if not pixels:
        return ShiftCost(0, (), math.nan, math.nan, math.nan, math.nan, math.nan)
    # Touching objects of two classes are two; a photo with no background is cut along its classes.
    areas = sorted(int(a) for c in np.unique(truth[inside]) for a in component_areas(truth == c))
    moved = [_moved(truth, background, axis) for axis in (0, 1)]
    ious = [pair[0] for pair in moved]
    iou = float(np.mean(ious))
    return ShiftCost(
        pixels,
        tuple(areas),
        median_width_px(inside),
        iou,
        float(np.mean([2 * v / (1 + v) for v in ious])),
        float(np.mean([pair[1] for pair in moved])),
        1 - areas[0] / pixels,
    )


def _moved(truth: Mask, background: int | None, axis: int) -> tuple[float, float]:
    """Return IoU (mean over the object classes) and boundary F1 of the truth against itself one pixel on."""
    moved = np.roll(truth, 1, axis=axis)
    first = [slice(None), slice(None)]
    first[axis] = slice(1, None)
    before, after = truth[tuple(first)], moved[tuple(first)]
    kinds = [int(c) for c in np.unique(truth) if c not in (background, IGNORE)]
    ious, edges = [], []
    for class_id in kinds:
        a, b = before == class_id, after == class_id
        ious.append(float(iou_of_areas((a & b).sum(), a.sum(), b.sum())))
        edges.append(boundary_f1(a, b, tolerance_px=TOLERANCE_PX))
    return _known_mean(ious), _known_mean(edges)


def _known_mean(values: list[float]) -> float:
    """Return the mean of what is known; 1 where nothing is, since a truth without boundaries loses nothing."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else 1.0
