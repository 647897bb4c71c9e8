"""How many bits of labels there are: the length of masks under a simple adaptive context coder.

Each pixel is coded from the pixels left of and above it, as JBIG does, by the counts so far in that context.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask, reduced_size_hw

LONG_SIDE_PX = 1024
"""Masks of larger photos are reduced: finer edges would count the pixels of the camera, not what a person drew."""
JBIG = ((-2, -1), (-2, 0), (-2, 1), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1))
NEAREST = ((-1, -1), (-1, 0), (-1, 1), (0, -1))
"""Rows and columns of the pixels that make a context: ten for two classes, NW, N, NE and W for more."""

KEYS_COUNTED_MOST = 1 << 20

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class LabelBits:
    """Bits of the masks of a dataset, reduced to 1024 px.

    `by_photo`: name and bits of each mask coded by itself; `together`: all of them by one coder that goes on
    learning; `class_label`: bits of one classification label for a photo, log2 of the classes.

        >>> bits = mw.label_bits(mw.open_dataset("photos"))
        >>> bits.together < sum(value for _, value in bits.by_photo)
        True
    """

    by_photo: tuple[tuple[str, float], ...]
    together: float
    class_label: float

    @property
    def mean_by_photo(self) -> float:
        """Bits of a mask coded by itself, averaged."""
        return math.fsum(bits for _, bits in self.by_photo) / len(self.by_photo)

    def __str__(self) -> str:
        return (
            f"The masks of {len(self.by_photo)} photos hold {self.together:,.0f} bits under one context coder, "
            f"{self.mean_by_photo:,.0f} a photo on average when each is coded by itself; one classification label "
            f"would be {self.class_label:.2f} bits a photo."
        )


def label_bits(dataset: Dataset, *, most_photos: int | None = None) -> LabelBits:
    """Return the bits of the annotated masks of a dataset: how much the labels say.

    `most_photos`: code no more than so many, evenly spaced. Raises DataError if no photo is annotated.

        >>> mw.label_bits(mw.open_dataset("photos")).class_label
        1.0
    """
    annotated = [sample for sample in dataset.samples if sample.truth is not None and sample.size_hw is not None]
    if not annotated:
        raise DataError(f"{dataset.root} has no annotated photo: there are no labels to count")
    classes = len(dataset.classes)
    by_photo, all_counts = [], []
    for sample in annotated[:: math.ceil(len(annotated) / (most_photos or len(annotated)))]:
        assert sample.size_hw is not None
        mask = dataset.mask(sample, size_hw=reduced_size_hw(sample.size_hw, LONG_SIDE_PX))
        counts = context_counts(mask, classes)
        all_counts.append(counts)
        by_photo.append((sample.name, code_length_bits([counts], classes)))
    return LabelBits(tuple(by_photo), code_length_bits(all_counts, classes), math.log2(classes))


def context_counts(mask: Mask, class_count: int) -> tuple[Integers, Integers]:
    """Return the keys (context, class) of the pixels of an HxW mask, and how often each occurs; 255 is left out."""
    counted = mask != IGNORE
    template = JBIG if class_count == 2 else NEAREST
    most = class_count * (class_count + 1) ** len(template) + class_count
    whole = np.int32 if most < np.iinfo(np.int32).max else np.int64  # half the bytes are read in half the time
    height, width = mask.shape
    padded = np.zeros((height + 4, width + 4), dtype=whole)
    symbols = padded[2:-2, 2:-2]
    symbols[:] = mask
    if not counted.all():
        symbols[~counted] = class_count
    keys = np.zeros(mask.shape, dtype=whole)
    for row, column in template:
        keys *= class_count + 1
        keys += padded[2 + row : 2 + row + height, 2 + column : 2 + column + width]
    keys *= class_count
    keys += symbols
    found = keys.ravel() if counted.all() else keys[counted]
    if class_count * (class_count + 1) ** len(template) > KEYS_COUNTED_MOST:
        contexts, often = np.unique(found, return_counts=True)
        return contexts.astype(np.int64), often.astype(np.int64)
    counts = np.bincount(found)  # without sorting the pixels
    contexts = np.flatnonzero(counts)
    return contexts, counts[contexts].astype(np.int64)


def code_length_bits(counted: Iterable[tuple[Integers, Integers]], class_count: int) -> float:
    """Return the bits of masks, given their context counts, under one adaptive coder.

    The coder adds 1/C to each of the C counts of a context (Krichevsky and Trofimov 1981 for two classes). Its code
    length is the log of Gamma(n + 1) / prod Gamma(n_c + 1/C) * Gamma(1/C)^C: it follows from the counts alone.
    """
    keys, often = (np.concatenate(part) for part in zip(*counted, strict=True))
    unique, where = np.unique(keys, return_inverse=True)
    counts = np.bincount(where, weights=often).astype(np.int64)
    _, context = np.unique(unique // class_count, return_inverse=True)
    totals = np.bincount(context, weights=counts).astype(np.int64)
    share = 1 / class_count
    nats = gammaln(totals + 1.0).sum() - (gammaln(counts + share) - gammaln(share)).sum()
    return max(0.0, float(nats) / math.log(2))
