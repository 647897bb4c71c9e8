import math
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.evaluation.calibration_error import (
    BINS,
    Calibration,
    calibration_as_json,
    calibration_from_json,
    calibration_in_words,
    calibration_of,
    sum_calibrations,
)
from maskwright.evaluation.evaluate import evaluate, joined
from maskwright.evaluation.evaluation_files import evaluation_as_json, evaluation_from_json
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from tests.support.drawn import disc_photos

TABLE = class_table(("background", "disc"))


def drawn(probability: np.ndarray, truth: np.ndarray) -> Calibration:
    return calibration_of(np.stack([1 - probability, probability]).astype(np.float32), truth.astype(np.uint8), TABLE)


def test_a_model_whose_probabilities_are_shares_is_calibrated() -> None:
    random = np.random.default_rng(0)
    probability = random.random((400, 500))
    calibration = drawn(probability, random.random((400, 500)) < probability)
    assert sum(calibration.pixels) == 200_000
    assert calibration.error < 0.01
    assert "can be believed" in calibration_in_words(calibration)


def test_bins_agree_with_a_plain_loop() -> None:
    random = np.random.default_rng(1)
    probability, truth = random.random((9, 11)).astype(np.float32), random.random((9, 11)) < 0.4
    calibration = drawn(probability, truth)
    for index in range(BINS):
        inside = [
            (float(p), bool(t))
            for p, t in zip(probability.ravel(), truth.ravel(), strict=True)
            if min(int(p * BINS), BINS - 1) == index
        ]
        assert calibration.pixels[index] == len(inside)
        assert calibration.probability[index] == pytest.approx(sum(p for p, _ in inside), abs=1e-3)
        assert calibration.right[index] == sum(t for _, t in inside)


def test_too_much_and_too_little_certainty_are_told_apart() -> None:
    sure, half = np.full((20, 20), 0.95), np.arange(400).reshape(20, 20) % 10
    assert "too sure of itself" in calibration_in_words(drawn(sure, half < 7))
    assert "better than it says" in calibration_in_words(drawn(np.full((20, 20), 0.6), half < 9))
    assert drawn(sure, half < 7).error == pytest.approx(0.25)


def test_ignored_pixels_do_not_count_and_the_truth_is_brought_to_the_size() -> None:
    truth = np.full((8, 8), 255)
    truth[:4] = 1
    calibration = drawn(np.full((4, 4), 0.85), truth)
    assert calibration.pixels[8] == calibration.right[8] == 8


def test_nothing_named_gives_no_sentence_and_no_error() -> None:
    calibration = drawn(np.full((4, 4), 0.01), np.zeros((4, 4)))
    assert calibration_in_words(calibration) == ""
    assert math.isnan(calibration.error)
    assert calibration_as_json(calibration)["error"] is None


def test_photos_add_up_and_one_without_probabilities_makes_all_unknown() -> None:
    one = drawn(np.full((4, 4), 0.85), np.ones((4, 4)))
    assert sum_calibrations([one, one]) == Calibration(
        tuple(2 * v for v in one.pixels), tuple(2 * v for v in one.probability), tuple(2 * v for v in one.right)
    )
    assert sum_calibrations([one, None]) is None
    assert sum_calibrations([]) is None
    assert calibration_from_json(calibration_as_json(one)) == one


class Sure:
    """A segmenter that gives bright pixels 0.9 and the others 0.1."""

    def mask(self, photo: Photo, /) -> Mask:
        return (photo[..., 0] > 160).astype(np.uint8)

    def mask_and_confidence(self, photo: Photo, /) -> tuple[Mask, np.ndarray, float]:
        mask = self.mask(photo)
        return mask, np.stack([0.9 - 0.8 * mask, 0.1 + 0.8 * mask]).astype(np.float32), 0.8


def test_an_evaluation_keeps_the_calibration_of_a_segmenter_that_has_probabilities(tmp_path: Path) -> None:
    photos = disc_photos(tmp_path, count=2)
    evaluation = evaluate(Sure(), photos)
    assert evaluation.calibration is not None
    assert sum(evaluation.calibration.pixels) == 2 * 96 * 128
    back = evaluation_from_json(evaluation_as_json(evaluation), evaluation.classes)
    assert back.calibration == evaluation.calibration
    assert joined([evaluation, evaluation]).calibration == sum_calibrations([evaluation.calibration] * 2)
    assert evaluate(Sure().mask, photos).calibration is None
    assert evaluate(Sure(), photos, long_side_px=64).calibration is None
