"""Is IoU the right score for these masks? Answered by moving and mending the truth itself, in numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.evaluation.metrics import boundary_f1, overlap
from maskwright.findings.finding import Finding
from maskwright.imaging.geometry import Mask, component_areas, median_width_px

THIN_COST = 0.2
"""IoU lost by a shift of one pixel from which on IoU judges the pen more than the model."""
TOLERANCE_PX = 2
MANY_OBJECTS = 5
UNEVEN_AREAS = 20.0
EMPTY_SHARE = 0.1
MOST_PHOTOS = 24
READ_METRICS = "Maier-Hein, Reinke et al. 2024, Metrics reloaded; Cheng et al. 2021, Boundary IoU, arXiv:2103.16562"


@dataclass(frozen=True)
class TruthLook:
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


def right_metric(evidence: Evidence) -> list[Finding]:
    """Return one note: which score fits the truth of the held-out pairs, and why; nothing without pairs."""
    cases, background = evidence.cases, evidence.classes.background
    chosen = np.linspace(0, len(cases) - 1, min(MOST_PHOTOS, len(cases))).astype(int)
    return metric_choice([look(cases[i].reread().truth, background=background) for i in chosen])


def metric_choice(looks: Sequence[TruthLook]) -> list[Finding]:
    """Return the note for the looks of the photos; none where no photo shows an object."""
    shown = [one for one in looks if one.object_pixels]
    if not shown:
        return []
    reasons = [*_thin(shown), *_many(shown), *_empty(looks)]
    main = reasons[0][0] if reasons else "dataset IoU"
    shift = 1 - _median(shown, lambda one: one.shift_iou)
    dice = 1 - _median(shown, lambda one: one.shift_dice)
    always = (
        f"shifting every mask by one pixel costs {shift:.2f} IoU, {dice:.2f} Dice and "
        f"{1 - _median(shown, lambda one: one.shift_boundary):.2f} boundary F1 within {TOLERANCE_PX} px"
    )
    return [
        Finding(
            "metric-choice",
            "note",
            f"the score that fits these masks: {main}",
            "; ".join([always, *(text for _, text in reasons)]),
            "; ".join(dict.fromkeys([f"judge by {name}" for name, _ in reasons] or [_iou_is_right()])),
            mechanism="IoU and Dice rank two models alike and differ only in scale; "
            "both count area, so thin objects pay for a pixel of the pen, and small ones vanish beside large ones. "
            "A score should cost most where the use of the masks would suffer most.",
            read_more=READ_METRICS,
        )
    ]


def _iou_is_right() -> str:
    return "judge by dataset IoU with its interval; Dice says the same in larger numbers"


def _thin(shown: Sequence[TruthLook]) -> list[tuple[str, str]]:
    cost, width = 1 - _median(shown, lambda one: one.shift_iou), _median(shown, lambda one: one.width_px)
    if cost < THIN_COST:
        return []
    return [(f"boundary F1 within {TOLERANCE_PX} px", f"the objects are {width:.0f} px wide, so IoU judges the pen")]


def _many(shown: Sequence[TruthLook]) -> list[tuple[str, str]]:
    several = [one for one in shown if len(one.areas) > 1]
    count = _median(shown, lambda one: len(one.areas))
    areas = [area for one in shown for area in one.areas]
    uneven = float(np.quantile(areas, 0.9) / max(np.quantile(areas, 0.1), 1))
    if not several or (count < MANY_OBJECTS and uneven < UNEVEN_AREAS) or len(several) < len(shown) / 3:
        return []
    cost = 1 - _median(several, lambda one: one.missed_iou)
    text = f"a photo shows {count:.0f} objects (median), the large ones {uneven:.0f} times the small ones"
    return [("object recall beside IoU", f"{text}; missing the smallest costs {cost:.3f} IoU")]


def _empty(looks: Sequence[TruthLook]) -> list[tuple[str, str]]:
    empty = sum(not one.object_pixels for one in looks)
    if empty < EMPTY_SHARE * len(looks):
        return []
    text = f"{empty} of {len(looks)} photos show no object: their IoU is not defined, or 1 or 0 by a library's whim"
    return [("a photo-level yes or no (false alarms on empty photos) beside IoU", text)]


def _median(looks: Sequence[TruthLook], value: Callable[[TruthLook], float]) -> float:
    values = [v for v in map(value, looks) if not math.isnan(v)]
    return float(np.median(values)) if values else math.nan


def look(truth: Mask, *, background: int | None = 0) -> TruthLook:
    """Return the look of one HxW truth; its objects are all classes but the background (ignored pixels never)."""
    inside = (truth != IGNORE) & (truth != (IGNORE if background is None else background))
    pixels = int(inside.sum())
    if not pixels:
        return TruthLook(0, (), math.nan, math.nan, math.nan, math.nan, math.nan)
    # Touching objects of two classes are two; a photo with no background is cut along its classes.
    areas = sorted(int(a) for c in np.unique(truth[inside]) for a in component_areas(truth == c))
    moved = [_moved(truth, background, axis) for axis in (0, 1)]
    ious = [pair[0] for pair in moved]
    iou = float(np.mean(ious))
    return TruthLook(
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
        ious.append(float(overlap((a & b).sum(), a.sum(), b.sum())))
        edges.append(boundary_f1(a, b, tolerance_px=TOLERANCE_PX))
    return float(np.nanmean(ious)), float(np.nanmean(edges))
