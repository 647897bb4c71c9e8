import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Probabilities
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.geometry.mirror_ghosts import mirror_ghost_hypotheses
from maskwright.imaging.mask_geometry import Mask

SIZE_HW = (96, 128)


def line_of(seed: int) -> Mask:
    """Return a slanting line at another place in each photo."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SIZE_HW, dtype=np.uint8)
    ends = [(int(rng.uniform(5, 60)), int(rng.uniform(5, 90))), (int(rng.uniform(60, 120)), int(rng.uniform(5, 90)))]
    return np.asarray(cv2.line(mask, ends[0], ends[1], 1, 3), dtype=np.uint8)


def chances_of(truth: Mask, seed: int) -> Probabilities:
    """Return what a network that errs a little predicts."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(SIZE_HW).astype(np.float32), (0, 0), 2)
    soft = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 1.2)
    return np.asarray(np.clip(soft * 1.2 + noise * 0.6, 0, 1), dtype=np.float32)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mean_with_the_mirrored_photos_prediction_is_named_though_it_is_no_exact_image_of_itself(axis: int) -> None:
    truths = [line_of(i) for i in range(10)]
    blended = [(chances_of(t, i) + np.flip(chances_of(t, 100 + i), axis)) / 2 for i, t in enumerate(truths)]
    finding = diagnose(read_pairs(list(zip(truths, blended, strict=True))))[0]
    assert finding.code == "pred-symmetric"
    assert finding.title == "Predictions show objects at their mirrored places too"
    assert ("left-right" if axis else "top-bottom") in finding.evidence


def test_sound_maps_and_one_blob_for_all_photos_are_not_named() -> None:
    truths = [line_of(i) for i in range(10)]
    rows, columns = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
    blob = np.exp(-np.hypot(rows - SIZE_HW[0] / 2, columns - SIZE_HW[1] / 2) / 40)
    for weight in (0.0, 0.5):
        guesses = [((1 - weight) * chances_of(t, i) + weight * blob).astype(np.float32) for i, t in enumerate(truths)]
        assert not mirror_ghost_hypotheses(read_pairs(list(zip(truths, guesses, strict=True))))
