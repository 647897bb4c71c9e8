"""A finding about outlines whose points are not in their order: edge pixels row by row, or in no order at all."""

import numpy as np

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.mask_geometry import Points

LOOKED_AT_MOST, POINTS_MOST = 400, 400
"""Polygons, spread evenly, that are looked at, and points of one of them, the first ones."""
MIN_POINTS = 12
"""Points from which on a polygon shows the order of its points."""
MIN_SHARE = 0.2
"""Share of such polygons whose points must be in no order."""
MIN_POLYGONS = 3
"""Polygons whose points must be in no order."""
FARTHER, LONG_SHARE = 4.0, 0.35
"""A step is long that leads so many times as far as the nearest other point, and a third of the steps must be long.
Outlines that people drew have at most a tenth of such steps."""
CROSSING_LEAST = 0.1
"""So many of the sides must cross another one: teeth of combs and gears have far steps too, and cross nothing."""


def scattered_findings(dataset: Dataset) -> list[Finding]:
    """Return the finding that points of outlines do not follow the outline, so that polygons cross themselves."""
    drawn = [
        (sample.name, shape.rings[0])
        for sample in dataset.samples
        if isinstance(sample.truth, Shapes)
        for shape in sample.truth.shapes
        if isinstance(shape, Polygon) and len(shape.xy) >= MIN_POINTS
    ]
    looked_at = spread_evenly(drawn, LOOKED_AT_MOST)
    scattered = [
        (name, share) for name, xy in looked_at if (share := long_steps(xy)) >= LONG_SHARE and _crosses_itself(xy)
    ]
    if len(scattered) < max(MIN_POLYGONS, MIN_SHARE * len(looked_at)):
        return []
    rows = sum(_runs_along_rows(xy) for _, xy in looked_at)
    order = "; their points run row by row" if rows >= 0.8 * len(scattered) else ""
    names = tuple(dict.fromkeys(name for name, _ in scattered))
    text = (
        f"{len(scattered)} of {len(looked_at)} polygons that were looked at leap across the object with "
        f"{np.median([share for _, share in scattered]):.0%} of their steps, past nearer points{order}: {some(names)}"
    )
    return [make_finding("shape-invalid", text, variant="order", severity="error", photos=names)]


def long_steps(xy: Points) -> float:
    """Return the share of the steps of an outline that lead far past the nearest other point."""
    points = xy[:POINTS_MOST]
    x, y = points.T
    squared = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    squared[squared == 0] = np.inf  # the point itself, also where it is given twice
    nearest = np.sqrt(squared.min(axis=1))[:-1]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    able = np.isfinite(nearest)
    return float((steps[able] > FARTHER * nearest[able]).mean()) if able.any() else 0.0


def _crosses_itself(xy: Points) -> bool:
    """Tell whether many sides of an outline cross another one."""
    points = xy[:POINTS_MOST].astype(np.float64)
    begins, sides = points, np.roll(points, -1, axis=0) - points
    # On which side of the line through each side the points lie: -1, 0 or 1.
    to = points[None] - begins[:, None]
    side_of = np.sign(sides[:, None, 0] * to[..., 1] - sides[:, None, 1] * to[..., 0])
    parted = side_of * np.roll(side_of, -1, axis=1) < 0
    return float((parted & parted.T).any(axis=1).mean()) >= CROSSING_LEAST


def _runs_along_rows(xy: Points) -> bool:
    return any(bool((np.diff(xy[:, axis]) >= 0).mean() > 0.95) for axis in (0, 1))
