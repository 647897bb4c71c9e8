"""Connected patches of a mask that is given in strips: which are large enough, without the whole mask in memory."""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools, Mask

Strips = Callable[[], Iterator[Mask]]
"""Gives the strips from top to bottom, the same ones each time."""
Labels = NDArray[np.int32]


def large_patches_only(strips: Strips, classes: Sequence[int], least_px: float, background: int) -> Iterator[Mask]:
    """Yield the strips, 8-connected patches of fewer than `least_px` pixels made background."""
    areas = _patch_areas(strips, classes)
    for number, mask in enumerate(strips()):
        for class_id in classes:
            kept = areas[class_id][number] >= least_px
            kept[0] = True  # all that is not of this class
            if not kept.all():
                mask[~kept[_labelled(mask == class_id)[0]]] = background
        yield mask


def largest_patch_only(strips: Strips, class_id: int) -> Iterator[Mask]:
    """Yield the strips as 0 and 1, only the largest 8-connected patch of a class left."""
    areas = _patch_areas(strips, (class_id,))[class_id]
    largest = max((int(strip[1:].max()) for strip in areas if len(strip) > 1), default=0)
    for number, mask in enumerate(strips()):
        kept = areas[number] == largest
        kept[0] = False
        yield kept[_labelled(mask == class_id)[0]].astype(np.uint8)


def _labelled(inside: Bools) -> tuple[Labels, NDArray[np.int64]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(inside).astype(np.uint8), connectivity=8)
    return np.asarray(labels, dtype=np.int32), stats[:, cv2.CC_STAT_AREA].astype(np.int64)


def _patch_areas(strips: Strips, classes: Sequence[int]) -> dict[int, list[NDArray[np.int64]]]:
    """Return, by class and strip, for each label of the strip the area of its whole patch; label 0 is no patch."""
    gathered = {class_id: _Patches() for class_id in classes}
    for mask in strips():
        for class_id, patches in gathered.items():
            patches.add(np.asarray(mask == class_id))
    return {class_id: patches.areas() for class_id, patches in gathered.items()}


class _Patches:
    """The patches of one class, joined from strip to strip (union-find)."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._areas: list[int] = []
        self._spans: list[tuple[int, int]] = []
        self._last_row: NDArray[np.int64] | None = None

    def add(self, inside: Bools) -> None:
        """Add the next strip."""
        labels, areas = _labelled(inside)
        first = len(self._parents)
        count = len(areas) - 1
        self._parents += range(first, first + count)
        self._areas += areas[1:].tolist()
        self._spans.append((first, count))
        top, bottom = (np.where(row > 0, row.astype(np.int64) + first - 1, -1) for row in (labels[0], labels[-1]))
        if self._last_row is not None:
            self._join(self._last_row, top)
        self._last_row = bottom

    def _join(self, above: NDArray[np.int64], below: NDArray[np.int64]) -> None:
        padded = np.pad(above, 1, constant_values=-1)
        pairs = np.concatenate([np.stack([padded[d : d + len(below)], below]) for d in range(3)], axis=1)
        for one, other in np.unique(pairs[:, (pairs >= 0).all(axis=0)], axis=1).T.tolist():
            self._parents[self._root(one)] = self._root(other)

    def _root(self, patch: int) -> int:
        while self._parents[patch] != patch:
            self._parents[patch] = self._parents[self._parents[patch]]
            patch = self._parents[patch]
        return patch

    def areas(self) -> list[NDArray[np.int64]]:
        """Return the area of the whole patch for each label of each strip, 0 for label 0."""
        roots = np.array([self._root(patch) for patch in range(len(self._parents))], dtype=np.int64)
        whole = np.bincount(roots, weights=self._areas, minlength=len(roots)).astype(np.int64)
        of_patch = whole[roots]
        return [np.concatenate([[0], of_patch[first : first + count]]) for first, count in self._spans]
