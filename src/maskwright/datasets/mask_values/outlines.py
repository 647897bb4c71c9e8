"""Masks that hold the outlines of objects, one or two pixels wide, where the objects themselves were meant."""

from collections.abc import Sequence

import cv2
import numpy as np

from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Bools, component_areas
from maskwright.imaging.mask_reader import MaskRule, apply_rule, read_raw_mask

MAX_FILES = 12
"""Masks that are looked at."""
MIN_FILES = 3
"""Masks with an object that there must be."""
MIN_OUTLINES_SHARE = 0.8
"""Share of these masks that must hold outlines."""
WIDEST_PX = 7
ENCLOSED_LEAST = 3.0
"""An outline encloses at least so many times its own pixels; a ring that is an object encloses less."""


def closed_outlines(files: Sequence[MaskFile], rule: MaskRule) -> tuple[int, int]:
    """Return how many of some binary masks hold closed thin lines alone, and how many were looked at.

    Networks of lines, as membranes and cracks are, enclose many regions each: they are objects.
    """
    objects = [
        mask for file in spread_evenly(files, MAX_FILES) if (mask := _object(file, rule)) is not None and mask.any()
    ]
    return sum(is_closed_outline(mask) for mask in objects), len(objects)


def are_outlines(closed: int, seen: int) -> bool:
    """Tell whether nearly all of the masks that were looked at hold closed thin lines."""
    return seen >= MIN_FILES and closed >= MIN_OUTLINES_SHARE * seen


def _object(file: MaskFile, rule: MaskRule) -> Bools | None:
    try:
        return np.asarray(apply_rule(read_raw_mask(file.path, page=file.page, by_colour=rule.by_colour), rule) == 1)
    except DataError:
        return None


def is_closed_outline(objects: Bools) -> bool:
    """Tell whether a mask's pieces are thin, and each of them goes round one region that is far larger."""
    kernel = np.ones((WIDEST_PX, WIDEST_PX), np.uint8)
    if cv2.erode(objects.astype(np.uint8), kernel).any():
        return False
    framed = np.pad((~objects).astype(np.uint8), 1, constant_values=1)  # the background at the edges is one region
    _, _, stats, _ = cv2.connectedComponentsWithStats(framed, connectivity=4)
    enclosed = np.sort(stats[1:, cv2.CC_STAT_AREA])[:-1]
    pieces = component_areas(objects)
    large = enclosed[enclosed >= ENCLOSED_LEAST * pieces.sum() / len(pieces) / 2]
    return len(large) == len(pieces) and float(enclosed.sum()) >= ENCLOSED_LEAST * float(pieces.sum())
