"""A finding about polygons that run on from one part of an object to the next: parts were written as one outline."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shapes import Polygon, Shapes, paint
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.mask_geometry import Mask, Points

LOOKED_AT_MOST = 5000
"""Polygons, spread evenly, that are looked at."""
CLOSED, LONG, LONG_STEPS = 0.34, 4.0, 0.9
"""A part ends this share of the next jump from its own start; the jump is so many times the longest tenth of its steps.
Necks of traced cracks reach 3.9, joined parts of cars 6 and more, but one in six."""
CANVAS_PX = 512
MOST_JUMPS = 64
"""Of an outline: what has more is of coarse steps, and is not looked at."""
POINTS_LEAST, AREA_LEAST_PX, APART = 3, 4.0, 0.5
"""What a part must have; and its box must not overlap another's by more than this share of the smaller."""
BETWEEN_LEAST, POLYGONS_LEAST, SHARE_LEAST = 0.005, 3, 0.02
"""A polygon must fill so much between its parts; so many must do it, and this share of all."""


@dataclass(frozen=True)
class JoinedParts:
    """A polygon that runs through several parts: how many, their pixels, and how many others it fills or leaves out."""

    sample: str
    parts: int
    pixels: int
    wrong: int


def joined_findings(dataset: Dataset) -> list[Finding]:
    """Return the finding that polygons run from one part of an object to another, and fill what lies between."""
    drawn = [(s, p) for s in dataset.samples if isinstance(s.truth, Shapes) for p in _polygons(s.truth)]
    joined = [found for sample, xy in spread_evenly(drawn, LOOKED_AT_MOST) if (found := _joined(sample, xy))]
    wrong = [one for one in joined if one.wrong > BETWEEN_LEAST * one.pixels]
    looked_at = min(len(drawn), LOOKED_AT_MOST)
    if len(wrong) < max(POLYGONS_LEAST, SHARE_LEAST * looked_at):
        return []
    share = sum(one.wrong for one in wrong) / sum(one.pixels for one in wrong)
    names = tuple(dict.fromkeys(one.sample for one in wrong))
    text = (
        f"{len(wrong)} of {looked_at} polygons jump from one part to another and close each part "
        f"before ({some([f'{one.sample}: {one.parts} parts' for one in wrong])}); the bands between parts are filled, "
        f"or cut out of them: {share:.1%} of their area"
    )
    return [make_finding("shape-joined", text, photos=names)]


def _polygons(truth: Shapes) -> list[Points]:
    return [shape.rings[0] for shape in truth.shapes if isinstance(shape, Polygon)]


def _joined(sample: Sample, xy: Points) -> JoinedParts | None:
    parts = parts_of(xy)
    if len(parts) < 2:
        return None
    whole, separate = _filled([xy], xy), _filled(parts, xy)
    return JoinedParts(sample.name, len(parts), int(separate.sum()), int((whole != separate).sum()))


def parts_of(xy: Points) -> list[Points]:
    """Return the parts of an outline that were appended to each other, each a closed outline; else the outline itself.

    Read from its first point: a part ends where the outline is back at the part's start and then jumps away.
    """
    if len(xy) < 2 * POINTS_LEAST:
        return [xy]
    steps = np.linalg.norm(np.roll(xy, -1, axis=0) - xy, axis=1)
    jumps = np.flatnonzero(steps > LONG * np.median(steps))
    if not 2 <= len(jumps) <= MOST_JUMPS:
        return [xy]
    parts: list[Points] = []
    start = 0
    while start < len(xy):
        end = _end_of_part(xy, steps, jumps[jumps >= start + POINTS_LEAST - 1], start)
        if end is None:
            return [xy]
        parts.append(xy[start : end + 1])
        start = end + 1
    return parts if len(parts) > 1 and _are_apart(parts) else [xy]


def _end_of_part(xy: Points, steps: Points, jumps: NDArray[np.int64], start: int) -> int | None:
    """Return the first of the points with a long step from which the outline jumps after it came back to its start."""
    for end in jumps.tolist():
        jump = steps[end]
        if (
            jump < LONG * np.quantile(steps[start:end], LONG_STEPS)
            or np.linalg.norm(xy[end] - xy[start]) > CLOSED * jump
        ):
            continue
        if abs(cv2.contourArea(xy[start : end + 1].astype(np.float32))) >= AREA_LEAST_PX:
            return int(end)
    return None


def _are_apart(parts: Sequence[Points]) -> bool:
    """Tell whether the boxes of the parts lie side by side."""
    boxes = [(part.min(axis=0), part.max(axis=0)) for part in parts]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:i]:
            shared = np.prod(np.clip(np.minimum(high, other_high) - np.maximum(low, other_low), 0, None))
            smaller = min(np.prod(high - low), np.prod(other_high - other_low))
            if shared > APART * smaller:
                return False
    return True


def _filled(rings: Sequence[Points], around: Points) -> Mask:
    """Return the pixels that the rings fill, each by itself, at a scale of at most 512 px a side."""
    low, sides = around.min(axis=0), np.ptp(around, axis=0)
    factor = min(4.0, CANVAS_PX / max(sides.max(), 1.0))
    high, wide = (int(side) for side in np.ceil(sides[::-1] * factor) + 1)
    return paint([Polygon(1, (ring - low) * factor) for ring in rings], (high, wide), (high, wide))
