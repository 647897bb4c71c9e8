"""Motion between two frames of a video, and the flicker of masks where the photo did not change."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Bools, Mask
from maskwright.imaging.photos import Photo

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

STILL_LEVELS = 8
"""A pixel whose brightness differs by no more than this from where it came from did not change."""


@dataclass(frozen=True)
class Motion:
    """Where each pixel of a frame was in the frame before.

    `map_xy`: HxWx2 float32 places in the frame before; `difference`: HxW, by how many grey levels the pixel differs
    from there; infinite where it was outside.
    """

    map_xy: Floats
    difference: Floats

    @property
    def still(self) -> Bools:
        """The pixels of which the frame before shows the same."""
        return np.asarray(self.difference <= STILL_LEVELS)


def small_grey(photo: Photo, size_hw: tuple[int, int]) -> Grey:
    """Return the brightness of a photo at another size, its noise averaged over neighbours."""
    small = cv2.resize(photo, size_hw[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0), dtype=np.uint8)


def motion_between(before: Grey, now: Grey) -> Motion:
    """Return the motion from a frame to the next, by dense optical flow (DIS, Kroeger et al. 2016)."""
    height, width = now.shape
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    unguessed = np.zeros((height, width, 2), dtype=np.float32)
    flow = np.asarray(cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(now, before, unguessed))
    map_xy = np.stack([columns + flow[..., 0], rows + flow[..., 1]], axis=2).astype(np.float32)
    difference = np.abs(now.astype(np.float32) - moved(before.astype(np.float32), map_xy))
    x, y = map_xy[..., 0], map_xy[..., 1]
    difference[(x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)] = np.inf
    return Motion(map_xy, difference)


def moved(channel: Floats, map_xy: Floats) -> Floats:
    """Return an HxW channel of the frame before, moved to where its pixels are now; bilinear."""
    x, y = _split(map_xy)
    return np.asarray(cv2.remap(channel, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _split(map_xy: Floats) -> tuple[Floats, Floats]:
    """Return the places as two maps: with one map and an empty second one, OpenCV 5 returns NaN."""
    return np.ascontiguousarray(map_xy[..., 0]), np.ascontiguousarray(map_xy[..., 1])


def flicker_score(before: Mask, now: Mask, motion: Motion) -> float:
    """Return the share of still pixels whose class is not that of the frame before, from 0 to 1; NaN if none is still.

    A pixel counts only if no class within one pixel of where it came from is its own: motion is known to a fraction
    of a pixel, and edges may step by one.
    """
    still = motion.still
    if not still.any():
        return float("nan")
    same = np.zeros(now.shape, dtype=np.bool_)
    x, y = _split(motion.map_xy)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            moved_mask = cv2.remap(
                before, x + np.float32(dx), y + np.float32(dy), cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
            )
            same |= moved_mask == now
    return float(np.mean(~same[still]))
