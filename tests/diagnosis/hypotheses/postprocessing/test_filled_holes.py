"""Holes that are filled on the way to the file are named; models that draw holes badly are not accused."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Finding

Mask = NDArray[np.uint8]
BINARY = class_table(("background", "ring"))


def truths(*, thickness_px: int = 6) -> list[Mask]:
    """Return eight photos with four rings each."""
    rng = np.random.default_rng(4)
    masks = []
    for _ in range(8):
        mask = np.zeros((160, 200), np.uint8)
        for x, y in ((45, 40), (150, 45), (50, 115), (145, 120)):
            centre = (x + int(rng.integers(-8, 9)), y + int(rng.integers(-8, 9)))
            cv2.circle(mask, centre, int(rng.integers(14, 28)), 1, thickness_px)
        masks.append(mask)
    return masks


def drawn(truth: Mask, seed: int) -> Mask:
    """Return a prediction with wavering outlines, and gaps in some rings."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, truth.shape), (0, 0), 3)
    soft = cv2.GaussianBlur(truth.astype(np.float64), (0, 0), 1.5) + 0.25 * noise / noise.std()
    return np.asarray(soft > 0.45, np.uint8)


def contours(mask: Mask, mode: int) -> Mask:
    """Draw the contours of a mask full, as found in that mode."""
    found, _ = cv2.findContours(mask, mode, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(np.zeros_like(mask), found, -1, 1, cv2.FILLED), np.uint8)


def findings(change: Callable[[Mask], Mask], true: list[Mask]) -> tuple[Finding, ...]:
    pairs = [(t, change(drawn(t, i))) for i, t in enumerate(true)]
    return examine(read_pairs(pairs, classes=BINARY)).findings


def test_outer_contours_drawn_full_are_named_first() -> None:
    first = findings(lambda m: contours(m, cv2.RETR_EXTERNAL), truths())[0]
    assert (first.code, first.severity) == ("pred-filled", "error")
    assert first.recovered_iou is not None
    assert first.recovered_iou > 0.2


def test_the_same_masks_written_as_the_fix_says_are_clean() -> None:
    assert "pred-filled" not in [f.code for f in findings(lambda m: contours(m, cv2.RETR_CCOMP), truths())]


def coarse(mask: Mask) -> Mask:
    small = cv2.resize(mask.astype(np.float32), None, fx=1 / 16, fy=1 / 16, interpolation=cv2.INTER_AREA)
    return (cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.2).astype(np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m,
        coarse,
        lambda m: cv2.dilate(m, np.ones((25, 25), np.uint8)),
        lambda m: np.zeros_like(m),
        lambda m: np.ones_like(m),
    ],
    ids=["as they are", "coarse network", "far too thick", "nothing", "everything"],
)
def test_other_masks_without_holes_are_not_accused(change: Callable[[Mask], Mask]) -> None:
    assert "pred-filled" not in [f.code for f in findings(change, truths())]


def test_masks_without_holes_in_the_truth_are_not_accused() -> None:
    assert "pred-filled" not in [f.code for f in findings(lambda m: m, truths(thickness_px=-1))]


def test_an_object_in_the_hole_of_another_is_no_hole() -> None:
    pairs = []
    for i, truth in enumerate(truths()):
        both = np.where((contours(truth, cv2.RETR_EXTERNAL) > 0) & (truth == 0), 2, truth).astype(np.uint8)
        pairs.append((both, np.roll(both, (i % 2, 1), (0, 1))))
    given = read_pairs(pairs, classes=class_table(("background", "ring", "core")))
    assert "pred-filled" not in [f.code for f in examine(given).findings]
