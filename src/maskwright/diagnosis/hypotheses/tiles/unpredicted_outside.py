"""Predictions that never leave one outline, whatever its shape: a region of interest that cuts every mask."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE

Grids = NDArray[np.uint8]
Flags = NDArray[np.bool_]

FEWEST_PHOTOS = 3
"""Photos whose truth must show an object at a place that is never predicted, for the place to count."""
OF_THE_TRUTH = 0.05
"""Share of all true pixels that must lie at such places, more than `BESIDE` cells from what is predicted in any photo:
a rim that is always left out is no outline."""
GAP = 13
"""Cells: narrower gaps between what is predicted belong to the inside of the outline."""
BESIDE = 3
"""Cells around the outline, inside, in which objects must be predicted."""
PREDICTED_BESIDE = 0.85
"""Share of them that must be."""


@dataclass(frozen=True)
class Outside:
    """Cells that are never predicted though truths show objects there, as `cells`; truths that do; the share of the
    objects right inside that is predicted."""

    cells: Flags
    missed: int
    beside: float


def unpredicted_outside(truths: Grids, predictions: Grids) -> Outside | None:
    """Return where nothing but the background 0 is predicted in any of NxHxW grids; None where that may be chance.

    A model that misses objects misses them at its outermost predictions, too. What a fixed outline cuts off is
    predicted right up to it.
    """
    true, drawn = (truths != 0) & (truths != IGNORE), predictions != 0
    ever = drawn.any(axis=0).astype(np.uint8)
    never = cv2.morphologyEx(ever, cv2.MORPH_CLOSE, np.ones((GAP, GAP), np.uint8)) == 0
    known = true.sum(axis=0) >= FEWEST_PHOTOS
    lost = never & known
    deep = lost & (cv2.dilate((~never).astype(np.uint8), np.ones((2 * BESIDE + 1,) * 2, np.uint8)) == 0)
    if not deep.any() or true[:, deep].sum() < OF_THE_TRUTH * true.sum():
        return None
    reach = cv2.dilate(lost.astype(np.uint8), np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)) > 0
    inside = reach & ~never
    # Only objects that go on beyond the outline tell: the others end there by themselves.
    goes_on = np.stack(
        [cv2.dilate((t & lost).astype(np.uint8), np.ones((2 * BESIDE + 1,) * 2, np.uint8)) > 0 for t in true]
    )
    beside = true & goes_on & inside
    if not beside.any():
        return None
    share = float(drawn[beside].mean())
    missed = int((true & lost).any(axis=(1, 2)).sum())
    return Outside(never, missed, share) if share >= PREDICTED_BESIDE and missed >= FEWEST_PHOTOS else None
