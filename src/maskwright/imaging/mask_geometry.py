"""Pure mask geometry: shapes to masks and back, components, boundaries.

Coordinates are pixels of the upright photo, x right and y down; the pixel in column c and row r covers
[c, c+1) x [r, r+1), so whole numbers are pixel corners and its centre is (c + 0.5, r + 0.5). A pixel
belongs to a shape when its centre does.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Points = NDArray[np.float64]

COUNT_AT_ONCE = 1 << 20
Pixel = TypeVar("Pixel", np.uint8, np.float32, Any)


def resize_mask(mask: NDArray[Pixel], size_hw: tuple[int, ...]) -> NDArray[Pixel]:
    """Return an HxW mask or map at another size; every new pixel takes the value under its centre."""
    height, width = size_hw[:2]
    if not mask.size:  # a crop of which nothing is left
        return np.zeros((height, width), mask.dtype)
    if mask.shape == (height, width):
        return mask
    resized = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, dtype=mask.dtype)


def components(mask: Bools, *, connectivity: int = 8) -> tuple[NDArray[np.int32], int]:
    """Return the HxW numbers of the connected components, 1 to N in scan order, 0 elsewhere; and N."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)
    return np.asarray(labels, dtype=np.int32), count - 1


def pixel_counts(mask: Mask) -> NDArray[np.int64]:
    """Return how many pixels have each value 0..255, in little memory."""
    flat = np.ascontiguousarray(mask).reshape(-1)
    if flat.size <= COUNT_AT_ONCE:
        return np.asarray(np.bincount(flat, minlength=256), dtype=np.int64)
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, flat.size, COUNT_AT_ONCE):
        counts += np.bincount(flat[start : start + COUNT_AT_ONCE], minlength=256)
    return counts


def component_areas(mask: Bools) -> NDArray[np.int64]:
    """Return the areas in pixels of the 8-connected components, in scan order."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return stats[1:, cv2.CC_STAT_AREA].astype(np.int64)


def largest_component(mask: Bools) -> Bools:
    """Return the mask with only its largest 8-connected component left."""
    box = bounding_box(mask)
    if box is None:
        return mask
    count, marks, stats, _ = cv2.connectedComponentsWithStats(mask[box].astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    largest = np.zeros_like(mask)
    largest[box] = marks == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return largest


def components_from(mask: Bools, least_px: float) -> Bools:
    """Return the mask with only its 8-connected components of at least `least_px` pixels left."""
    box = bounding_box(mask)
    if box is None:
        return mask
    _, marks, stats, _ = cv2.connectedComponentsWithStats(mask[box].astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= least_px
    large[0] = False
    if large[1:].all():
        return mask
    left = np.zeros_like(mask)
    left[box] = large[marks]
    return left


def bounding_box(mask: Bools) -> tuple[slice, slice] | None:
    """Return the rows and columns that hold all of an HxW mask, None where it is empty."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return slice(top, bottom), slice(int(columns[0]), int(columns[-1]) + 1)


def median_width_px(mask: Bools) -> float:
    """Return the median width in pixels of what is drawn, twice the distance from ridge to edge; NaN if empty."""
    if not mask.any():
        return float("nan")
    padded = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), dtype=np.uint8)
    padded[1:-1, 1:-1] = mask
    inward = cv2.distanceTransform(padded, cv2.DIST_L2, 5)
    ridge = inward >= cv2.dilate(inward, np.ones((3, 3), np.uint8))
    ridge &= padded.view(np.bool_)
    return float(np.median(2 * inward[ridge] - 1))


def boundary(mask: Mask) -> Bools:
    """Return the pixels with another class to the right or below them (HxW)."""
    edge = np.zeros(mask.shape, dtype=np.bool_)
    edge[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    edge[:-1, :] |= mask[:-1, :] != mask[1:, :]
    return edge


def trace_polygons(mask: Bools, *, tolerance_px: float = 0.0) -> list[Points]:
    """Return the components of the mask as Nx2 polygons along pixel corners; `paint_polygons` gives the mask back.

    A hole is joined to its outline by a cut of no width, since most annotation tools know no holes.
    `tolerance_px` > 0 simplifies each ring by Douglas-Peucker.
    """
    return [join_rings(outline, holes) for outline, holes in trace_rings(mask, tolerance_px=tolerance_px)]


def trace_rings(mask: Bools, *, tolerance_px: float = 0.0) -> list[tuple[Points, list[Points]]]:
    """Return outline and holes of every component of the mask, each Nx2 along pixel corners."""
    box = bounding_box(mask)
    if box is None:
        return []
    # On the doubled canvas each pixel touches just one corner of the original grid: rounding finds it.
    doubled = cv2.resize(mask[box].astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    rings, tree = cv2.findContours(np.pad(doubled, 1), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    corner = np.array([box[1].start, box[0].start], dtype=np.float64)
    corners = [_corners(ring, tolerance_px) + corner for ring in rings]
    return [
        (corners[index], [corners[i] for i in _children(tree[0], int(links[2])) if len(corners[i]) >= 3])
        for index, links in enumerate(tree[0])
        if links[3] < 0 and len(corners[index]) >= 3
    ]


def _children(tree: NDArray[Any], child: int) -> list[int]:
    children = []
    while child >= 0:
        children.append(child)
        child = int(tree[child][0])
    return children


def _corners(ring: NDArray[Any], tolerance_px: float) -> Points:
    points = np.floor((ring[:, 0, :].astype(np.float64) - 1 + 0.5) / 2 + 0.5)
    if tolerance_px > 0:
        simple = cv2.approxPolyDP(points.astype(np.float32)[:, None, :], tolerance_px, True)
        return np.asarray(simple[:, 0, :], dtype=np.float64)
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return np.asarray(points[turns])


def join_rings(outline: Points, holes: Sequence[Points]) -> Points:
    """Join each hole to the outline's first corner; walked there and back, the cuts cancel under the even-odd rule."""
    parts = [outline, outline[:1]]
    for hole in holes:
        parts += [hole, hole[:1], outline[:1]]
    return np.concatenate(parts) if holes else outline


def reduced_size_hw(size_hw: tuple[int, int], long_side_px: int | None) -> tuple[int, int]:
    """Return the size with the long side cut to `long_side_px`, proportions kept, each side at least 1."""
    if long_side_px is None or max(size_hw) <= long_side_px:
        return size_hw
    scale = long_side_px / max(size_hw)
    return max(1, round(size_hw[0] * scale)), max(1, round(size_hw[1] * scale))


def reduce_photo(photo: NDArray[np.uint8], long_side_px: int | None) -> NDArray[np.uint8]:
    """Return the photo reduced to `long_side_px` by area averaging; unchanged if it is not larger."""
    size_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), long_side_px)
    if size_hw == photo.shape[:2]:
        return photo
    return np.asarray(cv2.resize(photo, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)
