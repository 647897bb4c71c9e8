"""Connected components of all classes of a mask at once: what they cost goes by their outlines, not by the classes."""

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask, component_areas, pixel_counts

Ints = NDArray[np.int64]

SMALL_PX = 1 << 17
"""Up to so many pixels times values OpenCV's search in every pixel is faster, which knows two values only."""
PIXELS_A_RUN = 16
"""Where runs of one value are shorter than this on average, it is faster too."""


def areas_by_value(mask: Mask, *, but: int | None = 0) -> dict[int, Ints]:
    """Return the areas in pixels of the 8-connected components of each value in an HxW mask.

    The value `but` is left out, which saves its time.
    """
    flat = np.ascontiguousarray(mask).reshape(-1)
    if flat.size <= SMALL_PX and flat.size * np.count_nonzero(np.bincount(flat)) <= SMALL_PX:
        return _one_by_one(mask, but)
    width = mask.shape[1]
    begins = np.ones(mask.shape, dtype=np.bool_)
    np.not_equal(mask[:, 1:], mask[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    if len(starts) * PIXELS_A_RUN > flat.size:
        return _one_by_one(mask, but)
    values, lengths = flat[starts], np.diff(starts, append=flat.size)
    above, below = _touching(starts, lengths, width)
    alike = (values[above] == values[below]) & (values[above] != (-1 if but is None else but))
    pairs = above[alike], below[alike]
    from scipy.sparse import coo_array  # both take half a second to load, and small masks do without them
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs[0]), np.int8), pairs), shape=(len(starts), len(starts)))
    count, labels = connected_components(graph, directed=False)
    areas = np.bincount(labels, weights=lengths, minlength=count).astype(np.int64)
    value_of = np.zeros(count, dtype=np.uint8)
    value_of[labels] = values
    return {int(value): areas[value_of == value] for value in np.unique(value_of) if value != but}


def _one_by_one(mask: Mask, but: int | None) -> dict[int, Ints]:
    values = np.flatnonzero(pixel_counts(mask)).tolist()
    return {value: component_areas(mask == value) for value in values if value != but}


def _touching(starts: Ints, lengths: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the pairs of runs in neighbouring rows that touch, corners included; `starts` are places in the mask."""
    lefts = starts % width
    inner = int(np.searchsorted(starts, starts[-1] // width * width)) if len(starts) else 0
    row_below = starts[:inner] - lefts[:inner] + width
    first, last = (
        np.searchsorted(starts, row_below + columns, side="right") - 1
        for columns in (
            np.maximum(lefts[:inner] - 1, 0),
            np.minimum(lefts[:inner] + lengths[:inner], width - 1),
        )
    )
    counts = last - first + 1
    above = np.repeat(np.arange(inner), counts)
    below = np.arange(len(above)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    return above, below
