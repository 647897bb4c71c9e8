"""One mask for all photos says whose it is; predictions of no photo are told from those of a weak model."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.pairing.unrelated_predictions import with_unrelated
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import chances, jittered, one_object, three_objects

TRUTHS, MANY = one_object(), three_objects(10)


def first_of(truths: Sequence[Mask], predictions: Sequence[Mask]) -> Finding | None:
    """Return the first warning or error of a diagnosis."""
    found = examine(read_pairs(list(zip(truths, predictions, strict=True)))).findings
    return next((finding for finding in found if finding.severity != "note"), None)


def texture(count: int, values: int) -> list[Mask]:
    """Return masks as a network without its weights gives them: blobs of all classes."""
    rng = np.random.default_rng(3)
    fields = (
        np.stack([cv2.GaussianBlur(rng.standard_normal((150, 200)), (0, 0), 6) for _ in range(values)])
        for _ in range(count)
    )
    return [np.asarray(field.argmax(axis=0), dtype=np.uint8) for field in fields]


def test_the_mask_of_one_photo_for_all_photos_names_that_photo() -> None:
    finding = first_of(TRUTHS, [jittered(TRUTHS)[2]] * len(TRUTHS))
    assert finding is not None
    assert finding.code == "pred-constant"
    assert "it fits pair 02" in finding.evidence or "it fits pair 2" in finding.evidence
    assert "buffer" in finding.mechanism


def test_the_average_mask_sends_to_the_pairs_of_the_training() -> None:
    average = np.asarray(np.mean(TRUTHS, axis=0) > 0.3, dtype=np.uint8)
    finding = first_of(TRUTHS, jittered([average] * len(TRUTHS), px=0.5))
    assert finding is not None
    assert finding.code == "pred-constant"
    assert "maskwright check" in finding.fix


@pytest.mark.parametrize("truths", [TRUTHS, MANY])
def test_masks_of_no_photo_have_nothing_to_do_with_their_photos(truths: list[Mask]) -> None:
    finding = first_of(truths, texture(len(truths), int(max(t.max() for t in truths)) + 1))
    assert finding is not None
    assert finding.code == "score-constant"
    assert finding.severity == "error"
    assert "load_state_dict" in finding.fix


def test_weak_predictions_of_their_own_photos_are_related_to_them() -> None:
    weak = [np.asarray(p > 0.5, dtype=np.uint8) for p in chances(jittered(TRUTHS, px=4), bias=2.5)]
    finding = first_of(TRUTHS, weak)
    assert finding is None or "nothing to do" not in finding.title


def lines(seed: int) -> Mask:
    """Return thin lines between cells, the lines 0 and the cells 1."""
    rng = np.random.default_rng(seed)
    mask = np.ones((160, 208), np.uint8)
    points = rng.uniform(0, (160, 208), (40, 2))
    rows, columns = np.mgrid[:160, :208]
    near = np.sort([np.hypot(rows - y, columns - x) for y, x in points], axis=0)
    mask[near[1] - near[0] < 3] = 0
    return mask


def test_squares_of_a_coarse_network_on_thin_lines_are_related_to_their_photos() -> None:
    truths, rng = [lines(i) for i in range(10)], np.random.default_rng(1)
    pairs = []
    for truth in truths:
        small = cv2.resize(truth.astype(np.float32), (13, 10), interpolation=cv2.INTER_AREA)
        noise = np.asarray(rng.normal(size=small.shape), dtype=np.float32)
        pairs.append((truth, np.kron(small + 0.3 * noise > 0.75, np.ones((16, 16), np.uint8)).astype(np.uint8)))
    found = [make_finding("boundary-coarse", "predictions consist of squares of about 16 px")]
    evidence = read_pairs(pairs, classes=class_table(("line", "cell")))
    assert with_unrelated(found, evidence) == found
    assert with_unrelated([], evidence) != []


def test_weak_predictions_of_tiny_objects_that_beat_one_class_twice_are_related() -> None:
    rng, pairs = np.random.default_rng(4), []
    for _ in range(10):
        truth, drawn = np.zeros((2, 150, 200), np.uint8)
        x, y = int(rng.integers(20, 180)), int(rng.integers(20, 130))
        cv2.circle(truth, (x, y), 3, (1,), -1)
        for place in [(x + 4, y), *((int(rng.integers(200)), int(rng.integers(150))) for _ in range(30))]:
            cv2.circle(drawn, place, 5, (1,), -1)
        pairs.append((truth, drawn))
    assert with_unrelated([], read_pairs(pairs, classes=class_table(("background", "spot")))) == []


def test_specks_far_from_boundaries_are_noise_of_the_network() -> None:
    rng = np.random.default_rng(0)
    noisy = [np.where(rng.random(m.shape) < 0.06, 1 - m, m).astype(np.uint8) for m in jittered(TRUTHS)]
    finding = first_of(TRUTHS, noisy)
    assert finding is not None
    assert finding.code == "pred-speckled"
    assert "model.eval()" in finding.fix


def test_middles_of_objects_send_to_the_cast_that_left_them() -> None:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    finding = first_of(TRUTHS, [np.asarray(cv2.erode(m, kernel)) for m in jittered(TRUTHS)])
    assert finding is not None
    assert finding.title == "Only the middles of objects are predicted"
    assert "astype" in finding.fix


def test_a_careful_model_that_draws_most_of_each_object_draws_no_middles() -> None:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    finding = first_of(TRUTHS, [np.asarray(cv2.erode(m, kernel)) for m in jittered(TRUTHS)])
    assert finding is not None
    assert finding.code == "pred-thick"
    assert "middles" not in finding.title


def test_a_model_of_few_photos_that_beats_one_class_is_related_to_its_photos() -> None:
    rng = np.random.default_rng(0)
    chances_of = [
        np.stack([0.22 * cv2.GaussianBlur((t == c) * 1.0, (0, 0), 6) for c in range(4)])
        + [[[0.1]], [[0]], [[0]], [[0]]]
        + [cv2.resize(rng.normal(size=(8, 10)), (200, 150), interpolation=cv2.INTER_CUBIC) * 0.3 for _ in range(4)]
        for t in MANY
    ]
    finding = first_of(MANY, [np.asarray(p.argmax(axis=0), dtype=np.uint8) for p in chances_of])
    assert finding is None or "nothing to do" not in finding.title
