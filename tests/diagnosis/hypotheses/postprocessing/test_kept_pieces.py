"""Filters that keep one piece or remove small ones are named; models that miss objects are not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.postprocessing.kept_pieces import kept_piece_hypotheses
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import components_from, largest_component

Mask = NDArray[np.uint8]
COLUMNS, ROWS = 5, 4


def truths(classes: int = 1) -> list[Mask]:
    """Return eight photos with about a dozen discs of 2 to 14 px radius."""
    rng = np.random.default_rng(1)
    masks = []
    for _ in range(8):
        mask = np.zeros((160, 200), np.uint8)
        for place in rng.permutation(COLUMNS * ROWS)[:12]:
            centre = (20 + 40 * int(place % COLUMNS), 20 + 40 * int(place // COLUMNS))
            cv2.circle(mask, centre, int(rng.integers(2, 15)), int(rng.integers(1, classes + 1)), -1)
        masks.append(mask)
    return masks


def drawn(truth: Mask, seed: int) -> Mask:
    """Return a prediction with wavering outlines and a few stray specks."""
    rng = np.random.default_rng(seed)
    moved = np.roll(truth, tuple(rng.integers(-1, 2, 2)), axis=(0, 1))
    for _ in range(3):
        cv2.circle(moved, (int(rng.integers(200)), int(rng.integers(160))), int(rng.integers(1, 3)), 1, -1)
    return moved


def claims(predictions: list[Mask], classes: int = 1) -> list[Finding]:
    names = ("background", "a", "b")[: classes + 1]
    pairs = list(zip(truths(classes), predictions, strict=True))
    return [h.finding for h in kept_piece_hypotheses(read_pairs(pairs, classes=class_table(names)))]


@pytest.mark.parametrize("classes", [1, 2])
def test_one_piece_of_each_class_is_named(classes: int) -> None:
    kept = []
    for i, truth in enumerate(truths(classes)):
        mask = drawn(truth, i)
        kept.append(sum((largest_component(mask == c) * c).astype(np.uint8) for c in range(1, classes + 1)))
    (finding,) = claims([np.asarray(m, np.uint8) for m in kept], classes)
    assert (finding.code, finding.severity) == ("pred-one-piece", "error")
    assert finding.recovered_iou is not None
    assert finding.recovered_iou > 0.3
    pairs = list(zip(truths(classes), [np.asarray(m, np.uint8) for m in kept], strict=True))
    assert examine(read_pairs(pairs, classes=class_table(("background", "a", "b")[: classes + 1]))).findings[
        0
    ].code == ("pred-one-piece")


def test_one_piece_is_named_where_a_tree_lacks_its_many_twigs() -> None:
    """No other true object has a tenth of the largest one's area, but together they count."""
    rng = np.random.default_rng(4)
    pairs = []
    for _ in range(6):
        truth = np.zeros((160, 200), np.uint8)
        cv2.circle(truth, (100, 80), 40, 1, -1)
        for place in range(18):
            at = (int(4 + 11 * place), 8 if place % 2 else 150)
            cv2.circle(truth, at, 3, 1, -1)
        pairs.append((truth, np.roll(largest_component(truth == 1), int(rng.integers(-2, 3)), axis=1).astype(np.uint8)))
    (claim,) = kept_piece_hypotheses(read_pairs(pairs, classes=class_table(("background", "a"))))
    assert claim.finding.evidence.startswith("all 6 predictions that were looked at have exactly one piece")


def test_a_large_animal_with_a_few_specks_that_are_missed_is_no_filter() -> None:
    pairs = []
    for i in range(12):
        truth = np.zeros((256, 256), np.uint8)
        cv2.ellipse(truth, (128, 128), (60 + 3 * (i % 5), 40), 10 * i, 0, 360, 1, -1)
        prediction = cv2.dilate(truth, np.ones((5, 5), np.uint8)).astype(np.uint8)
        for left in (20, 230):
            cv2.circle(truth, (left, 30 + 8 * i), 8, (1,), -1)
            cv2.circle(truth, (left, 180), 7, (1,), -1)
        pairs.append((truth, prediction))
    assert kept_piece_hypotheses(read_pairs(pairs, classes=class_table(("background", "animal")))) == []


def test_small_pieces_that_were_removed_are_named_with_the_limit() -> None:
    masks = [components_from(drawn(t, i) > 0, 150).astype(np.uint8) for i, t in enumerate(truths())]
    (finding,) = claims(masks)
    assert finding.title == "Objects below one size are removed"
    assert "limit of about 1" in finding.fix


def test_sound_predictions_raise_nothing() -> None:
    assert claims([drawn(t, i) for i, t in enumerate(truths())]) == []


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_weak_model_that_misses_whole_objects_raises_nothing(share: float) -> None:
    """It misses small ones and large ones, and leaves specks."""
    rng = np.random.default_rng(5)
    masks = []
    for i, truth in enumerate(truths()):
        mask = drawn(truth, i)
        _, marks = cv2.connectedComponents(mask)
        left = np.append(False, rng.random(int(marks.max())) > share)
        masks.append(np.where(left[marks], mask, 0).astype(np.uint8))
    assert claims(masks) == []
