import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask


def ground(count: int = 12) -> list[Mask]:
    """Return masks of a ground that begins at another height in each photo."""
    rng, masks = np.random.default_rng(3), list[Mask]()
    for _ in range(count):
        mask = np.zeros((60, 80), np.uint8)
        mask[rng.integers(20, 34) :] = 1
        masks.append(mask)
    return masks


def halves(count: int = 12) -> list[Mask]:
    """Return masks of an object on one half of the photo, each side as often as the other."""
    masks = [np.zeros((60, 80), np.uint8) for _ in range(count)]
    for i, mask in enumerate(masks):
        (mask[:, :40] if i % 4 < 2 else mask[:, 40:])[:] = 1
    return masks


def noisy(masks: list[Mask]) -> list[Mask]:
    rng = np.random.default_rng(5)
    return [np.where(rng.random(m.shape) < 0.03, 1 - m, m).astype(np.uint8) for m in masks]


def swapped(masks: list[Mask], every: int = 3) -> list[Mask]:
    return [(1 - m).astype(np.uint8) if i % every == 0 else m for i, m in enumerate(masks)]


def first(truths: list[Mask], predictions: list[Mask]) -> Finding:
    return diagnose(read_pairs(list(zip(truths, predictions, strict=True))))[0]


def test_swapped_predictions_are_not_blamed_on_the_truth() -> None:
    truths = ground()
    finding = first(truths, swapped(noisy(truths)))
    assert finding.code == "pred-inverted"
    assert finding.title == "Object and background are swapped in some predictions"
    assert len(finding.photos) == 4
    assert "prediction == 0" in finding.fix


@pytest.mark.parametrize("every", [2, 3, 4])
def test_swapped_truths_are_not_blamed_on_the_predictions(every: int) -> None:
    truths = ground()
    finding = first(swapped(truths, every), noisy(truths))
    assert finding.code == "truth-inverted"
    assert "of the truth are swapped" in finding.evidence


def test_where_the_other_photos_do_not_tell_neither_side_is_blamed() -> None:
    truths = halves()
    finding = first(truths, swapped(noisy(truths)))
    assert finding.title == "Object and background are swapped in some pairs"
    assert "one of the two masks" in finding.evidence
