"""Polygons and ellipses to pixels: a pixel belongs to a shape when its centre does.

A shape costs what its own pixels cost, whatever the size of the canvas, and the memory is bounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 1 << 18
"""Crossings of edges with rows, or pixels, that are held in memory at a time."""

LONG_SPAN_PX = 48
"""From this mean length on, spans are painted one by one."""

Canvas = NDArray[np.uint8] | NDArray[np.bool_] | NDArray[np.int32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Edges:
    """The edges of polygons, from the upper end down, with the rows [first, last) whose centres they cross.

    The same whichever way a ring is walked: a cut that is walked there and back cancels exactly.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    wide: NDArray[np.float64]
    high: NDArray[np.float64]
    polygon: Ints
    first: Ints
    last: Ints


def paint_polygons(
    canvas: Canvas,
    polygons: Sequence[Sequence[NDArray[np.float64]]],
    values: Sequence[int],
    *,
    scale_xy: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Paint polygons in order into the HxW canvas, each with its value.

    A polygon is a sequence of closed rings (each Nx2, finite): a pixel is painted when an odd number of rings holds
    its centre. Coordinates are multiplied by `scale_xy` first. What lies outside the canvas is cut off.
    """
    edges = _edges(polygons, scale_xy, canvas.shape[0])
    colours = np.asarray(values, dtype=np.int32 if canvas.dtype == np.int32 else np.uint8)
    for start, stop in _bands(edges, canvas.shape[0]):
        which, rows, lefts, rights = _spans(edges, (start, stop), canvas.shape[1])
        _paint_spans(canvas, rows, lefts, rights, colours[which])


def _edges(polygons: Sequence[Sequence[NDArray[np.float64]]], scale_xy: tuple[float, float], height: int) -> _Edges:
    rings = [(i, ring) for i, polygon in enumerate(polygons) for ring in polygon if len(ring) >= 3]
    points = np.concatenate([np.zeros((0, 2)), *(ring for _, ring in rings)]) * scale_xy
    lengths = np.array([len(ring) for _, ring in rings], dtype=np.int64)
    following = np.arange(1, len(points) + 1)
    following[np.cumsum(lengths) - 1] = np.cumsum(lengths) - lengths
    ends = points[following]
    down = (points[:, 1] <= ends[:, 1])[:, None]
    top, bottom = np.where(down, points, ends), np.where(down, ends, points)
    first, last = (np.ceil(np.clip(y, 0, height) - 0.5).astype(np.int64) for y in (top[:, 1], bottom[:, 1]))
    polygon = np.repeat(np.array([i for i, _ in rings], dtype=np.int64), lengths)
    crossing = first < last
    x, y = top[crossing].T
    wide, high = (bottom[crossing] - top[crossing]).T
    return _Edges(x, y, wide, high, polygon[crossing], first[crossing], last[crossing])


def _bands(edges: _Edges, height: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that hold no more crossings than AT_ONCE, or a single row."""
    opened, closed = (np.bincount(rows, minlength=height + 1)[: height + 1] for rows in (edges.first, edges.last))
    crossings = np.cumsum(np.cumsum(opened - closed))
    start = int(edges.first.min(initial=height))
    bottom = int(edges.last.max(initial=0))
    while start < bottom:
        done = int(crossings[start - 1]) if start else 0
        stop = min(max(int(np.searchsorted(crossings, done + AT_ONCE, side="right")), start + 1), bottom)
        yield start, stop
        start = stop


def _spans(edges: _Edges, band: tuple[int, int], width: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return polygon, row, first column and end of the spans in a band of rows, in the order of the polygons."""
    first, last = np.maximum(edges.first, band[0]), np.minimum(edges.last, band[1])
    counts = np.maximum(last - first, 0)
    which = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(len(which)) + (first - np.cumsum(counts) + counts)[which]
    # Divided last: with whole coordinates the product is exact, and so is a centre that lies on an edge.
    crossed = edges.x[which] + (rows + 0.5 - edges.y[which]) * edges.wide[which] / edges.high[which]
    columns = np.clip(np.ceil(crossed - 0.5), 0, width).astype(np.int64)
    height = band[1] - band[0]
    ordered = np.sort(((edges.polygon[which] * height) + rows - band[0]) * (width + 1) + columns).reshape(-1, 2)
    of_row, lefts = np.divmod(ordered[:, 0], width + 1)
    rights = lefts + ordered[:, 1] - ordered[:, 0]
    polygons, rows = np.divmod(of_row, height)
    return polygons, rows + band[0], lefts, rights


def _paint_spans(canvas: Canvas, rows: Ints, lefts: Ints, rights: Ints, colours: NDArray[Any]) -> None:
    lengths = rights - lefts
    if lengths.sum() >= LONG_SPAN_PX * len(lengths):
        for row, left, right, colour in zip(rows.tolist(), lefts.tolist(), rights.tolist(), colours, strict=True):
            canvas[row, left:right] = colour
        return
    if not canvas.flags.c_contiguous:
        for spans, columns in _pixels(lefts, lengths):
            canvas[rows[spans], columns] = colours[spans]
        return
    flat, begins = canvas.reshape(-1), rows * canvas.shape[1] + lefts
    for part in _parts(np.cumsum(lengths)):
        flat[_places(begins[part], lengths[part])] = np.repeat(colours[part], lengths[part])


def _places(begins: Ints, lengths: Ints) -> Ints:
    """Return the places begin, begin + 1, ... of spans in a flat array, span after span."""
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(begins - np.cumsum(lengths) + lengths, lengths))


def classes_seen(
    canvas: Canvas, polygons: Sequence[Sequence[NDArray[np.float64]]], values: Sequence[int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each polygon whether it covers any pixel of the HxW canvas, and any that has its value."""
    edges, sought = _edges(polygons, (1.0, 1.0), canvas.shape[0]), np.asarray(values, dtype=np.uint8)
    covered, seen = np.zeros(len(polygons), np.bool_), np.zeros(len(polygons), np.bool_)
    for start, stop in _bands(edges, canvas.shape[0]):
        which, rows, lefts, rights = _spans(edges, (start, stop), canvas.shape[1])
        covered[which[rights > lefts]] = True
        for spans, columns in _pixels(lefts, rights - lefts):
            polygon = which[spans]
            seen[polygon[canvas[rows[spans], columns] == sought[polygon]]] = True
    return covered, seen


def _pixels(lefts: Ints, lengths: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield span and column of the pixels of all spans, about AT_ONCE at a time."""
    ends = np.cumsum(lengths)
    if not ends.size or not ends[-1]:
        return
    for part in _parts(ends):
        own = lengths[part]
        columns = np.arange(int(own.sum())) + np.repeat(lefts[part] - np.cumsum(own) + own, own)
        yield np.repeat(np.arange(part.start, part.stop), own), columns


def _parts(ends: Ints) -> Iterator[slice]:
    """Yield slices of spans that cover about AT_ONCE pixels."""
    cuts = np.searchsorted(ends, np.arange(AT_ONCE, int(ends[-1]) if ends.size else 0, AT_ONCE)).tolist()
    bounds = sorted({0, *cuts, len(ends)})
    return (slice(start, stop) for start, stop in pairwise(bounds))


def paint_ellipse(
    canvas: Canvas,
    centre_xy: tuple[float, float],
    radii_xy: tuple[float, float],
    *,
    angle_rad: float = 0.0,
    value: int = 1,
) -> None:
    """Paint the pixels whose centre lies in the ellipse, which is turned by `angle_rad` clockwise."""
    if min(radii_xy) <= 0:
        return
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    reach = np.hypot(radii_xy[0] * cos, radii_xy[1] * sin), np.hypot(radii_xy[0] * sin, radii_xy[1] * cos)
    left, right = _within(centre_xy[0], reach[0], canvas.shape[1])
    top, bottom = _within(centre_xy[1], reach[1], canvas.shape[0])
    dx = np.arange(left, right)[None, :] + 0.5 - centre_xy[0]
    step = max(1, AT_ONCE // max(1, right - left))
    for start in range(top, bottom, step):
        dy = np.arange(start, min(start + step, bottom))[:, None] + 0.5 - centre_xy[1]
        along, across = (dx * cos + dy * sin) / radii_xy[0], (dy * cos - dx * sin) / radii_xy[1]
        canvas[start : start + len(dy), left:right][along**2 + across**2 <= 1.0] = value


def _within(centre: float, reach: float, length: int) -> tuple[int, int]:
    """Return a range of pixels, of `length` of them, that holds every centre nearer than `reach`."""
    low, high = np.clip((centre - reach - 1, centre + reach + 2), 0, length)
    return int(low), int(high)
