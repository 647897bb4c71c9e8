"""What only looks like a fault is not claimed: each claim is tested by undoing it, or by what else would look so."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.annotation_faults import annotation_fault_hypotheses
from maskwright.diagnosis.hypotheses.classes.class_frequencies import class_amount_hypotheses
from maskwright.diagnosis.hypotheses.geometry.wrong_axis import wrong_axis_hypotheses
from maskwright.diagnosis.hypotheses.pairing.mismatched_pairs import mixed_up_pair_hypotheses
from maskwright.diagnosis.hypotheses.pairing.repeated_predictions import repeated_prediction_hypotheses
from maskwright.diagnosis.hypotheses.shapes.blocks import block_hypotheses
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, one_object, three_objects

TRUTHS, MANY = one_object(), three_objects()
SOUND, SOUND_MANY = jittered(TRUTHS), jittered(MANY)
Detector = Callable[[Evidence], Sequence[Hypothesis]]


def named_by(
    detector: Detector, truths: Sequence[Mask], predictions: Sequence[NDArray[np.generic]], *, classes: int = 0
) -> list[Finding]:
    table = class_table(("background", *(f"class {i}" for i in range(1, classes)))) if classes else None
    evidence = read_pairs(list(zip(truths, predictions, strict=True)), classes=table)
    return [hypothesis.finding for hypothesis in detector(evidence)]


def test_coarse_masks_of_many_classes_were_taken_over_no_wrong_axis() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:256, :384].astype(np.float32)
    small = [rng.integers(0, 20, (16, 24)).astype(np.uint8) for _ in range(6)]
    large = [cv2.resize(m, (384, 256), interpolation=cv2.INTER_NEAREST) for m in small]
    lower = y + 3 * np.sin(x / 9)
    wavy = [np.asarray(cv2.remap(m, x, lower, cv2.INTER_NEAREST, borderMode=1), np.uint8) for m in large]
    assert not named_by(wrong_axis_hypotheses, wavy, small, classes=20)


def test_photos_of_one_scene_may_have_one_prediction_though_one_truth_is_empty() -> None:
    scene = [TRUTHS[0]] * 4
    truths = [*scene, np.zeros_like(TRUTHS[0]), *TRUTHS[1:]]
    assert not named_by(repeated_prediction_hypotheses, truths, [*[SOUND[0]] * 5, *SOUND[1:]])


def test_of_one_scene_only_photos_with_another_truth_are_copies() -> None:
    truths = [TRUTHS[0], TRUTHS[0], TRUTHS[0], TRUTHS[1], TRUTHS[2], *TRUTHS[3:]]
    (finding,) = named_by(repeated_prediction_hypotheses, truths, [*[SOUND[0]] * 5, *SOUND[3:]])
    assert len(finding.photos) == 2


def test_boxes_around_slanted_buildings_are_no_squares_of_a_grid() -> None:
    rng = np.random.default_rng(2)
    truths, boxes = [], []
    for _ in range(6):
        truth, box = np.zeros((2, 240, 320), np.uint8)
        for place in range(12):
            x, y = (40 + 80 * (at + rng.uniform(-0.1, 0.1)) for at in (place % 4, place // 4))
            points = cv2.boxPoints(((x, y), tuple(rng.integers(20, 45, 2).tolist()), 14.0)).astype(int)
            cv2.fillPoly(truth, [points], (1,))
            (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
            box[y0 + 2 : y1 - 1, x0 + 2 : x1 - 1] = 1
        truths.append(truth)
        boxes.append(box)
    assert not named_by(block_hypotheses, truths, boxes)


def test_squares_whose_sides_are_no_whole_pixels_are_squares_of_a_grid() -> None:
    sampled = [cv2.resize(m, (47, 35), interpolation=cv2.INTER_NEAREST) for m in SOUND]
    squares = [cv2.resize(m, (200, 150), interpolation=cv2.INTER_NEAREST) for m in sampled]
    (finding,) = named_by(block_hypotheses, TRUTHS, squares)
    assert "squares of about 4 px" in finding.evidence


def nested(inner: int) -> Mask:
    """Return regions one in the other as ids of 0 to 3, the innermost of `inner` px."""
    mask = np.zeros((150, 200), np.uint8)
    for class_id, radius in ((1, 60), (2, 40), (3, inner)):
        cv2.circle(mask, (100, 75), radius, (class_id,), -1)
    return mask


def test_a_weak_model_of_nested_classes_did_not_leave_out_the_background() -> None:
    truths = [np.roll(nested(20), 3 * i, axis=1) for i in range(6)]
    weak = []
    for truth in truths:
        drawn = np.where(truth > 1, truth - 1, truth).astype(np.uint8)
        drawn[:72][truth[:72] == 1] = 0  # half of the outer region is missed
        weak.append(drawn)
    assert not [f for f in named_by(class_amount_hypotheses, truths, weak, classes=4) if f.code == "classes-offset"]


def test_ids_taken_from_the_object_channels_alone_are_named_with_what_raising_them_gives() -> None:
    lowered = [np.maximum(m, 1) - 1 for m in SOUND_MANY]
    (finding,) = named_by(class_amount_hypotheses, MANY, lowered, classes=4)
    assert finding.code == "classes-offset"
    assert finding.recovered_iou is not None
    assert finding.recovered_iou > 0.5


def test_truths_whose_first_class_became_background_keep_their_background() -> None:
    truths = [np.maximum(m, 1) - 1 if i % 2 else m for i, m in enumerate(MANY)]
    (finding,) = named_by(annotation_fault_hypotheses, truths, SOUND_MANY, classes=4)
    assert finding.code == "truth-numbering"
    assert "(mask >= 1)" in finding.fix
    assert "draw their first class again" in finding.fix


def test_no_list_of_places_is_printed_where_photos_are_missing() -> None:
    evidence = read_pairs(list(zip(TRUTHS, [*SOUND[1:], SOUND[0]], strict=True)))
    whole, partial = (
        mixed_up_pair_hypotheses(e)[0].finding for e in (evidence, replace(evidence, unmatched=("a.png",)))
    )
    assert "predictions[1:]" in whole.fix or "predictions[7:]" in whole.fix
    assert "predictions[" not in partial.fix


@pytest.mark.parametrize("size_hw", [(1, 400), (400, 1), (6, 90), (1, 1)])
def test_photos_of_a_few_rows_are_examined(size_hw: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    truths = [(rng.random(size_hw) < 0.3).astype(np.uint8) for _ in range(8)]
    pairs = [(truth, np.where(rng.random(size_hw) < 0.2, 1 - truth, truth).astype(np.uint8)) for truth in truths]
    assert [finding.severity for finding in diagnose(read_pairs(pairs))]
