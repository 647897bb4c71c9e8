"""Corrections: found again where logits were scaled and shifted, harmless to masks, and cautious with few photos."""

import numpy as np
import pytest

from maskwright.evaluation.temperature_scaling import (
    USUAL_SHARE,
    USUAL_TEMPERATURE,
    PhotoLogits,
    corrected_logits,
    fit_correction,
    sample_pixels,
)
from maskwright.runs.confidence import NO_CORRECTION, Correction

WEIGHTS = (1.0, 5.0)


def photos_of(count: int, *, temperature: float = 1.0, share: float = 0.0, seed: int = 0) -> list[PhotoLogits]:
    """Return calibrated binary logits, raised by a share of the log weight and multiplied by a temperature."""
    rng = np.random.default_rng(seed)
    photos = []
    for _ in range(count):
        z = rng.normal(-1, 2, 4000)
        truth = rng.random(4000) < 1 / (1 + np.exp(-z))
        z = (z + share * np.log(WEIGHTS[1])) * temperature
        photos.append(PhotoLogits(np.stack([np.zeros_like(z), z]).astype(np.float32), truth.astype(np.uint8)))
    return photos


@pytest.mark.parametrize(("temperature", "share"), [(0.7, 0.0), (1.0, 1.0), (2.5, 0.5)])
def test_the_scale_and_the_shift_of_logits_are_found_again(temperature: float, share: float) -> None:
    found = fit_correction(photos_of(100, temperature=temperature, share=share), WEIGHTS)
    assert found.temperatures == pytest.approx((temperature, temperature), rel=0.08)
    assert found.shifts == pytest.approx((0.0, share * np.log(5)), abs=0.15)


def test_few_photos_move_little_from_what_is_usual() -> None:
    distances = []
    for count in (1, 20):
        found = fit_correction(photos_of(count, temperature=4.0, share=0.0), WEIGHTS)
        distances.append((found.temperatures[0] - USUAL_TEMPERATURE, USUAL_SHARE * np.log(5) - found.shifts[1]))
    assert all(0 < one < many for one, many in zip(*distances, strict=True))


def test_classes_of_equal_weight_are_not_shifted() -> None:
    found = fit_correction(photos_of(20, temperature=2.0), (1.0, 1.0))
    assert found.shifts == (0.0, 0.0)
    assert 1.5 < found.temperatures[0] < 2.2


def test_no_photo_gives_no_correction() -> None:
    assert fit_correction([], WEIGHTS) == NO_CORRECTION


def test_temperatures_never_change_the_strongest_class() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (4, 30, 40)).astype(np.float32)
    for temperatures in ((2.0,) * 4, (0.5, 1.0, 2.0, 4.0)):
        changed = corrected_logits(logits, Correction(temperatures))
        assert np.array_equal(changed.argmax(axis=0), logits.argmax(axis=0))
        assert not np.allclose(changed, logits)
    assert corrected_logits(logits, NO_CORRECTION) is logits


def test_shifts_lower_each_class_after_the_division() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (3, 5, 4)).astype(np.float32)
    found = corrected_logits(logits, Correction((2.0, 2.0, 2.0), (0.0, 1.0, -0.5)))
    np.testing.assert_allclose(found, logits / 2 - np.array([0, 1, -0.5])[:, None, None], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(
        corrected_logits(logits.reshape(3, 20), Correction((2.0,) * 3, (0.0, 1.0, -0.5))), found.reshape(3, 20)
    )


def test_ignored_pixels_are_not_sampled() -> None:
    truth = np.full((10, 10), 255, np.uint8)
    truth[:2] = 1
    found = sample_pixels(np.zeros((2, 10, 10), np.float32), truth, most=15)
    assert len(found.truth) <= 15
    assert set(found.truth.tolist()) == {1}
