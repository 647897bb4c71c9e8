"""Prediction on proposals: windows of several sizes brought to one size, their scores joined by the pixel-wise maximum.

Noh et al. 2015 (DeconvNet), section 5: small windows see small objects large, and each pixel's class is that of the
strongest score any window gave it.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.photos import Photo
from maskwright.inference.tiling import tiles_over

Logits = NDArray[np.float32]
Window = tuple[slice, slice]
SHARES = (1.0, 0.5, 0.25)
"""Sides of a grid's windows, of the photo's long side."""
ENLARGED = 1.2
"""How much larger than a patch its window is, as in training."""
MOST_PROPOSALS = 50
"""Proposals for each photo, as in the paper."""


def grid_windows(size_hw: tuple[int, int], window_px: int) -> list[Window]:
    """Return the whole photo and overlapping windows of a half and a quarter of its long side.

    Windows of less than half of `window_px` are left out, as in the authors' code: enlarged more, nothing is seen.
    """
    sides = [round(share * max(size_hw)) for share in SHARES]
    fitting = [side for side in sides[1:] if 2 * side >= window_px]
    return [window for side in (sides[0], *fitting) for window in tiles_over(size_hw, side)]


def object_windows(masks: Sequence[Bools], window_px: int) -> list[Window]:
    """Return square windows around the 50 largest patches of HxW masks, 1.2 times as large, the largest first.

    Windows keep at least half of `window_px` a side, and are cut off at the photo's edge.
    """
    boxes = [box for mask in masks for box in _boxes(mask)]
    boxes.sort(key=lambda box: -box[2] * box[3])
    size_hw = (masks[0].shape[0], masks[0].shape[1]) if masks else (0, 0)
    windows = [_around(box, window_px / 2, size_hw) for box in boxes[:MOST_PROPOSALS]]
    return list({(r.start, r.stop, c.start, c.stop): (r, c) for r, c in windows}.values())


def _boxes(mask: Bools) -> list[tuple[int, int, int, int]]:
    """Return left, top, width and height of the 8-connected patches."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in stats[1:, :4]]


def _around(box: tuple[int, int, int, int], least_px: float, size_hw: tuple[int, int]) -> Window:
    left, top, width, height = box
    half = max(ENLARGED * max(width, height), least_px) / 2
    spans = [
        slice(max(0, int(np.floor(middle - half))), min(length, int(np.ceil(middle + half))))
        for middle, length in ((top + height / 2, size_hw[0]), (left + width / 2, size_hw[1]))
    ]
    return spans[0], spans[1]


def max_scores(photo: Photo, windows: Sequence[Window], score: Callable[[Photo], Logits]) -> Logits:
    """Return CxHxW logits of the photo: each class's largest score of all windows, 0 where none reaches (the paper).

    `score` gives CxHxW logits of a window at that window's own size. A pixel's scores are taken as far as they
    lie above their mean over the classes: only differences mean anything to a softmax, and a binary network's one
    logit z counts as -z/2 and z/2, so that of two windows the surer wins. Class 0 of the result is 0.
    """
    total: Logits | None = None
    for rows, columns in windows:
        logits = score(photo[rows, columns])
        centred = logits - logits.mean(axis=0)
        if total is None:
            total = np.zeros((len(logits), *photo.shape[:2]), dtype=np.float32)
        np.maximum(total[:, rows, columns], centred, out=total[:, rows, columns])
    assert total is not None
    return np.asarray(total - total[:1], dtype=np.float32)
