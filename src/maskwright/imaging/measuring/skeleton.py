"""Skeletons of masks: thinned to one pixel, without spurs, as branches with lengths."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools

Pixel = tuple[int, int]
Branch = list[Pixel]
AROUND: tuple[Pixel, ...] = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""The eight neighbours, clockwise from the one above, as (row, column)."""
SMOOTH = 3
"""Pixels to each side over which a branch's course is averaged before its length is taken."""


SPUR = 1.5
"""Ends up to so many times the half width are spurs: the diagonal to the corner of a square end is 1.41 of it."""


def thinned(mask: Bools) -> Bools:
    """Return the skeleton of an HxW mask, one pixel wide (Zhang and Suen 1984)."""
    skeleton = np.pad(mask.astype(np.uint8), 1)
    tables = _removable(0), _removable(1)
    changed = True
    while changed:
        changed = False
        for table in tables:
            removed = (skeleton > 0) & table[_codes(skeleton)]
            if removed.any():
                skeleton[removed] = 0
                changed = True
    return np.asarray(skeleton[1:-1, 1:-1] > 0)


def _codes(skeleton: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return for each pixel its eight neighbours as the bits of a number."""
    kernel = np.zeros((3, 3), dtype=np.float32)
    for bit, (row, column) in enumerate(AROUND):
        kernel[row + 1, column + 1] = 1 << bit
    return np.asarray(cv2.filter2D(skeleton, cv2.CV_8U, kernel, borderType=cv2.BORDER_CONSTANT), dtype=np.uint8)


@cache
def _removable(phase: int) -> NDArray[np.bool_]:
    """Return True for the neighbourhoods whose middle pixel goes in this half of an iteration."""
    table = np.zeros(256, dtype=np.bool_)
    for code in range(256):
        ring = [code >> bit & 1 for bit in range(8)]
        starts = sum(ring[i] == 0 and ring[(i + 1) % 8] == 1 for i in range(8))
        above, right, below, left = ring[0], ring[2], ring[4], ring[6]
        corner = right & below if phase == 0 else above & left
        sides = (above, left) if phase == 0 else (right, below)
        table[code] = 2 <= sum(ring) <= 6 and starts == 1 and not any(corner & side for side in sides)
    table.setflags(write=False)
    return table


def branches_of(skeleton: Bools) -> list[Branch]:
    """Return the skeleton as paths between its ends and junctions, pixels (row, column) in order; a ring is one path.

    Pixels of a junction that touch one another count as one node, so that no path is walked twice.
    """
    links = _links({(int(r), int(c)) for r, c in np.argwhere(skeleton)})
    nodes = [pixel for pixel, around in links.items() if len(around) != 2]
    walked: set[frozenset[Pixel]] = set()
    branches = [_walk(node, nearest, links, walked) for node in nodes for nearest in links[node]]
    branches += [[node] for node in nodes if not links[node]]
    for pixel in links:
        if len(links[pixel]) == 2 and not any(frozenset((pixel, other)) in walked for other in links[pixel]):
            branches.append(_walk(pixel, links[pixel][0], links, walked))
    return [branch for branch in branches if branch]


def _links(pixels: set[Pixel]) -> dict[Pixel, list[Pixel]]:
    """Return the neighbours of each pixel; a diagonal one only where no straight way leads to it."""
    links: dict[Pixel, list[Pixel]] = {}
    for row, column in sorted(pixels):
        links[row, column] = [
            (row + down, column + right)
            for down, right in AROUND
            if (row + down, column + right) in pixels
            and not (down and right and ((row + down, column) in pixels or (row, column + right) in pixels))
        ]
    return links


def _walk(start: Pixel, following: Pixel, links: dict[Pixel, list[Pixel]], walked: set[frozenset[Pixel]]) -> Branch:
    """Return the path from a node to the next node; empty if it was walked from its other end."""
    if frozenset((start, following)) in walked:
        return []
    path, last = [start, following], start
    walked.add(frozenset((start, following)))
    while len(links[path[-1]]) == 2 and path[-1] != start:
        here = path[-1]
        ahead = next(pixel for pixel in links[here] if pixel != last)
        walked.add(frozenset((here, ahead)))
        path.append(ahead)
        last = here
    return path


def pruned(skeleton: Bools, inward: NDArray[np.float32]) -> Bools:
    """Return the skeleton without its spurs: ends no longer than the distance `inward` (HxW) where they branch off.

    A spur that short lies within the disc that fits into the mask at its junction: it says nothing of the course.
    """
    left = skeleton.copy()
    for _ in range(2):
        branches = branches_of(left)
        if len(branches) < 2:
            return left
        ends = _end_counts(branches)
        for branch in branches:
            tips = [end for end in (branch[0], branch[-1]) if ends[end] == 1]
            if len(tips) == 1:
                junction = branch[-1] if tips[0] == branch[0] else branch[0]
                if path_length(branch) <= SPUR * inward[junction] + 1:
                    for pixel in branch:
                        left[pixel] = left[pixel] and pixel == junction
        left = thinned(left)
    return left


def _end_counts(branches: list[Branch]) -> dict[Pixel, int]:
    counts: dict[Pixel, int] = {}
    for branch in branches:
        for end in (branch[0], branch[-1]):
            counts[end] = counts.get(end, 0) + 1
    return counts


def tips_of(skeleton: Bools) -> list[Pixel]:
    """Return the free ends of the skeleton; a single pixel counts twice."""
    links = _links({(int(r), int(c)) for r, c in np.argwhere(skeleton)})
    single = [pixel for pixel, around in links.items() if not around]
    return [pixel for pixel, around in links.items() if len(around) == 1] + 2 * single


def path_length(branch: Branch) -> float:
    """Return the length of a path in pixels, its steps smoothed: a slanted line of steps is not 8 % too long."""
    points = np.array(branch, dtype=np.float64)
    if len(points) < 2:
        return 0.0
    reach = min(SMOOTH, (len(points) - 1) // 2)
    if reach:
        before, after = 2 * points[0] - points[reach:0:-1], 2 * points[-1] - points[-2 : -reach - 2 : -1]
        padded = np.concatenate([before, points, after])
        sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
        points = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
