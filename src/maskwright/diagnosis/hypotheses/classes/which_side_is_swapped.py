"""Which mask of a pair is swapped, truth or prediction: the one that looks unlike those of the other photos."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Case
from maskwright.imaging.mask_geometry import Mask, resize_mask

SAME_PX = 64
"""Side of the copies in which masks of all sizes are compared."""
LEAST_SHARE = 0.05
"""Share of the object at a place, at least, as few masks tell little."""
CLEAR = 2 / 3
"""Share of the photos that must agree."""


def which_side_is_swapped(swapped: Sequence[Case], others: Sequence[Case]) -> Literal["truth", "prediction", ""]:
    """Return whose object and background are swapped in the first cases, by the masks of the others; "" if unclear.

    A mask is more probable as it is, or swapped, where the object covers so large a share of the other photos at
    each place. Both sides of the other photos are taken together, as they agree.
    """
    usual = (_share_of([c.truth for c in others]) + _share_of([c.prediction for c in others])) / 2
    votes = [(_fits(c.truth, usual) < 0, _fits(c.prediction, usual) < 0) for c in swapped]
    truths, predictions = np.mean(votes, axis=0).tolist()
    if truths >= CLEAR and predictions <= 1 - CLEAR:
        return "truth"
    return "prediction" if predictions >= CLEAR and truths <= 1 - CLEAR else ""


def _share_of(masks: Sequence[Mask]) -> NDArray[np.float64]:
    """Return at each place in how many masks the object lies, blended with the share of all places."""
    small = np.stack([resize_mask(m, (SAME_PX, SAME_PX)) == 1 for m in masks])
    share = (small.sum(axis=0) + 2 * small.mean()) / (len(small) + 2)
    return np.asarray(np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE))


def _fits(mask: Mask, usual: NDArray[np.float64]) -> float:
    """Return how much more probable the mask is as it is than swapped, as the mean of log ratios."""
    drawn = resize_mask(mask, usual.shape) == 1
    ratio = np.log(usual / (1 - usual))
    return float(np.where(drawn, ratio, -ratio).mean())
