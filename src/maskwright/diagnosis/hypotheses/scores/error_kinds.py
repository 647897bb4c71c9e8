"""Wrong pixels by kind: missed objects, false objects, wrong classes, and what lies along boundaries."""

from collections import Counter

import cv2
import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.imaging.mask_geometry import components, resize_mask

NEAR_PX = 2
"""Wrong pixels of the small copy within so many px of a true boundary belong to it."""
FOUND = 0.1
"""Share of an object that must be drawn for it to be found at all."""


def kinds_of_errors(evidence: Evidence) -> str:
    """Return in words which kinds of errors make up the wrong pixels, and how many objects are missed altogether."""
    background = evidence.classes.background
    kinds: Counter[str] = Counter()
    missed = total = 0
    for case in evidence.cases:
        kinds += _wrong(case, background)
        if background is not None:
            of_case = _objects(case, background)
            missed, total = missed + of_case[0], total + of_case[1]
    count = sum(kinds.values())
    if not count:
        return "no pixel of the small copies is wrong"
    shares = ", ".join(f"{n / count:.0%} {kind}" for kind, n in kinds.most_common() if n >= 0.01 * count)
    objects = f"; {missed} of {total} objects are missed altogether" if total else ""
    return f"of the wrong pixels {shares}{objects}"


def _wrong(case: Case, background: int | None) -> "Counter[str]":
    truth, guess = case.truth, resize_mask(case.prediction, case.truth.shape)
    kernel = np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), np.uint8)
    edge = cv2.dilate(truth, kernel) != cv2.erode(truth, kernel)
    wrong = (truth != guess) & (truth != IGNORE)
    inner = wrong & ~edge
    missed = inner & (guess == background) if background is not None else np.zeros_like(inner)
    false = inner & (truth == background) if background is not None else np.zeros_like(inner)
    return Counter(
        {
            "lie along boundaries": int((wrong & edge).sum()),
            "are object left out": int(missed.sum()),
            "are background taken for object": int(false.sum()),
            "have the wrong class": int((inner & ~missed & ~false).sum()),
        }
    )


def _objects(case: Case, background: int) -> tuple[int, int]:
    """Return how many objects of the small copy are missed, and how many there are."""
    truth, guess = case.truth, resize_mask(case.prediction, case.truth.shape)
    labels, count = components((truth != background) & (truth != IGNORE))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    drawn = np.bincount(labels[guess != background], minlength=count + 1)[1:]
    return int((drawn < FOUND * areas).sum()), int(count)
