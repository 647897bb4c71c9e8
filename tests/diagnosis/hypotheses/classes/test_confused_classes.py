import cv2
import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.confused_classes import confused_class_hypotheses
from maskwright.imaging.mask_geometry import Mask

CARS = class_table(("background", "left lamp", "right lamp", "hood"))


def car(place: int) -> Mask:
    mask = np.zeros((120, 200), np.uint8)
    cv2.rectangle(mask, (50, 20), (150, 50 + place % 5), (3,), -1)
    cv2.circle(mask, (40 + place % 7, 80), 16, (1,), -1)
    cv2.circle(mask, (160 - place % 5, 80), 16, (2,), -1)
    return mask


def tossed(mask: Mask, rng: np.random.Generator, share: float) -> Mask:
    """Return the mask with that share of both lamps, in patches, under the other lamp's id."""
    field = cv2.GaussianBlur(rng.random(mask.shape).astype(np.float32), (0, 0), 5)
    other = np.array([0, 2, 1, 3], np.uint8)[mask]
    return np.where(field < np.quantile(field, share), other, mask).astype(np.uint8)


def findings(share: float) -> list[str]:
    rng, cars = np.random.default_rng(0), [car(place) for place in range(10)]
    pairs = [(truth, tossed(truth, rng, share)) for truth in cars]
    return [f.code for f in diagnose(read_pairs(pairs, classes=CARS)) if f.severity != "note"]


def test_two_classes_that_are_taken_for_each_other_are_named() -> None:
    assert findings(0.5)[0] == "classes-confused"


def test_classes_that_are_exchanged_altogether_are_swapped() -> None:
    assert findings(1.0)[0] == "classes-swapped"


@pytest.mark.parametrize("share", [0.0, 0.15])
def test_a_few_confusions_are_usual(share: float) -> None:
    assert "classes-confused" not in findings(share)


def test_one_class_that_is_often_taken_for_another_is_not_confused_both_ways() -> None:
    rng, cars = np.random.default_rng(0), [car(place) for place in range(10)]
    one_way = [(t, np.where((t == 1) & (tossed(t, rng, 0.5) == 2), 2, t).astype(np.uint8)) for t in cars]
    assert confused_class_hypotheses(read_pairs(one_way, classes=CARS)) == []


def sided(truth: Mask, rng: np.random.Generator, *, sizes: bool) -> Mask:
    """Return the mask with a fifth of both lamps confused; or, with one lamp above the other, no sides to exchange."""
    guess = tossed(truth, rng, 0.23)
    return np.rot90(guess) if sizes else guess


def test_sides_are_named_at_fewer_confusions_and_classes_that_lie_one_above_the_other_are_not() -> None:
    rng = np.random.default_rng(1)
    cars = [car(place) for place in range(12)]
    (found,) = confused_class_hypotheses(read_pairs([(t, sided(t, rng, sizes=False)) for t in cars], classes=CARS))
    assert found.finding.title == "Left and right are taken for each other"
    assert "'left lamp' lies left of 'right lamp'" in found.finding.evidence
    above = [(np.rot90(t), sided(t, rng, sizes=True)) for t in cars]
    assert not confused_class_hypotheses(read_pairs(above, classes=CARS))
