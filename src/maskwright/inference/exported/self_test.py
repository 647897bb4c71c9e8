"""The self-test of an exported file: a photo, the run's mask of it, and how other masks of it compare."""

from dataclasses import dataclass

import numpy as np

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.inference.exported.metadata import SelfTest
from maskwright.inference.exported.runtimes import Compute, Runtime
from maskwright.inference.logits_to_masks import probabilities_of, resize_logits
from maskwright.inference.segmenter import Segmenter

UNDECIDED = 0.01
"""Probability by which the strongest class must lead for its pixel to count in the self-test."""
MOST_DIFFERENT = 0.001
"""Share of the self-test's pixels that may differ; more, and the file is refused."""


@dataclass(frozen=True)
class Verified:
    """How a file's mask of its self-test compares to the run's: how many pixels differ, of those that are decided."""

    runtime: Runtime
    different_px: int
    pixels: int

    @property
    def is_equal(self) -> bool:
        """True if at least 99.9 % of the pixels are equal."""
        return self.different_px <= MOST_DIFFERENT * self.pixels

    @property
    def words(self) -> str:
        """The comparison in words."""
        return f"differs in {self.different_px:,} of {self.pixels:,} pixels" if self.different_px else "identical"


def self_test(segmenter: Segmenter, photo: Photo) -> SelfTest:
    """Return the self-test of a Segmenter on a photo.

    Pixels whose two strongest classes lie within 1 % are undecided: there a rounding elsewhere may choose the other.
    """
    logits, size_hw = segmenter.photo_logits(photo), (photo.shape[0], photo.shape[1])
    mask = segmenter.mask_of_logits(logits, size_hw).copy()
    second, first = np.sort(probabilities_of(resize_logits(logits, size_hw)), axis=0)[-2:]
    mask[first - second < UNDECIDED] = IGNORE
    return SelfTest(photo, mask)


def compared(compute: Compute, test: SelfTest, runtime: Runtime) -> Verified:
    """Return how the mask of a whole model compares to that of the self-test."""
    return compared_mask(np.asarray(compute([test.photo])[0]), test, runtime)


def compared_mask(mask: Mask, test: SelfTest, runtime: Runtime) -> Verified:
    """Return how a mask of the self-test's photo compares to the run's; one of another size differs everywhere."""
    decided = test.mask != IGNORE
    pixels = int(np.count_nonzero(decided))
    if mask.shape != test.mask.shape:
        return Verified(runtime, pixels, pixels)
    return Verified(runtime, int(np.count_nonzero((mask != test.mask) & decided)), pixels)
