"""Run-length codes of bool masks: the lengths of runs by turns outside and inside, the first one outside."""

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.geometry import Bools

Counts = NDArray[np.int64]


def run_lengths(mask: Bools) -> Counts:
    """Return the run lengths of an HxW mask, row after row; for column after column give its transpose."""
    flat = mask.reshape(-1)
    changes = np.flatnonzero(np.diff(flat, prepend=np.False_))
    return np.diff(changes, prepend=0, append=flat.size).astype(np.int64)


def mask_of_runs(counts: Counts, size_hw: tuple[int, int]) -> Bools:
    """Return the HxW mask of run lengths, row after row; ValueError where they do not cover it exactly."""
    area = size_hw[0] * size_hw[1]
    if counts.size and counts.min() < 0:
        raise ValueError("a run is shorter than nothing")
    if (covered := sum(counts.tolist())) != area:
        raise ValueError(f"the runs cover {covered} pixels, and {size_hw[1]}x{size_hw[0]} pixels are {area}")
    inside = np.zeros(len(counts), dtype=np.bool_)
    inside[1::2] = True
    return np.repeat(inside, counts).reshape(size_hw)
