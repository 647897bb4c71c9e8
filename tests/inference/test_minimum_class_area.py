from dataclasses import replace

import numpy as np

from maskwright.inference.minimum_class_area import without_scarce_classes, without_scarce_classes_in_strips
from maskwright.planning.plan import PredictPlan

PLAN = PredictPlan((1.0,), flip=False, one_object=False, least_totals=(0.0, 0.01, 0.02))


def drawn() -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    mask = np.zeros((60, 100), dtype=np.uint8)
    mask[:10, :10], mask[20:30, :19] = 1, 2  # 100 px of class 1, the least; 190 px of class 2, too few
    mask[50:, 50:] = 255
    return mask


def test_a_class_below_its_least_total_becomes_background_and_others_stay() -> None:
    mask = without_scarce_classes(drawn(), PLAN, 0)
    assert [int((mask == value).sum()) for value in (1, 2, 255)] == [100, 0, 500]


def test_without_a_background_or_a_least_total_masks_stay_as_they_are() -> None:
    for plan, background in ((PLAN, None), (replace(PLAN, least_totals=()), 0)):
        np.testing.assert_array_equal(without_scarce_classes(drawn(), plan, background), drawn())


def test_strips_are_counted_together() -> None:
    whole = without_scarce_classes(drawn(), PLAN, 0)
    strips = without_scarce_classes_in_strips(lambda: iter(np.split(drawn(), 6)), PLAN, 0, 100)
    np.testing.assert_array_equal(np.concatenate(list(strips)), whole)
