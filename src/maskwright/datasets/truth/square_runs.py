"""Run lengths on square photos: down the columns and along the rows give the same shapes, one of them transposed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.truth.shapes import Bitmap
from maskwright.errors import DataError
from maskwright.imaging.edge_alignment import (
    ALIGNMENT_PX,
    ORIENTATIONS,
    Alignment,
    clear_orientation,
    is_clear_majority,
    measure_alignment,
)
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.photos import read_photo

TRANSPOSED = list(ORIENTATIONS).index("transposed")


def fit_transposed(masks: Iterable[tuple[Path, Mask]]) -> bool:
    """Tell whether square HxH masks lie on the edges of their photos when transposed, and not as they are."""
    fits = (fit for photo, mask in masks if (fit := _fit(photo, mask)) is not None)
    best = Counter(turn for fit in fits if (turn := clear_orientation(fit)) is not None)
    return is_clear_majority(best[TRANSPOSED], best.total() - best[TRANSPOSED])


def mask_of_bitmaps(bitmaps: Sequence[Bitmap | str], canvas_hw: tuple[int, int]) -> Mask:
    """Return an HxW mask with an id for each bitmap; a text in place of one, which says why there is none, has none."""
    mask = np.zeros(canvas_hw, dtype=np.uint8)
    for class_id, bitmap in enumerate(bitmaps[: IGNORE - 1], start=1):
        if isinstance(bitmap, Bitmap):
            (left, top), (height, width) = bitmap.corner_xy, bitmap.size_hw
            mask[top : top + height, left : left + width][bitmap.pixels] = class_id
    return mask


def _fit(path: Path, mask: Mask) -> Alignment | None:
    try:
        photo = read_photo(path, long_side_px=ALIGNMENT_PX)
    except DataError:
        return None
    return measure_alignment(photo, resize_mask(mask, (photo.shape[0], photo.shape[1])))
