"""One mask for all photos says whose it is; predictions of no photo are told from those of a weak model."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Finding
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
