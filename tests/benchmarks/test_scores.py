import numpy as np
import pytest

from benchmarks.scores import defect_curve, vessel_dice
from maskwright.evaluation.evaluate import Judged, PhotoScore
from maskwright.evaluation.metrics import confusion
from maskwright.imaging.mask_geometry import Mask


def judged(truth: Mask, prediction: Mask, classes: int) -> Judged:
    score = PhotoScore("a", confusion(truth, prediction, classes))
    return Judged(score, np.zeros((*truth.shape, 3), dtype=np.uint8), truth, prediction)


def test_dice_of_vessels_leaves_out_what_lies_outside_the_field_of_view() -> None:
    truth = np.array([[1, 1, 0, 255]], dtype=np.uint8)
    right = judged(truth, np.array([[1, 1, 0, 1]], dtype=np.uint8), 2)
    half = judged(truth, np.array([[1, 0, 1, 0]], dtype=np.uint8), 2)
    assert vessel_dice([right]) == {"dice": 1.0, "dice_per_photo": 1.0}
    scores = vessel_dice([right, half])
    assert scores["dice_per_photo"] == pytest.approx(0.75)
    assert scores["dice"] == pytest.approx(2 * 3 / (4 + 4), abs=1e-5)


def test_a_defect_of_any_class_flags_a_photo() -> None:
    clean = np.zeros((10, 10), dtype=np.uint8)
    defect, small = clean.copy(), clean.copy()
    defect[:5] = 4
    small[0, :3] = 2
    curve = defect_curve([judged(defect, defect, 6), judged(clean, small, 6), judged(clean, clean, 6)])
    assert (curve["found_at_1px"], curve["flagged_clean_at_1px"]) == (1.0, 0.5)
    assert (curve["found_at_20px"], curve["flagged_clean_at_20px"]) == (1.0, 0.0)
    assert curve["found_at_100px"] == 0.0
