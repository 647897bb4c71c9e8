"""Predictions that number the objects of each photo, as Cellpose and StarDist save them, are no class ids."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from maskwright.diagnosis.evidence.prediction_encoding import Array, without_ones
from maskwright.errors import DataError

FEWEST_PHOTOS = 2
"""Photos with numbers, of which not all have as many."""
FEWEST_IDS = 3
"""Numbers that each of them must have."""
IDS_LOOKED_AT = 24
"""Numbers of a photo, spread evenly, that are looked at."""
ONE_PATCH = 0.9
"""Share of these that must be one patch."""


def require_no_numbers(arrays: Sequence[Array], class_count: int) -> None:
    """Raise DataError where one object class is compared with numbers from 1 without a gap, each of them one patch."""
    plain = [without_ones(array) for array in arrays]
    if class_count != 2 or any(a.ndim != 2 or a.dtype.kind not in "ui" for a in plain):
        return
    counts = [(array, _count_of(array)) for array in plain if array.any()]
    several = [(array, count) for array, count in counts if count >= FEWEST_IDS]
    if any(count == 0 for _, count in counts) or len({count for _, count in several}) < FEWEST_PHOTOS:
        return
    if all(_are_patches(array, count) for array, count in several):
        raise DataError(
            f"predictions number the objects of each photo (1 to {several[0][1]} in one, 1 to {several[1][1]} in "
            "another, one patch each): they are instance masks, and the truth has one class of objects. Save "
            "`(labels > 0).astype(np.uint8) * 255` and compare again"
        )


def _count_of(array: Array) -> int:
    """Return n where the values are 1 to n, or 0 to n; 0 where they are others."""
    held = np.unique(array)
    held = held[held != 0]
    runs_on = held[0] == 1 and all(after - before == 1 for before, after in pairwise(held.tolist()))
    return len(held) if runs_on else 0


def _are_patches(array: Array, count: int) -> bool:
    ids = np.unique(np.linspace(1, count, min(count, IDS_LOOKED_AT)).round().astype(np.int64))
    single = [cv2.connectedComponents((array == number).astype(np.uint8))[0] == 2 for number in ids.tolist()]
    return float(np.mean(single)) >= ONE_PATCH
