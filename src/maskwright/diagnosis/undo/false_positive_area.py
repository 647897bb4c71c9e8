"""Objects drawn far from any true one: how much of them a model paints wherever there is room."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case

BESIDE_PX = 8
"""Pixels of the small copy within which a patch belongs to the true object next to it."""


def share_far_from_truth(case: Case, background: int) -> float:
    """Return the share of the pixels far from true objects that are predicted as one; NaN where few are far.

    Judged on the small copies.
    """
    truth, guess = case.truth, cv2.resize(case.prediction, case.truth.shape[::-1], interpolation=cv2.INTER_NEAREST)
    objects = (truth != background) & (truth != IGNORE)
    size = 2 * BESIDE_PX + 1
    far: NDArray[np.bool_] = cv2.dilate(objects.astype(np.uint8), np.ones((size, size), np.uint8)) == 0
    far &= truth != IGNORE
    if far.mean() < 0.05:
        return float("nan")
    return float((guess != background)[far].mean())


def shares_far_from_truth(cases: tuple[Case, ...], background: int) -> NDArray[np.float64]:
    """Return the share of strays of each photo that has room for any; one 0 where none has."""
    shares = np.array([share_far_from_truth(case, background) for case in cases])
    known = shares[~np.isnan(shares)]
    return known if len(known) else np.zeros(1)
