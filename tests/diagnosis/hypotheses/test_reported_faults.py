"""Faults from public threads are named by their own rule, and sound predictions raise none of these rules."""

import re
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.field.cures.obey import run
from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.annotation_faults import annotation_fault_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_frequencies import class_amount_hypotheses
from maskwright.diagnosis.hypotheses.encoding.probabilities import probability_hypotheses
from maskwright.diagnosis.hypotheses.encoding.stored_ids import encoding_hypotheses
from maskwright.diagnosis.hypotheses.geometry.photo_only_augmentation import photo_only_augmentation_hypotheses
from maskwright.diagnosis.hypotheses.geometry.pixel_order import pixel_order_hypotheses
from maskwright.diagnosis.hypotheses.geometry.wrong_axis import wrong_axis_hypotheses
from maskwright.diagnosis.hypotheses.pairing.mismatched_pairs import mixed_up_pair_hypotheses
from maskwright.diagnosis.hypotheses.pairing.repeated_predictions import repeated_prediction_hypotheses
from maskwright.diagnosis.hypotheses.shapes.blocks import block_hypotheses
from maskwright.diagnosis.hypotheses.shapes.object_shapes import object_shape_hypotheses
from maskwright.diagnosis.hypotheses.shapes.thickness import thickness_hypotheses
from maskwright.diagnosis.hypotheses.tiles.blank_lines import blank_line_hypotheses
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask, resize_mask
from tests.support.drawn_pairs import jittered, one_object, three_objects

TRUTHS, MANY = one_object(), three_objects()
SOUND, SOUND_MANY = jittered(TRUTHS), jittered(MANY)
FOUR = class_table(("background", "bar", "box", "square"))
Detector = Callable[[Evidence], Sequence[Hypothesis]]
Array = NDArray[np.generic]


def named_by(detector: Detector, truths: Sequence[Mask], predictions: Sequence[Array]) -> list[Finding]:
    classes = FOUR if max(int(t.max()) for t in truths) > 1 else None
    evidence = read_pairs(list(zip(truths, predictions, strict=True)), classes=classes)
    return [hypothesis.finding for hypothesis in detector(evidence)]


def scores_of(masks: Sequence[Mask]) -> list[NDArray[np.float32]]:
    """Return 4xHxW logits of masks."""
    planes = ([cv2.GaussianBlur((m == c).astype(np.float32), (0, 0), 2) * 8 for c in range(4)] for m in masks)
    return [np.stack(p) for p in planes]


def softmax(scores: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    grown = np.exp(scores)
    return np.asarray(grown / grown.sum(axis=axis, keepdims=True), dtype=np.float32)


def test_a_softmax_over_the_columns_is_named_with_its_axis() -> None:
    (finding,) = named_by(wrong_axis_hypotheses, MANY, [softmax(s, 2) for s in scores_of(SOUND_MANY)])
    assert finding.code == "pred-axis"
    assert "axis 2" in finding.evidence


def test_an_argmax_over_the_rows_is_named_by_its_bands() -> None:
    rng = np.random.default_rng(0)
    noisy = [s + rng.normal(0, 0.1, s.shape) for s in scores_of(SOUND_MANY)]
    stretched = [resize_mask(s.argmax(axis=1).astype(np.uint8), (150, 200)) for s in noisy]
    (finding,) = named_by(wrong_axis_hypotheses, MANY, stretched)
    assert finding.code == "pred-axis"
    assert "over the rows" in finding.evidence


def test_scores_that_were_reshaped_are_read_in_the_order_of_their_numbers() -> None:
    (finding,) = named_by(wrong_axis_hypotheses, MANY, [s.reshape(150, 200, 4) for s in scores_of(SOUND_MANY)])
    assert finding.code == "pred-raster"
    assert finding.recovered_iou is not None
    assert finding.recovered_iou > 0.5
    scores = scores_of(SOUND_MANY)[0]
    (line,) = re.findall(r"`(prediction = [^`]+)`", finding.fix)
    assert (run(line, {"prediction": scores.reshape(150, 200, 4)})["prediction"] == scores.argmax(axis=0)).all()


def test_nothing_is_computed_from_scores_that_were_reshaped() -> None:
    maps = [softmax(s, 0).reshape(150, 200, 4) for s in scores_of(SOUND_MANY)]
    findings = diagnose(read_pairs(list(zip(MANY, maps, strict=True)), classes=FOUR))
    assert [f.code for f in findings if f.severity != "note"] == ["pred-raster"]


def test_nothing_else_is_named_where_classes_were_taken_over_the_wrong_axis() -> None:
    maps = [softmax(s, 2) for s in scores_of(SOUND_MANY)]
    findings = diagnose(read_pairs(list(zip(MANY, maps, strict=True)), classes=FOUR))
    assert [f.code for f in findings if f.severity != "note"] == ["pred-axis"]


def test_squares_are_named_with_their_side_and_undone() -> None:
    squares = [np.kron(m[::6, ::6], np.ones((6, 6), np.uint8))[:150, :200] for m in SOUND]
    (finding,) = named_by(block_hypotheses, TRUTHS, squares)
    assert finding.code == "boundary-coarse"
    assert finding.recovered_iou is not None
    assert finding.recovered_iou > 0.02


def test_boxes_that_lie_alike_in_small_photos_are_no_squares() -> None:
    """Documents on a table, slightly rotated: a model draws their bounding boxes."""
    rng = np.random.default_rng(1)
    truths, boxes = [], []
    for turn in rng.uniform(4, 14, 8) * rng.choice([-1, 1], 8):
        truth = np.zeros((120, 120), np.uint8)
        centre = rng.uniform(58, 62, 2).tolist()
        cv2.fillPoly(truth, [cv2.boxPoints((centre, (88, 92), turn)).astype(np.int32)], 1)
        y, x = np.nonzero(truth)
        box = np.zeros_like(truth)
        box[y.min() : y.max() + 1, x.min() : x.max() + 1] = 1
        truths.append(truth)
        boxes.append(box)
    assert named_by(block_hypotheses, truths, boxes) == []


def test_squares_of_small_objects_are_found_over_all_photos() -> None:
    rng = np.random.default_rng(2)
    truths = [np.zeros((192, 192), np.uint8) for _ in range(12)]
    for truth in truths:
        for y, x in rng.integers(5, 165, (2, 2)):
            cv2.circle(truth, (int(x), int(y)), 12, 1, -1)
    squares = [np.kron(t[8::16, 8::16], np.ones((16, 16), np.uint8)) for t in truths]
    (finding,) = named_by(block_hypotheses, truths, squares)
    assert finding.code == "boundary-coarse"


def test_a_prediction_saved_for_a_whole_batch_is_named_with_the_photos_that_got_it() -> None:
    (finding,) = named_by(repeated_prediction_hypotheses, TRUTHS, [SOUND[i // 4 * 4] for i in range(len(SOUND))])
    assert finding.code == "pred-constant"
    assert len(finding.photos) == 6


def test_two_empty_predictions_are_no_copies_of_each_other() -> None:
    assert not named_by(
        repeated_prediction_hypotheses, TRUTHS, [np.zeros_like(m) if i % 2 else m for i, m in enumerate(SOUND)]
    )


@pytest.mark.parametrize("px", [1, 2, 3, 4, 8])
def test_a_checkerboard_of_any_field_is_named(px: int) -> None:
    y, x = np.mgrid[:150, :200] // px
    soft = [cv2.GaussianBlur(m.astype(np.float32), (0, 0), 4) for m in SOUND]
    boards = [(s > np.where((y + x) % 2 == 0, 0.3, 0.7)).astype(np.uint8) for s in soft]
    assert named_by(thickness_hypotheses, TRUTHS, boards)[0].code == "pred-checkerboard"


def test_outlines_of_one_pixel_are_named_and_not_called_too_thin() -> None:
    lines = [cv2.morphologyEx(m, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) for m in SOUND]
    assert [f.code for f in named_by(thickness_hypotheses, TRUTHS, lines)] == ["pred-outlines"]


def test_outlines_of_several_classes_are_named() -> None:
    lines = [np.where(cv2.erode(m, np.ones((3, 3), np.uint8)) == m, 0, m).astype(np.uint8) for m in SOUND_MANY]
    assert "pred-outlines" in {f.code for f in named_by(thickness_hypotheses, MANY, lines)}


def test_borders_of_tiles_that_are_left_blank_are_named_with_the_tile() -> None:
    place_y, place_x = (np.arange(side) % 40 for side in (150, 200))
    near = ((place_y < 3) | (place_y >= 37))[:, None] | ((place_x < 3) | (place_x >= 37))[None]
    (finding,) = named_by(blank_line_hypotheses, MANY, [np.where(near, 0, m).astype(np.uint8) for m in SOUND_MANY])
    assert finding.code == "pred-seams"
    assert "tiles of 40 px" in finding.evidence


def test_a_snake_of_tiles_is_named_though_few_tiles_moved() -> None:
    def snaked(mask: Mask) -> Mask:
        out = mask.copy()
        out[50:100, :198] = np.hstack([mask[50:100, x : x + 66] for x in (132, 66, 0)])
        return out

    (finding,) = named_by(pixel_order_hypotheses, MANY, [snaked(m) for m in SOUND_MANY])
    assert finding.code == "pred-tiles"
    assert "every second row" in finding.evidence


def test_two_photos_that_changed_places_are_named_where_others_are_empty() -> None:
    truths = [*MANY, *(np.zeros_like(MANY[0]) for _ in range(4))]
    guesses = [SOUND_MANY[1], SOUND_MANY[0], *SOUND_MANY[2:], *truths[-4:]]
    (finding,) = named_by(mixed_up_pair_hypotheses, truths, guesses)
    assert finding.code == "pred-shuffled"
    assert len(finding.photos) == 2


def test_ids_resized_smoothly_are_named_by_the_classes_between() -> None:
    rings = [np.where(m == 1, 3, m).astype(np.uint8) for m in SOUND_MANY]
    small = [cv2.resize(m, (50, 38), interpolation=cv2.INTER_LINEAR) for m in rings]
    ramps = [np.asarray(cv2.resize(m, (200, 150), interpolation=cv2.INTER_LINEAR), dtype=np.uint8) for m in small]
    truths = [np.where(m == 1, 3, m).astype(np.uint8) for m in MANY]
    assert "pred-ghosts" in {f.code for f in named_by(encoding_hypotheses, truths, ramps)}


def test_object_channels_alone_give_ids_one_too_low() -> None:
    lowered = [s[1:].argmax(axis=0).astype(np.uint8) for s in scores_of(SOUND_MANY)]
    (finding,) = named_by(class_amount_hypotheses, MANY, lowered)
    assert finding.code == "classes-offset"
    assert "[0, 1, 2]] = [1, 2, 3]" in finding.fix


def test_a_missing_class_is_no_excess_of_the_class_that_takes_its_pixels() -> None:
    merged = [np.where(m == 3, 2, m).astype(np.uint8) for m in SOUND_MANY]
    codes = {f.code for f in named_by(class_amount_hypotheses, MANY, merged)}
    assert codes == {"classes-merged"}


def test_truths_one_too_low_are_a_numbering_and_no_swap() -> None:
    truths = [np.where((m > 0) & (i % 2 == 1), m - 1, m).astype(np.uint8) for i, m in enumerate(MANY)]
    assert "truth-numbering" in {f.code for f in named_by(annotation_fault_hypotheses, truths, SOUND_MANY)}


def test_a_model_that_paints_anywhere_is_not_accused_of_empty_photos() -> None:
    truths = [*TRUTHS, *(np.zeros_like(TRUTHS[0]) for _ in range(4))]
    painted = [*SOUND, *truths[-4:]]
    patch = np.zeros_like(TRUTHS[0])
    patch[130:148, 180:198] = 1
    findings = [*named_by(object_shape_hypotheses, truths, [m | patch for m in painted])]
    findings += named_by(annotation_fault_hypotheses, truths, [m | patch for m in painted])
    assert not {"empty-positives", "truth-empty"} & {f.code for f in findings if f.severity != "note"}


def test_mirrored_photos_must_fit_better_than_other_photos_do() -> None:
    rng = np.random.default_rng(3)
    weak = [np.where(cv2.resize(rng.random((5, 6)), (200, 150)) < 0.75, 0, m).astype(np.uint8) for m in SOUND_MANY]
    assert not named_by(photo_only_augmentation_hypotheses, MANY, weak)


def test_class_ids_of_one_object_everywhere_are_no_softmax_over_one_channel() -> None:
    assert not named_by(probability_hypotheses, TRUTHS, [np.ones_like(m) for m in TRUTHS])


@pytest.mark.parametrize(
    "detector",
    [
        wrong_axis_hypotheses,
        block_hypotheses,
        repeated_prediction_hypotheses,
        blank_line_hypotheses,
        pixel_order_hypotheses,
        mixed_up_pair_hypotheses,
        photo_only_augmentation_hypotheses,
        annotation_fault_hypotheses,
        encoding_hypotheses,
    ],
)
def test_sound_predictions_raise_none_of_these_rules(detector: Detector) -> None:
    assert not named_by(detector, TRUTHS, SOUND)
    assert not named_by(detector, MANY, SOUND_MANY)


def test_a_poor_score_says_which_errors_it_consists_of() -> None:
    rng = np.random.default_rng(0)
    holes = [np.where(cv2.resize(rng.random((6, 8)), m.shape[::-1]) < 0.62, 0, m).astype(np.uint8) for m in SOUND]
    findings = diagnose(read_pairs(list(zip(TRUTHS, holes, strict=True))))
    text = next(f.evidence for f in findings if f.code == "score-unexplained")
    assert "are object left out" in text
    assert "objects are missed altogether" in text
