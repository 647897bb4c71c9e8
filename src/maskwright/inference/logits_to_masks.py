"""Logits of whole photos: resized, turned into a mask or into probabilities."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools, Mask

Logits = NDArray[np.float32]
STRIP_ROWS = 256
BLOCK_PX = 128
"""Of a mask: where one class is strongest at all corners of a block, nothing is interpolated."""


def resize_logits(logits: Logits, size_hw: tuple[int, int]) -> Logits:
    """Return CxHxW logits at another size, channel by channel, bilinearly."""
    if logits.shape[1:] == size_hw:
        return logits
    if len(logits) == 1:  # stacking would copy it
        return np.asarray(cv2.resize(logits[0], size_hw[::-1], interpolation=cv2.INTER_LINEAR))[None]
    return np.stack([cv2.resize(channel, size_hw[::-1], interpolation=cv2.INTER_LINEAR) for channel in logits])


def probabilities_of(logits: Logits) -> Logits:
    """Return the softmax of CxHxW logits over the classes."""
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))


def strongest_class(logits: Logits, size_hw: tuple[int, int]) -> Mask:
    """Return the HxW class of the largest of CxhXw logits, brought to `size_hw` bilinearly, strip by strip.

    Memory does not grow with the number of classes, nor with the photo beyond the mask itself.
    """
    mask = np.zeros(size_hw, dtype=np.uint8)
    top = 0
    for strip in mask_strips(logits, size_hw):
        mask[top : top + len(strip)] = strip
        top += len(strip)
    return mask


def mask_strips(logits: Logits, size_hw: tuple[int, int], *, rows: int = STRIP_ROWS) -> Iterator[Mask]:
    """Yield what `strongest_class` returns from top to bottom, in strips of `rows` rows."""
    scores = logits[1:] if len(logits) == 2 and not logits[0].any() else logits  # a network of one class: z above 0
    winners = _winners(scores)
    for top in range(0, size_hw[0], rows):
        mask = np.empty((min(rows, size_hw[0] - top), size_hw[1]), dtype=np.uint8)
        for block in _blocks(mask.shape):
            area = _Area(top + block[0].start, top + block[0].stop, block[1].start, block[1].stop)
            seen = winners[_seen(area.top, area.bottom, size_hw[0], len(winners)), :]
            seen = seen[:, _seen(area.left, area.right, size_hw[1], winners.shape[1])]
            # Where one class is strongest at all corners, so it is between them.
            same = bool((seen == seen[0, 0]).all())
            mask[block] = seen[0, 0] if same else _winners(np.stack([_part(z, size_hw, area) for z in scores]))
        yield mask


@dataclass(frozen=True)
class _Area:
    """Rows and columns of a resized map."""

    top: int
    bottom: int
    left: int
    right: int


def _winners(scores: Logits) -> Mask:
    """Return the HxW class of the largest of CxHxW scores, the first of equal ones; of one score, whether it is > 0."""
    if len(scores) == 1:
        above: Bools = np.asarray(scores[0] > 0, dtype=np.bool_)
        return above.view(np.uint8)
    mask = np.zeros(scores.shape[1:], dtype=np.uint8)
    best = scores[0].copy()
    for class_id in range(1, len(scores)):
        better: Bools = scores[class_id] > best
        mask[better] = class_id
        np.maximum(best, scores[class_id], out=best)
    return mask


def _blocks(size_hw: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Yield rows and columns of blocks that cover a strip."""
    for top in range(0, size_hw[0], BLOCK_PX):
        for left in range(0, size_hw[1], BLOCK_PX):
            yield slice(top, min(top + BLOCK_PX, size_hw[0])), slice(left, min(left + BLOCK_PX, size_hw[1]))


def _seen(first: int, end: int, length: int, source: int) -> slice:
    """Return the places along an axis of `source` values that `first` to `end` of `length` are interpolated from."""
    low, high = ((place + 0.5) * source / length - 0.5 for place in (first, end - 1))
    return slice(max(0, math.floor(low) - 1), min(source, math.floor(high) + 3))  # OpenCV rounds places a little


def _part(channel: NDArray[np.float32], size_hw: tuple[int, int], area: _Area) -> NDArray[np.float32]:
    """Return an area of the channel resized to `size_hw`."""
    scale_y, scale_x = channel.shape[0] / size_hw[0], channel.shape[1] / size_hw[1]
    places = [(area.left + 0.5) * scale_x - 0.5, (area.top + 0.5) * scale_y - 0.5]
    matrix = np.array([[scale_x, 0, places[0]], [0, scale_y, places[1]]])
    flags, out_wh = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (area.right - area.left, area.bottom - area.top)
    out = cv2.warpAffine(channel, matrix, out_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.float32)
