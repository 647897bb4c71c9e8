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
MAX_END_DISTANCE = 0.34
"""A part ends near its own start: their distance, as a share of the jump to the next part."""
MIN_JUMP_RATIO = 4.0
"""A jump is at least so many times as long as the part's steps at JUMP_QUANTILE. Necks of traced cracks reach 3.9,
joined parts of cars 6 and more, but one in six."""
JUMP_QUANTILE = 0.9
"""Quantile of a part's steps that a jump is compared with."""
CANVAS_PX = 512
MOST_JUMPS = 64
"""Of an outline: what has more is of coarse steps, and is not looked at."""
MIN_POINTS = 3
"""Points that a part must have."""
MIN_AREA_PX = 4.0
"""Area that a part must have."""
MAX_BOX_OVERLAP = 0.5
"""Share of the smaller box up to which the boxes of two parts may overlap."""
MIN_BETWEEN_SHARE = 0.005
"""Share of the parts' area that a polygon must fill, or cut out, between them."""
MIN_POLYGONS = 3
"""Polygons that must run through several parts."""
MIN_POLYGON_SHARE = 0.02
"""Share of the polygons that must run through several parts."""


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
    wrong = [one for one in joined if one.wrong > MIN_BETWEEN_SHARE * one.pixels]
    looked_at = min(len(drawn), LOOKED_AT_MOST)
    if len(wrong) < max(MIN_POLYGONS, MIN_POLYGON_SHARE * looked_at):
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
    if len(xy) < 2 * MIN_POINTS:
        return [xy]
    steps = np.linalg.norm(np.roll(xy, -1, axis=0) - xy, axis=1)
    jumps = np.flatnonzero(steps > MIN_JUMP_RATIO * np.median(steps))
    if not 2 <= len(jumps) <= MOST_JUMPS:
        return [xy]
    parts: list[Points] = []
    start = 0
    while start < len(xy):
        end = _end_of_part(xy, steps, jumps[jumps >= start + MIN_POINTS - 1], start)
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
            jump < MIN_JUMP_RATIO * np.quantile(steps[start:end], JUMP_QUANTILE)
            or np.linalg.norm(xy[end] - xy[start]) > MAX_END_DISTANCE * jump
        ):
            continue
        if abs(cv2.contourArea(xy[start : end + 1].astype(np.float32))) >= MIN_AREA_PX:
            return int(end)
    return None


def _are_apart(parts: Sequence[Points]) -> bool:
    """Tell whether the boxes of the parts lie side by side."""
    boxes = [(part.min(axis=0), part.max(axis=0)) for part in parts]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:i]:
            shared = np.prod(np.clip(np.minimum(high, other_high) - np.maximum(low, other_low), 0, None))
            smaller = min(np.prod(high - low), np.prod(other_high - other_low))
            if shared > MAX_BOX_OVERLAP * smaller:
                return False
    return True


def _filled(rings: Sequence[Points], around: Points) -> Mask:
    """Return the pixels that the rings fill, each by itself, at a scale of at most 512 px a side."""
    low, sides = around.min(axis=0), np.ptp(around, axis=0)
    factor = min(4.0, CANVAS_PX / max(sides.max(), 1.0))
    high, wide = (int(side) for side in np.ceil(sides[::-1] * factor) + 1)
    return paint([Polygon(1, (ring - low) * factor) for ring in rings], (high, wide), (high, wide))
