"""Faults are named where objects are small, classes rare and photos empty; weak models of such data are not accused."""

import cv2
import numpy as np

from maskwright.classes import ClassTable, class_table
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.annotation_faults import annotation_fault_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_frequencies import class_amount_hypotheses
from maskwright.diagnosis.hypotheses.pairing.mismatched_pairs import mixed_up_pair_hypotheses
from maskwright.diagnosis.hypotheses.pairing.repeated_predictions import (
    empty_prediction_hypotheses,
    repeated_prediction_hypotheses,
)
from maskwright.diagnosis.hypotheses.shapes.object_shapes import object_shape_hypotheses
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.imaging.mask_geometry import Mask, resize_mask

TILES = class_table(("background", "hole", "crack", "chip"))


def tile(place: int, *, wide: int = 200, radius: int = 7) -> Mask:
    """Return a tile with a disc of class 1, 2 or 3 at a place of its own; every fourth tile is clean."""
    mask = np.zeros((256, wide), np.uint8)
    if place % 4 < 3:
        x, y = 20 + 53 * place % (wide - 40), 20 + 89 * place % 216
        cv2.circle(mask, (x, y), radius, (place % 4 + 1,), -1)
    return mask


def tiles(count: int = 12) -> list[Mask]:
    return [tile(place) for place in range(count)]


def evidence_of(truths: list[Mask], predictions: list[Mask], classes: ClassTable = TILES) -> Evidence:
    return read_pairs(list(zip(truths, predictions, strict=True)), classes=classes)


def test_classes_that_were_cut_as_one_are_merged() -> None:
    truths = tiles()
    (found,) = class_amount_hypotheses(evidence_of(truths, [np.minimum(t, 1) for t in truths]))
    assert found.finding.code == "classes-merged"
    assert "predictions hold 0 and 1 alone" in found.finding.evidence


def test_a_model_that_finds_one_class_alone_has_not_merged_the_others() -> None:
    truths = tiles()
    found = class_amount_hypotheses(evidence_of(truths, [np.where(t == 1, 1, 0).astype(np.uint8) for t in truths]))
    assert "classes-merged" not in {h.finding.code for h in found}


def test_a_rare_class_of_small_objects_that_is_never_predicted_is_named() -> None:
    truths = tiles()
    found = class_amount_hypotheses(evidence_of(truths, [np.where(t == 3, 0, t).astype(np.uint8) for t in truths]))
    assert [h.finding.code for h in found] == ["class-missing"]
    assert "'chip'" in found[0].finding.evidence


def test_photos_of_a_class_that_is_never_predicted_are_not_left_empty() -> None:
    truths = tiles()
    assert (
        empty_prediction_hypotheses(evidence_of(truths, [np.where(t == 3, 0, t).astype(np.uint8) for t in truths]))
        == []
    )
    emptied = [np.zeros_like(t) if place in (1, 2, 4) else t for place, t in enumerate(truths)]
    assert [h.finding.title for h in empty_prediction_hypotheses(evidence_of(truths, emptied))] == [
        "Several predictions are empty"
    ]


BANDS = class_table(("sky", "road", "tree", "car", "pole", "sign"))
WIDTHS = (60, 50, 30, 24, 20, 16)


def bands(predicted: tuple[int, ...], right: tuple[float, ...], *, road_px: int = 0) -> list[Hypothesis]:
    """Return what is said of six upright bands; of each the left share is right, the rest gets another class.

    Of the road's left edge so many pixels are right too.
    """
    truth = np.repeat(np.arange(6, dtype=np.uint8), WIDTHS)
    inside = np.concatenate([np.arange(width) / width for width in WIDTHS])
    prediction = np.where(inside < np.array(right)[truth], truth, np.array(predicted, np.uint8)[truth])
    pairs = [np.tile(row.astype(np.uint8), (40, 1)) for row in (truth, prediction)]
    pairs[1][:road_px, WIDTHS[0]] = 1
    return class_amount_hypotheses(evidence_of([pairs[0]] * 4, [pairs[1]] * 4, BANDS))


def test_a_missing_class_is_a_warning_where_a_rarer_one_is_learned_though_others_are_weak() -> None:
    others_are_weak = (0, 0, 0, 0, 5, 4)
    (rare,) = bands(others_are_weak, (1, 0.9, 0.9, 0, 0.05, 0.05))
    (large,) = bands((0, 0, 0, 5, 5, 4), (1, 0.9, 0, 0.9, 0.05, 0.05))
    assert [(h.finding.code, h.finding.severity) for h in (rare, large)] == [
        ("class-missing", "note"),
        ("class-missing", "warning"),
    ]


def test_a_class_that_is_drawn_on_some_pixels_is_missing_only_where_the_others_are_drawn_well() -> None:
    fair, good = (1, 0, 0.55, 0.55, 0.55, 0.55), (1, 0, 0.8, 0.8, 0.8, 0.8)
    found = [bands((0, 0, 3, 4, 5, 2), right, road_px=px)[0].finding for right, px in ((fair, 0), (fair, 4), (good, 4))]
    assert [f.severity for f in found] == ["warning", "note", "warning"]
    assert "16 pixels are predicted so" in found[1].evidence


def test_truths_one_too_low_are_named_where_each_photo_shows_one_class() -> None:
    truths = tiles()
    low = [np.maximum(t, 1) - 1 if place in (1, 2, 5, 6) else t for place, t in enumerate(truths)]
    (found,) = annotation_fault_hypotheses(evidence_of(low, truths))
    assert found.finding.code == "truth-numbering"
    assert set(found.finding.photos) == {f"pair {place}" for place in (1, 2, 5, 6)}


def test_four_photos_in_a_ring_are_named_though_one_of_their_predictions_is_empty() -> None:
    truths = tiles(16)
    masks = [t.copy() for t in truths]
    masks[0][:] = 0
    masks[0], masks[1], masks[4], masks[5] = masks[1], masks[4], masks[5], masks[0]
    (found,) = mixed_up_pair_hypotheses(evidence_of(truths, masks))
    assert found.finding.code == "pred-shuffled"


def test_copies_of_small_objects_are_found_in_photos_of_other_widths() -> None:
    truths = [tile(place, wide=200 + 3 * place) for place in range(12)]
    masks = [resize_mask(truths[place // 3 * 3], t.shape) for place, t in enumerate(truths)]
    (found,) = repeated_prediction_hypotheses(evidence_of(truths, masks))
    assert found.finding.code == "pred-constant"


def test_small_objects_at_different_places_are_no_copies() -> None:
    truths = tiles()
    assert not repeated_prediction_hypotheses(evidence_of(truths, truths))


def painted(truths: list[Mask], share_found: float) -> list[Mask]:
    """Return masks in which clean tiles hold a small patch, and objects that share of their rows."""
    masks = []
    for place, truth in enumerate(truths):
        mask = truth.copy()
        rows = np.flatnonzero(truth.any(axis=1))
        mask[rows[round(share_found * len(rows)) :]] = 0
        if not truth.any():
            cv2.circle(mask, (30 + 9 * place, 99), 3, (1,), -1)
        masks.append(mask)
    return masks


def severities(truths: list[Mask], masks: list[Mask]) -> dict[str, str]:
    found = object_shape_hypotheses(evidence_of(truths, masks))
    return {h.finding.code: h.finding.severity for h in found}


def test_small_patches_on_clean_tiles_are_a_warning_only_where_the_model_is_good() -> None:
    truths = tiles(20)
    assert severities(truths, painted(truths, 1.0))["empty-positives"] == "warning"
    assert severities(truths, painted(truths, 0.5))["empty-positives"] == "note"


def test_logits_of_the_objects_alone_are_read_as_such_and_not_as_classes_with_a_void() -> None:
    truths = tiles()
    low = np.random.default_rng(3).uniform(-5, -1, (3, *truths[0].shape))
    ids = np.arange(1, 4)[:, None, None]
    evidence = read_pairs([(t, np.where(t == ids, 3.0, low)) for t in truths], classes=TILES)
    assert evidence.void_value is None
    assert len(evidence.classes) == 4
    assert evidence.counts.trace() == evidence.counts.sum()


def test_objects_on_every_empty_photo_are_a_warning_though_others_are_painted_too() -> None:
    """A model that was trained on photos with objects alone also paints a little beside them."""
    rng = np.random.default_rng(4)
    truths = [np.zeros((120, 120), np.uint8) for _ in range(14)]
    for i in range(6):
        truths[i][40 + i : 56 + i, 50 : 62 + i] = 1
    guesses = [np.roll(truth, 1, axis=0) for truth in truths]
    for guess in guesses:
        y, x = rng.integers(0, 100, 2)
        guess[y : y + 13, x : x + 13] = 1
    assert severities(truths, guesses)["empty-positives"] == "warning"
    few = [g if i < 9 else t for i, (g, t) in enumerate(zip(guesses, truths, strict=True))]
    assert severities(truths, few).get("empty-positives", "note") == "note"
