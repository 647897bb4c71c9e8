"""What the pixels of each class look like in one photo: their number, height, colour and texture."""

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

LEAST_SHARE = 0.002
"""Share of the photo below which a class says nothing."""
STEP = 2
"""Every second pixel of every second row is enough for means."""

Looks = NDArray[np.float64]


def class_looks(photo: Photo, mask: Mask, count: int) -> Looks:
    """Return `count` x 6 numbers, NaN for a class that covers less than 0.2 % of the photo.

    They are the decimal logarithm of its share, its mean height (0 top, 1 bottom), and its mean red, green and blue and
    its texture, in standard deviations of the photo's grey. Left and right are no feature: photos may be mirrored.
    `photo` is HxWx3, `mask` HxW; values from `count` on are left out.
    """
    photo, mask = photo[::STEP, ::STEP], mask[::STEP, ::STEP]
    ids = mask.ravel()
    known = ids < count
    ids = ids[known]
    pixels = np.bincount(ids, minlength=count).astype(np.float64)
    absent = pixels < LEAST_SHARE * max(len(ids), 1)
    colours = photo.reshape(-1, 3)[known].astype(np.float64)
    grey = colours.mean(axis=1)
    spread = max(float(grey.std()), 1.0)
    rows = np.repeat(np.arange(mask.shape[0]) / mask.shape[0], mask.shape[1])[known]
    with np.errstate(invalid="ignore", divide="ignore"):

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.bincount(ids, weights=values, minlength=count) / pixels)

        level = mean(grey)
        texture = np.sqrt(np.maximum(mean(grey * grey) - level * level, 0)) / spread
        tinted = [(mean(colours[:, band]) - grey.mean()) / spread for band in range(3)]
        looks = np.stack([np.log10(pixels / len(ids)), mean(rows), *tinted, texture], axis=1)
    looks[absent] = np.nan
    return np.asarray(looks)
