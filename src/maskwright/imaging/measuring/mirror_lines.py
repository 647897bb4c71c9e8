"""Lines at which a photo is mirrored, as borders are that augmentation filled by reflection."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

Floats = NDArray[np.float64]

POINTS_MOST, POINTS_LEAST = 300, 20
MAX_DESCRIPTOR_DISTANCE = 140.0
"""Distance of the SIFT descriptors of a point and of its mirror image."""
MAX_LOG_SIZE_RATIO = 0.2
"""Logarithm of the ratio of their sizes."""
MIN_APART_PX = 8.0
"""Distance of the two: nearer ones give no direction."""
ANGLE, OFFSET_PX = 0.05, 3.0
"""Radians and pixels by which the lines of pairs may differ that are one line."""


@dataclass(frozen=True)
class MirrorLine:
    """A line as its unit normal x, y and its offset in pixels; `pairs` are the points with their images across it."""

    normal: tuple[float, float]
    offset: float
    pairs: int

    def smaller_side(self, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the HxW pixels on the side of the line that has fewer of them."""
        beyond = self._beyond(size_hw) > 0
        return beyond if beyond.mean() <= 0.5 else ~beyond

    def mirrored(self, mask: Mask) -> Mask:
        """Return a mask mirrored at the line, 0 where nothing of it lies."""
        beyond = self._beyond((mask.shape[0], mask.shape[1])).astype(np.float32)
        y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
        at_x, at_y = (axis - 2 * beyond * np.float32(n) for axis, n in zip((x, y), self.normal, strict=True))
        return np.asarray(cv2.remap(mask, at_x, at_y, cv2.INTER_NEAREST, borderValue=(0,)), dtype=np.uint8)

    def _beyond(self, size_hw: tuple[int, int]) -> Floats:
        y, x = np.mgrid[: size_hw[0], : size_hw[1]]
        return np.asarray(x * self.normal[0] + y * self.normal[1] - self.offset, dtype=np.float64)


def mirror_line(photo: Photo) -> MirrorLine | None:
    """Return the line across which most points of an HxWx3 photo find their mirror image; None where none do.

    Points are SIFT's (Lowe 2004), compared with those of the mirrored photo, as Loy and Eklundh (2006) do.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT.create(nfeatures=POINTS_MOST)
    points, own = sift.detectAndCompute(grey, None)
    images, theirs = sift.detectAndCompute(np.ascontiguousarray(grey[:, ::-1]), None)
    if own is None or theirs is None or min(len(points), len(images)) < POINTS_LEAST:
        return None
    apart = np.sqrt(((own[:, None] - theirs[None]) ** 2).sum(axis=2))
    nearest = apart.argmin(axis=1)
    first = np.array([point.pt for point in points], dtype=np.float64)
    second = np.array([images[i].pt for i in nearest], dtype=np.float64)
    second[:, 0] = grey.shape[1] - 1 - second[:, 0]
    sizes = np.log([point.size / images[i].size for point, i in zip(points, nearest, strict=True)])
    sure = (apart.min(axis=1) < MAX_DESCRIPTOR_DISTANCE) & (np.abs(sizes) < MAX_LOG_SIZE_RATIO)
    return _commonest_line(first[sure], second[sure])


def _commonest_line(first: Floats, second: Floats) -> MirrorLine | None:
    """Return the line halfway between most pairs of points, Nx2 each."""
    across = second - first
    lengths = np.hypot(across[:, 0], across[:, 1])
    far = lengths > MIN_APART_PX
    if not far.any():
        return None
    normals = across[far] / lengths[far, None]
    normals *= np.where((normals[:, 0] < 0) | ((normals[:, 0] == 0) & (normals[:, 1] < 0)), -1, 1)[:, None]
    middles = (first[far] + second[far]) / 2
    angles = np.arctan2(normals[:, 1], normals[:, 0])
    offsets = (middles[:, None] * normals[None]).sum(axis=2)  # of each middle along each normal
    alike = (np.abs(angles[:, None] - angles[None]) < ANGLE) & (np.abs(offsets - np.diag(offsets)[None]) < OFFSET_PX)
    counts = alike.sum(axis=0)
    best = int(np.argmax(counts))
    return MirrorLine((float(normals[best, 0]), float(normals[best, 1])), float(offsets[best, best]), int(counts[best]))
