"""Ids that are numbered separately in each photo are named; classes that are merged, missed or swapped are not."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Finding

Mask = NDArray[np.uint8]
CLASSES = class_table(("background", "bumper", "lamp", "door", "hood"))
SHOWN = ((1, 2, 3), (2, 4), (1, 3, 4), (3, 4), (1, 2, 4), (2, 3), (1, 4), (2, 3, 4), (1, 2, 3, 4), (3, 4))


def truths() -> list[Mask]:
    """Return ten photos that show two to four of four classes, each as a block in a place of its own."""
    masks = []
    for i, shown in enumerate(SHOWN):
        mask = np.zeros((80, 120), np.uint8)
        for class_id in shown:
            top, left = 6 + (5 * i + 11 * class_id) % 30, 28 * (class_id - 1) + 4
            mask[top : top + 30, left : left + 22] = class_id
        masks.append(mask)
    return masks


def findings(change: Callable[[Mask], Mask]) -> tuple[Finding, ...]:
    pairs = [(t, np.asarray(change(np.roll(t, (1, i % 3), (0, 1))), np.uint8)) for i, t in enumerate(truths())]
    return examine(read_pairs(pairs, classes=CLASSES)).findings


def anew(mask: Mask) -> Mask:
    return np.asarray(np.unique(mask, return_inverse=True)[1].reshape(mask.shape), np.uint8)


def test_ids_that_are_numbered_anew_are_named_first() -> None:
    first = findings(anew)[0]
    assert (first.code, first.title) == ("classes-swapped", "Class ids are numbered separately in each photo")
    assert first.recovered_iou is not None
    assert first.recovered_iou > 0.3


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m,
        lambda m: np.minimum(m, 1),
        lambda m: np.where(m == 4, 0, m),
        lambda m: np.array([0, 1, 2, 1, 2], np.uint8)[m],
        lambda m: np.array([0, 2, 1, 4, 3], np.uint8)[m],
        lambda m: np.where(m > 0, m - 1, 0),
    ],
    ids=["right", "all as one", "one is missing", "two groups", "swapped", "one too low"],
)
def test_other_readings_of_ids_are_not_called_so(change: Callable[[Mask], Mask]) -> None:
    assert "Class ids are numbered separately in each photo" not in [f.title for f in findings(change)]
