from dataclasses import replace

import numpy as np
import pytest

from maskwright.classes import ClassTable
from maskwright.imaging.mask_geometry import Mask
from maskwright.inference.cleaning import clean_mask, clean_strips, cleaning_for
from maskwright.planning.plan import PredictPlan

PLAN = PredictPlan((1.0,), flip=False, one_object=False, least_totals=(0.0, 0.01, 0.02), least_patch=0.005)


def table(*names: str, background: int | None = 0) -> ClassTable:
    return ClassTable(names, tuple((0, 0, 40 * i) for i in range(len(names))), background)


def drawn() -> Mask:
    mask = np.zeros((60, 100), dtype=np.uint8)
    mask[:10, :10], mask[20:30, :19], mask[50:, 50:] = 1, 2, 255
    return mask


def test_without_a_background_or_a_least_area_masks_stay_as_they_are() -> None:
    nothing = replace(PLAN, least_totals=(), least_patch=0.0)
    for plan, classes in ((PLAN, table("c", "a", "b", background=None)), (nothing, table("background", "a", "b"))):
        np.testing.assert_array_equal(clean_mask(drawn(), cleaning_for(plan, classes)), drawn())


@pytest.mark.parametrize("one_object", [False, True])
@pytest.mark.parametrize("names", [("background", "a"), ("background", "a", "b")])
def test_strips_are_cleaned_as_the_whole_mask(names: tuple[str, ...], one_object: bool) -> None:
    rng = np.random.default_rng(3)
    mask = (rng.random((64, 80)) < 0.4).astype(np.uint8) * rng.integers(1, len(names), (64, 80), dtype=np.uint8)
    plan = replace(PLAN, one_object=one_object, least_totals=(0.0, 0.1, 0.2)[: len(names)], least_patch=0.001)
    cleaning = cleaning_for(plan, table(*names))
    whole = clean_mask(mask.copy(), cleaning)
    strips = clean_strips(lambda: iter(np.split(mask.copy(), 4)), cleaning, (64, 80))
    np.testing.assert_array_equal(np.concatenate(list(strips)), whole)
    assert (whole != mask).any()
