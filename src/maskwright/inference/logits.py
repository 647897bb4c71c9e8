"""Logits of whole photos: resized, turned into a mask or into probabilities."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools, Mask

Logits = NDArray[np.float32]
STRIP_ROWS = 256


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
    if len(logits) == 2 and not logits[0].any():  # the background of a network of one class is 0 everywhere
        for top in range(0, size_hw[0], rows):
            yield (_strip(logits[1], size_hw, top, min(top + rows, size_hw[0])) > 0).view(np.uint8)
        return
    for top in range(0, size_hw[0], rows):
        bottom = min(top + rows, size_hw[0])
        mask = np.zeros((bottom - top, size_hw[1]), dtype=np.uint8)
        best = _strip(logits[0], size_hw, top, bottom)
        for class_id in range(1, len(logits)):
            rival = _strip(logits[class_id], size_hw, top, bottom)
            better: Bools = rival > best
            mask[better] = class_id
            np.maximum(best, rival, out=best)
        yield mask


def _strip(channel: NDArray[np.float32], size_hw: tuple[int, int], top: int, bottom: int) -> NDArray[np.float32]:
    """Return rows top..bottom of the channel resized to `size_hw`."""
    scale_y, scale_x = channel.shape[0] / size_hw[0], channel.shape[1] / size_hw[1]
    matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(channel, matrix, (size_hw[1], bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.float32)
