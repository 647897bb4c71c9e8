"""Run-length codes of bool masks: the lengths of runs by turns outside and inside, the first one outside."""

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ShapeError
from maskwright.imaging.mask_geometry import Bools

Counts = NDArray[np.int64]
MOST_PIXELS = 1 << 29


def run_lengths(mask: Bools) -> Counts:
    """Return the run lengths of an HxW mask, row after row; for column after column give its transpose."""
    flat = mask.reshape(-1)
    changes = np.flatnonzero(np.diff(flat, prepend=np.False_))
    return np.diff(changes, prepend=0, append=flat.size).astype(np.int64)


def mask_of_runs(counts: Counts, size_hw: tuple[int, int]) -> Bools:
    """Return the HxW mask of run lengths, row after row; ValueError where they do not cover it exactly."""
    check_runs(counts, size_hw[0] * size_hw[1])
    inside = np.zeros(len(counts), dtype=np.bool_)
    inside[1::2] = True
    return np.repeat(inside, counts).reshape(size_hw)


def check_runs(counts: Counts, area: int) -> None:
    """Raise ValueError where the run lengths do not cover `area` pixels exactly, or more than any photo has."""
    if area > MOST_PIXELS:
        raise ShapeError(f"has run lengths for {area} pixels, more than any photo has")
    if counts.size and (counts.min() < 0 or counts.max() > area):
        raise ShapeError("has a run length below 0, or longer than the photo")
    if (covered := int(counts.sum())) != area:
        raise ShapeError(f"has run lengths over {covered} pixels where the photo has {area}")
