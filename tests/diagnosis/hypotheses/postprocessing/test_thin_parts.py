import cv2
import numpy as np
import pytest
from skimage.morphology import disk

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.findings.finding import Findings
from maskwright.imaging.mask_geometry import Mask


def branches(count: int = 8) -> list[Mask]:
    """Return masks of lines of 2 to 12 px that lie anywhere."""
    rng, masks = np.random.default_rng(4), list[Mask]()
    for _ in range(count):
        mask = np.zeros((180, 200), np.uint8)
        for wide in (2, 2, 2, 3, 3, 4, 7, 9, 12):
            ends = rng.integers(0, 180, 4).tolist()
            cv2.line(mask, (ends[0], ends[1]), (ends[2], ends[3]), 1, wide)
        masks.append(mask)
    return masks


def rough(masks: list[Mask]) -> list[Mask]:
    """Return masks whose outlines waver by a pixel."""
    rng, drawn = np.random.default_rng(5), list[Mask]()
    for mask in masks:
        field = cv2.resize(rng.normal(0, 1, (90, 100)).astype(np.float32), (200, 180))
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3)
        drawn.append((inside + 0.7 * field > 0).astype(np.uint8))
    return drawn


def findings_of(truths: list[Mask], predictions: list[Mask]) -> Findings:
    return diagnose(read_pairs(list(zip(truths, predictions, strict=True))))


KERNELS = {
    "ellipse": cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)),
    "square": np.ones((5, 5), np.uint8),
    "disk": disk(2).astype(np.uint8),  # type: ignore[no-untyped-call]
}


@pytest.mark.parametrize("name", list(KERNELS))
def test_an_opening_that_takes_thin_parts_away_is_named_with_its_size(name: str) -> None:
    truths = branches()
    drawn = [np.asarray(cv2.morphologyEx(m, cv2.MORPH_OPEN, KERNELS[name]), dtype=np.uint8) for m in rough(truths)]
    found = findings_of(truths, drawn)[0]
    assert found.title == "Thin parts of objects are removed"
    assert "no prediction has a part thinner than 5 px" in found.evidence


def test_rough_outlines_of_thin_objects_are_no_opening() -> None:
    truths = branches()
    assert all(f.title != "Thin parts of objects are removed" for f in findings_of(truths, rough(truths)))


def test_a_coarse_model_that_misses_thin_parts_is_no_opening() -> None:
    truths = branches()
    small = [cv2.resize(m.astype(np.float32), (50, 45), interpolation=cv2.INTER_AREA) for m in rough(truths)]
    coarse = [(cv2.resize(m, (200, 180)) > 0.5).astype(np.uint8) for m in small]
    assert all(f.title != "Thin parts of objects are removed" for f in findings_of(truths, coarse))
