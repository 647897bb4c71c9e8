"""Findings about drawn shapes that are hidden: larger shapes of other classes were drawn later."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.shape_bounds import Boxes, bounds_of, bounds_xyxy
from maskwright.datasets.truth.shapes import Polygon, Shape, Shapes, moved, paint, with_class
from maskwright.findings.finding import Finding, Severity, make_finding, some
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.rasterize import classes_seen

CANDIDATES_MOST, MEASURED_MOST = 200, 20
WITHIN = 0.85
"""Share of the width and of the height of a shape's box that must lie within that of a later one."""
LEFT_MOST = 0.25
"""A shape of which so little is left to be seen is hidden too; of the first shapes of a photo alone, for time."""
MUCH_SMALLER, LATER_MOST = 0.1, 20
"""It is hidden by mistake if it is so much smaller than the later one: of a bus before a car it is as it should be."""
COMPARED_AT_ONCE = 64
"""Shapes that are compared with all later ones in one step."""

MIN_HIDDEN_SHARE = 0.02
"""Share of all shapes from which on hidden ones are more than a slip."""
Box = tuple[slice, slice]
Ids = NDArray[np.int64]


def hidden_findings(dataset: Dataset) -> list[Finding]:
    """Return the shapes of which hardly anything is to be seen: larger shapes of other classes were drawn later."""
    drawn = [sample for sample in dataset.samples if isinstance(sample.truth, Shapes) and sample.size_hw]
    found = in_threads(lambda sample: _hidden_in(dataset, sample), drawn)
    hidden = dict(zip((sample.name for sample in drawn), found, strict=True))
    shown = [f"{name}: {_described(shape, dataset)}" for name, shapes in hidden.items() for shape in shapes]
    if not shown:
        return []
    names = [name for name, shapes in hidden.items() if shapes]
    shapes = sum(len(sample.truth.shapes) for sample in drawn if isinstance(sample.truth, Shapes))
    severity: Severity = "warning" if len(shown) >= MIN_HIDDEN_SHARE * shapes else "note"
    text = f"{len(shown)} in {len(names)} photos: {some(shown)}"
    return [make_finding("shape-hidden", text, photos=names, severity=severity)]


def _described(shape: Shape, dataset: Dataset) -> str:
    left, top, right, bottom = bounds_xyxy(shape)
    known = shape.class_id < len(dataset.classes)
    name = dataset.classes.names[shape.class_id] if known else "ignored"
    return f"{name} at x {(left + right) / 2:.0f}, y {(top + bottom) / 2:.0f}"


def _hidden_in(dataset: Dataset, sample: Sample) -> list[Shape]:
    assert isinstance(sample.truth, Shapes)
    assert sample.size_hw is not None
    shapes = sample.truth.shapes
    ids, bounds = np.array([shape.class_id for shape in shapes]), bounds_of(shapes)
    candidates = _inside_later(ids, bounds)[:CANDIDATES_MOST]
    if not candidates:
        return []
    final = dataset.painted_shapes(sample.truth, sample.size_hw, sample.size_hw)
    polygons = [(i, shape) for i in candidates if isinstance(shape := shapes[i], Polygon)]
    covered, seen = classes_seen(final, [p.rings for _, p in polygons], [p.class_id for _, p in polygons])
    hidden = {i for (i, _), gone in zip(polygons, covered & ~seen, strict=True) if gone}
    hidden |= {i for i in candidates if not isinstance(shapes[i], Polygon) and _is_hidden(shapes[i], final)}
    hidden |= {
        i
        for i in candidates[:MEASURED_MOST]
        if i not in hidden
        and _is_hidden(shapes[i], final, left=LEFT_MOST)
        and _lies_in_larger(shapes[i], [shapes[k] for k in _around(i, ids, bounds, final.shape)], final.shape)
    }
    return [shapes[i] for i in sorted(hidden)]


def _is_hidden(shape: Shape, final: Mask, *, left: float = 0.0) -> bool:
    """Return whether the class of a shape is seen in no more than a share `left` of it, 0 for nowhere.

    The work is bounded by the shape's box.
    """
    box = _box(shape, final.shape)
    inside = _painted(shape, box)
    return bool(inside.any() and (final[box][inside] == shape.class_id).mean() <= left)


def _lies_in_larger(own: Shape, around: Sequence[Shape], photo_hw: tuple[int, ...]) -> bool:
    """Tell whether a shape lies, for most of it, within the outline of a much larger one of those around it."""
    box = _box(own, photo_hw)
    inside = _painted(own, box)
    return any(
        _painted(shape, box)[inside].mean() >= WITHIN
        and inside.sum() <= MUCH_SMALLER * _painted(shape, _box(shape, photo_hw)).sum()
        for shape in around
    )


def _around(place: int, ids: Ids, bounds: Boxes, photo_hw: tuple[int, ...]) -> list[int]:
    """Return the places of the first later shapes of other classes that reach over most of a shape's box."""
    rows, columns = _pixels(bounds[place], photo_hw)
    left, top, right, bottom = bounds[place + 1 :].T
    wide = np.minimum(right, columns.stop) - np.maximum(left, columns.start)
    high = np.minimum(bottom, rows.stop) - np.maximum(top, rows.start)
    reach = (wide >= WITHIN * (columns.stop - columns.start) - 1) & (high >= WITHIN * (rows.stop - rows.start) - 1)
    later = np.flatnonzero(reach & (ids[place + 1 :] != ids[place]))
    return [place + 1 + int(later_place) for later_place in later[:LATER_MOST]]


def _box(shape: Shape, photo_hw: tuple[int, ...]) -> Box:
    """Return the rows and columns of a photo that a shape spans."""
    return _pixels(bounds_xyxy(shape), photo_hw)


def _pixels(bounds: Sequence[float] | NDArray[np.float64], photo_hw: tuple[int, ...]) -> Box:
    west, top, right, bottom = bounds
    x, y = max(0, math.floor(west)), max(0, math.floor(top))
    return slice(y, max(y, min(photo_hw[0], math.ceil(bottom)))), slice(x, max(x, min(photo_hw[1], math.ceil(right))))


def _painted(shape: Shape, box: Box) -> NDArray[np.bool_]:
    """Return which pixels of a box a shape covers."""
    rows, columns = box
    size_hw = (rows.stop - rows.start, columns.stop - columns.start)
    if not all(size_hw):
        return np.zeros(size_hw, np.bool_)
    return np.asarray(paint([moved(with_class(shape, 1), (-columns.start, -rows.start))], size_hw, size_hw) > 0)


def _inside_later(ids: Ids, bounds: Boxes) -> list[int]:
    """Return the places of shapes whose box lies, for most of it, within that of a later shape of another class."""
    if len(np.unique(ids)) < 2:
        return []
    left, top, right, bottom = bounds.T.copy()
    places = np.arange(len(ids))
    inside: list[int] = []
    for first in range(0, len(ids), COMPARED_AT_ONCE):
        own = np.s_[first : first + COMPARED_AT_ONCE, None]
        wide = np.minimum(right, right[own]) - np.maximum(left, left[own])
        high = np.minimum(bottom, bottom[own]) - np.maximum(top, top[own])
        around = (wide >= WITHIN * (right - left)[own]) & (high >= WITHIN * (bottom - top)[own])
        around &= (ids != ids[own]) & (places > places[own])
        inside += (first + np.flatnonzero(around.any(axis=1))).tolist()
    return inside
