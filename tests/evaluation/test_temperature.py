"""Temperatures: found again where logits were scaled, harmless to masks, and cautious with few photos."""

import numpy as np
import pytest

from maskwright.evaluation.temperature import PhotoLogits, fit_temperatures, sampled, tempered


def photos_of(count: int, scale: tuple[float, float], *, seed: int = 0) -> list[PhotoLogits]:
    """Return calibrated binary logits multiplied by the scale of the class that they name."""
    rng = np.random.default_rng(seed)
    photos = []
    for _ in range(count):
        z = rng.normal(0, 2, 4000)
        truth = rng.random(4000) < 1 / (1 + np.exp(-z))
        z = z * np.where(z > 0, scale[1], scale[0])
        photos.append(PhotoLogits(np.stack([np.zeros_like(z), z]).astype(np.float32), truth.astype(np.uint8)))
    return photos


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.5])
def test_the_scale_of_logits_is_found_again(scale: float) -> None:
    temperatures = fit_temperatures(photos_of(20, (scale, scale)), 2)
    assert temperatures == pytest.approx((scale, scale), rel=0.08)


def test_each_class_has_its_own_temperature_where_that_is_better() -> None:
    temperatures = fit_temperatures(photos_of(20, (1.0, 4.0)), 2)
    assert temperatures[0] == pytest.approx(1.0, rel=0.1)
    assert temperatures[1] == pytest.approx(4.0, rel=0.15)


def test_few_photos_move_the_temperature_less() -> None:
    one, many = (fit_temperatures(photos_of(count, (3.0, 3.0)), 2)[0] for count in (1, 20))
    assert 1 < one < many


def test_no_photo_gives_no_temperature() -> None:
    assert fit_temperatures([], 2) == ()


def test_temperatures_never_change_the_strongest_class() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (4, 30, 40)).astype(np.float32)
    for temperatures in ((2.0,) * 4, (0.5, 1.0, 2.0, 4.0)):
        changed = tempered(logits, temperatures)
        assert np.array_equal(changed.argmax(axis=0), logits.argmax(axis=0))
        assert not np.allclose(changed, logits)
    assert tempered(logits, ()) is logits


def test_ignored_pixels_are_not_sampled() -> None:
    truth = np.full((10, 10), 255, np.uint8)
    truth[:2] = 1
    found = sampled(np.zeros((2, 10, 10), np.float32), truth, most=15)
    assert len(found.truth) <= 15
    assert set(found.truth.tolist()) == {1}
