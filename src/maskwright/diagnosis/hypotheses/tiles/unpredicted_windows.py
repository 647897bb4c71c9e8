"""Windows that are never predicted: a rectangle inside every photo in which objects end at its sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE

Grids = NDArray[np.uint8]
Flags = NDArray[np.bool_]

LEAST_SIDE = 8
"""Sides of a window in hundredths of the photo's, at least."""
MOST_SIDE = 95
"""The same at most: windows of full length are stretches."""
LEAST_OF_BELT = 5
"""Short side of a window that lies along an edge of the photo and is long."""
BELT_FROM = 50
"""Long side of such a window, at least."""
MOST_WINDOWS = 3
"""Windows that are looked for."""
FEWEST_CUT = 20
"""Cells at which an object ends at the window."""
FEWEST_PHOTOS = 4
"""Photos in which one does."""
FEWEST_ON_SIDE = 5
"""Cells that a side needs to count."""
PREDICTED = 0.5
"""Share of the true objects right outside a side that must be predicted."""
OF_ELSEWHERE = 0.7
"""The same share against that of all other places."""
GO_ON = 0.33
"""Where a prediction ends at a side, the object goes on about as often as anywhere in what is predicted (1), and more
often than at other edges of predictions (0). Coarse squares end beyond or before objects everywhere."""


@dataclass(frozen=True)
class Window:
    """Rows and columns in cells, the value predicted in it everywhere, truths that show others, and the share of them
    predicted right outside."""

    rows: slice
    columns: slice
    value: int
    missed: int
    outside: float

    @property
    def words(self) -> str:
        """The window in words, for grids of hundredths."""
        (top, bottom), (left, right) = ((s.start / 100, s.stop / 100) for s in (self.rows, self.columns))
        return f"a window from {top:.0%} to {bottom:.0%} of the height and {left:.0%} to {right:.0%} of the width"


def unpredicted_windows(truths: Grids, predictions: Grids) -> list[Window]:
    """Return the windows of NxHxW grids in which one value is predicted in all photos, though objects reach in.

    Where a model misses objects by chance it misses them on both sides of a line. At the side of a window that was
    left out, what is true on both sides is predicted right up to it.
    """
    same = (predictions == predictions[0]).all(axis=0)
    found = (_of_value(truths, predictions, v) for v in np.unique(predictions[0][same]).tolist())
    return max(found, key=len, default=[])


def _of_value(truths: Grids, predictions: Grids, value: int) -> list[Window]:
    free = (predictions == value).all(axis=0)
    windows: list[Window] = []
    for _ in range(MOST_WINDOWS):
        rows, columns = largest_rectangle(free)
        sides = rows.stop - rows.start, columns.stop - columns.start
        least = LEAST_OF_BELT if max(sides) >= BELT_FROM and _at_edge((rows, columns), free.shape) else LEAST_SIDE
        if min(sides) < least or max(sides) > MOST_SIDE:
            break
        window = _proven(truths, predictions, (rows, columns), value)
        if window is None:
            break
        windows.append(window)
        free[rows, columns] = False
    return windows


def _objects_go_on(true: Flags, drawn: Flags, place: tuple[slice, slice]) -> bool:
    """Tell whether objects go on in the window where predictions end at its sides, unlike at their other edges."""
    lines = _sides(place, true.shape[1:])
    ends = [(drawn[:, o[0], o[1]], true[:, i[0], i[1]]) for i, o in lines]
    at_sides = sum(int((end & beyond).sum()) for end, beyond in ends) / max(sum(int(end.sum()) for end, _ in ends), 1)
    outside = np.ones(true.shape[1:], dtype=np.bool_)
    outside[place] = False
    steps = [step for axis in (1, 2) for step in _steps(true, drawn, outside, axis)]
    edge, edge_true, all_px, all_true = np.sum(steps, axis=0).tolist()
    at_edges, anywhere = edge_true / max(edge, 1), all_true / max(all_px, 1)
    return bool(at_sides - at_edges >= GO_ON * (anywhere - at_edges))


def _steps(true: Flags, drawn: Flags, outside: Flags, axis: int) -> list[tuple[int, int, int, int]]:
    """Count steps from drawn cells to their neighbours along an axis, both ways, outside the window.

    Those that leave what is drawn, those of them that end on an object, all steps, and all that end on an object.
    """
    counts: list[tuple[int, int, int, int]] = []
    low, high = (np.s_[:, :-1], np.s_[:, 1:]) if axis == 1 else (np.s_[:, :, :-1], np.s_[:, :, 1:])
    for here, beside in ((low, high), (high, low)):
        start = drawn[here] & (outside[here[1:]] & outside[beside[1:]])
        leaves, arrives = start & ~drawn[beside], true[beside]
        parts = (leaves, leaves & arrives, start, start & arrives)
        counts.append((int(parts[0].sum()), int(parts[1].sum()), int(parts[2].sum()), int(parts[3].sum())))
    return counts


def _at_edge(place: tuple[slice, slice], size_hw: tuple[int, ...]) -> bool:
    return any(part.start == 0 or part.stop == side for part, side in zip(place, size_hw, strict=True))


def _proven(truths: Grids, predictions: Grids, place: tuple[slice, slice], value: int) -> Window | None:
    """Return the window where objects end at its sides, None where that may be chance."""
    other, drawn = (truths != value) & (truths != IGNORE), predictions != value
    cut = np.zeros((len(truths), 2), dtype=np.int64)
    for inside, outside in _sides(place, truths.shape[1:]):
        both = other[:, inside[0], inside[1]] & other[:, outside[0], outside[1]]
        found = both & drawn[:, outside[0], outside[1]]
        if both.sum() >= FEWEST_ON_SIDE:
            cut += np.stack([both.sum(axis=(1, 2)), found.sum(axis=(1, 2))], axis=1)
    true, found_px = cut.sum(axis=0).tolist()
    elsewhere = other.copy()
    elsewhere[:, place[0], place[1]] = False
    recall = float(drawn[elsewhere].mean()) if elsewhere.any() else 0.0
    if found_px < FEWEST_CUT or (cut[:, 1] > 0).sum() < FEWEST_PHOTOS:
        return None
    if found_px < max(PREDICTED, OF_ELSEWHERE * recall) * true or not _objects_go_on(other, drawn, place):
        return None
    missed = int(other[:, place[0], place[1]].any(axis=(1, 2)).sum())
    return Window(place[0], place[1], value, missed, found_px / true)


def _sides(
    place: tuple[slice, slice], size_hw: tuple[int, ...]
) -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Return for each side inside the photo the line of cells within the window and the one right outside."""
    lines = []
    for axis in (0, 1):
        along = place[axis]
        for inner, outer in ((along.start, along.start - 1), (along.stop - 1, along.stop)):
            if 0 <= outer < size_hw[axis]:
                pair = [list(place), list(place)]
                pair[0][axis], pair[1][axis] = slice(inner, inner + 1), slice(outer, outer + 1)
                lines.append(((pair[0][0], pair[0][1]), (pair[1][0], pair[1][1])))
    return lines


def largest_rectangle(free: Flags) -> tuple[slice, slice]:
    """Return the rows and columns of the largest free rectangle of an HxW grid, empty ones where there is none."""
    best, area = (slice(0, 0), slice(0, 0)), 0
    heights = np.zeros(free.shape[1] + 1, dtype=np.int64)  # the last one stays 0 and closes every rectangle
    for row in range(free.shape[0]):
        heights[:-1] = np.where(free[row], heights[:-1] + 1, 0)
        open_from: list[tuple[int, int]] = []  # where a height begins, and the height, rising
        for column, height in enumerate(heights.tolist()):
            start = column
            while open_from and open_from[-1][1] >= height:
                start, high = open_from.pop()
                if high * (column - start) > area:
                    area = high * (column - start)
                    best = slice(row - high + 1, row + 1), slice(start, column)
            open_from.append((start, height))
    return best
