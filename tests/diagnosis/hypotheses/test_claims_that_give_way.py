"""Of several claims that fit, the one that explains more with less is named: one fault for all before one a photo."""

import re

import cv2
import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.annotation_faults import annotation_fault_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_frequencies import class_amount_hypotheses
from maskwright.diagnosis.hypotheses.shapes.blocks import block_hypotheses
from maskwright.diagnosis.hypotheses.shapes.thickness import thickness_hypotheses
from maskwright.imaging.mask_geometry import Mask, resize_mask

FLAWS = class_table(("background", "hole", "crack", "chip"))
LINES = class_table(("background", "line"))


def flaw(place: int, *, radius: int = 9) -> Mask:
    """Return a tile with discs of one class, the class and the places of its own; every fourth tile is clean."""
    mask = np.zeros((256, 200), np.uint8)
    for step in range(2 if place % 4 < 3 else 0):
        centre = (25 + (53 * place + 67 * step) % 150, 30 + (89 * place + 101 * step) % 190)
        cv2.circle(mask, centre, radius - step, (place % 4 + 1,), -1)
    return mask


def flaws(count: int = 12) -> list[Mask]:
    return [flaw(place) for place in range(count)]


def evidence_of(truths: list[Mask], predictions: list[Mask]) -> Evidence:
    return read_pairs(list(zip(truths, predictions, strict=True)), classes=FLAWS)


def warned(evidence: Evidence) -> list[str]:
    return [f.code for f in examine(evidence).findings if f.severity != "note"]


def test_a_class_that_is_predicted_as_the_one_below_is_no_other_numbering() -> None:
    truths = flaws()
    merged = [np.where(t == 2, 1, t).astype(np.uint8) for t in truths]
    evidence = evidence_of(truths, merged)
    assert annotation_fault_hypotheses(evidence) == []
    assert warned(evidence)[:1] == ["classes-merged"]


def test_two_classes_that_changed_places_are_no_other_numbering() -> None:
    truths = flaws()
    exchanged = [np.choose(t, [0, 2, 1, 3]).astype(np.uint8) for t in truths]
    assert warned(evidence_of(truths, exchanged))[:1] == ["classes-swapped"]


def test_truths_whose_objects_are_one_too_high_over_the_same_background_are_named_with_what_undoes_it() -> None:
    truths = [flaw(place, radius=20) for place in range(16)]
    raised = [np.where(t > 0, t + 1, 0).astype(np.uint8) if i % 4 in (0, 1) else t for i, t in enumerate(truths)]
    raised[0], raised[1] = truths[0], truths[1]
    classes = class_table(("background", "hole", "crack", "chip", "edge"))
    evidence = read_pairs(list(zip(raised, truths, strict=True)), classes=classes)
    (found,) = (h.finding for h in annotation_fault_hypotheses(evidence))
    assert found.code == "truth-numbering"
    assert "mask >= 2" in found.fix


@pytest.mark.parametrize(("shown", "called"), [(2, 1), (1, 2)])
def test_a_class_that_is_called_another_on_some_photos_is_no_other_numbering(shown: int, called: int) -> None:
    """Each photo shows one class; four of one class are called the other."""
    pairs = []
    for place in range(24):
        truth = np.where(flaw(place, radius=30) > 0, 1 + place % 2, 0).astype(np.uint8)
        name = np.where(truth == shown, called, truth) if place in (0, 1, 5, 6, 12, 13, 17, 18) else truth
        pairs.append((truth, name.astype(np.uint8)))
    evidence = read_pairs(pairs, classes=class_table(("background", "hole", "crack")))
    assert annotation_fault_hypotheses(evidence) == []


def test_half_of_the_truths_in_another_numbering_are_still_named() -> None:
    truths = flaws(16)
    raised = [np.minimum(t + 1, 3) if place % 8 < 4 else t for place, t in enumerate(truths)]
    assert warned(evidence_of(raised, truths))[:1] == ["truth-numbering"]


def test_pixels_of_a_class_that_is_never_predicted_do_not_make_another_one_excessive() -> None:
    truths = flaws()
    truths[2][:] = 0
    cv2.circle(truths[2], (100, 100), 40, (3,), -1)
    for place in (6, 10):
        truths[place][:] = 0
    gone = [np.where(t == 3, 1, t).astype(np.uint8) for t in truths]
    (found,) = class_amount_hypotheses(evidence_of(truths, gone))
    assert found.finding.code == "classes-merged"
    assert "'chip' never" in found.finding.evidence


def test_a_small_object_that_is_missed_on_its_only_photo_is_no_missing_class() -> None:
    truths = flaws()
    for place in (6, 10):
        truths[place][:] = 0
    assert class_amount_hypotheses(evidence_of(truths, [np.where(t == 3, 0, t).astype(np.uint8) for t in truths])) == []


def test_masks_that_were_joined_with_their_mirror_image_are_not_moved_each_in_its_own_way() -> None:
    truths = flaws()
    joined = [np.maximum(t, t[:, ::-1]) for t in truths]
    assert warned(evidence_of(truths, joined))[:1] == ["pred-symmetric"]


def squared(mask: Mask, side: int) -> Mask:
    """Return the mask as nearest-neighbour enlarging of a smaller one draws it."""
    small = resize_mask(mask, (mask.shape[0] // side, mask.shape[1] // side))
    return resize_mask(small, mask.shape)


def test_squares_of_small_objects_are_found_over_all_photos_together() -> None:
    truths = [flaw(place, radius=12) for place in range(12)]
    evidence = evidence_of(truths, [squared(t, 16) for t in truths])
    (found,) = block_hypotheses(evidence)
    assert "squares of about 16 px" in found.finding.evidence
    assert warned(evidence)[:1] == ["boundary-coarse"]


@pytest.mark.parametrize("squares", [1, 2])
def test_squares_that_lie_too_low_are_shifted_by_whole_squares_along_one_axis(squares: int) -> None:
    truths = [flaw(place, radius=20) for place in range(12)]
    evidence = evidence_of(truths, [np.roll(squared(t, 8), 8 * squares, axis=0) for t in truths])
    assert {"pred-shifted", "boundary-coarse"} <= set(warned(evidence))
    (shift,) = (f for f in examine(evidence).findings if f.code == "pred-shifted")
    right, below = map(int, re.findall(r"(\d+) px", shift.evidence)[:2])
    assert right <= 2
    assert abs(below - 8 * squares) <= 2


def test_small_objects_that_are_drawn_a_little_wrong_are_no_squares() -> None:
    truths = [flaw(place, radius=12) for place in range(12)]
    assert block_hypotheses(evidence_of(truths, [np.roll(t, 2, axis=1) for t in truths])) == []
    assert block_hypotheses(evidence_of(truths, truths)) == []


def lines(place: int) -> Mask:
    mask = np.zeros((200, 260), np.uint8)
    for step in range(3):
        start, stop = (10 + 9 * place, 20 + 60 * step), (250 - 7 * place, 30 + 55 * step)
        cv2.line(mask, start, stop, (1,), 5)
    return mask


def test_lines_of_which_only_the_middle_is_left_are_too_thin() -> None:
    truths = [lines(place) for place in range(10)]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    middles = [cv2.erode(t, kernel) for t in truths]
    rng = np.random.default_rng(2)
    left = [np.where(rng.random(m.shape) < 0.6, m, 0).astype(np.uint8) for m in middles]
    (found,) = thickness_hypotheses(read_pairs(list(zip(truths, left, strict=True)), classes=LINES))
    assert found.finding.code == "pred-thick"
    assert "too thin" in found.finding.evidence


def test_lines_of_which_whole_pieces_are_missing_are_not_too_thin() -> None:
    truths = [lines(place) for place in range(10)]
    pieces = [np.where(np.arange(260) % 90 < 30, t, 0).astype(np.uint8) for t in truths]
    assert thickness_hypotheses(read_pairs(list(zip(truths, pieces, strict=True)), classes=LINES)) == []
