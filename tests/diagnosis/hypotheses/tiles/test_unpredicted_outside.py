"""One outline that cuts every prediction is named; honest misses and equal masks that fill it raise nothing else."""

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from tests.diagnosis.hypotheses.tiles.test_unpredicted_windows import blobs, worn

LANE = ((25, 99), (50, 30), (70, 30), (95, 99))
SLANTED = ((0, 0), (90, 0), (50, 99), (0, 99))


def within(mask: Mask, outline: tuple[tuple[int, int], ...]) -> Mask:
    return cv2.fillPoly(np.zeros_like(mask), [np.array(outline, dtype=np.int32)], (1,)).astype(np.uint8)


def warnings_of(truths: list[Mask], predictions: list[Mask]) -> list[Finding]:
    found = diagnose(read_pairs(list(zip(truths, predictions, strict=True))))
    return [finding for finding in found if finding.severity != "note"]


@pytest.mark.parametrize("outline", [LANE, SLANTED])
def test_an_outline_of_any_shape_is_named(outline: tuple[tuple[int, int], ...]) -> None:
    truths = blobs()
    inside = within(truths[0], outline)
    first = warnings_of(truths, [mask * inside for mask in worn(truths)])[0]
    assert (first.code, first.title) == ("pred-unfinished", "Every prediction is cut by the same outline")
    assert "fillPoly" in first.fix


def test_predictions_that_fill_the_outline_are_no_copies() -> None:
    rng = np.random.default_rng(0)
    truths = [np.zeros((100, 120), dtype=np.uint8) for _ in range(10)]
    for place, truth in enumerate(truths):
        truth[10 if place < 5 else 40 :, int(rng.integers(0, 12)) : int(rng.integers(104, 120))] = 1
    inside = within(truths[0], LANE)
    assert warnings_of(truths, [mask * inside for mask in truths])[0].code == "pred-unfinished"


@pytest.mark.parametrize("seed", range(3))
def test_a_weak_model_is_cut_by_nothing(seed: int) -> None:
    truths, rng = blobs(seed=seed), np.random.default_rng(seed)
    missed = [(cv2.resize(rng.random((6, 7)), (120, 100)) > 0.4) * mask for mask in worn(truths)]
    assert all(f.code != "pred-unfinished" for f in warnings_of(truths, [m.astype(np.uint8) for m in missed]))
