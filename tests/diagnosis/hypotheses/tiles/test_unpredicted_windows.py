import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.tiles.unpredicted_regions import unpredicted_region_hypotheses
from maskwright.diagnosis.hypotheses.tiles.unpredicted_windows import largest_rectangle, unpredicted_windows
from maskwright.findings.finding import Findings
from maskwright.imaging.mask_geometry import Mask


def blobs(count: int = 10, *, share: float = 0.4, size_px: int = 12, seed: int = 0) -> list[Mask]:
    """Return masks of 100 x 120 px whose objects lie anywhere."""
    rng, masks = np.random.default_rng(seed), []
    for _ in range(count):
        field = cv2.resize(
            rng.random((100 // size_px + 2, 120 // size_px + 2)), (120, 100), interpolation=cv2.INTER_CUBIC
        )
        masks.append((field > np.quantile(field, 1 - share)).astype(np.uint8))
    return masks


def worn(masks: list[Mask]) -> list[Mask]:
    return [(cv2.GaussianBlur(m.astype(np.float32), (0, 0), 2) > 0.52).astype(np.uint8) for m in masks]


def without(masks: list[Mask], rows: slice, columns: slice) -> list[Mask]:
    left = [m.copy() for m in masks]
    for mask in left:
        mask[rows, columns] = 0
    return left


def findings_of(truths: list[Mask], predictions: list[Mask]) -> Findings:
    return diagnose(read_pairs(list(zip(truths, predictions, strict=True))))


@pytest.mark.parametrize("place", [(slice(30, 66), slice(80, 120)), (slice(20, 50), slice(40, 70))])
def test_a_window_that_is_never_predicted_is_named_with_its_place(place: tuple[slice, slice]) -> None:
    truths = blobs()
    found = findings_of(truths, without(worn(truths), *place))[0]
    assert found.title == "A window of every photo is never predicted"
    assert f"a window from {place[0].start}% to {place[0].stop}% of the height" in found.evidence


def test_a_thin_belt_along_an_edge_without_its_ends_is_a_window() -> None:
    truths = blobs()
    found = findings_of(truths, without(worn(truths), slice(8, 92), slice(112, 120)))[0]
    assert found.title == "A window of every photo is never predicted"
    assert "to 100% of the width" in found.evidence


def test_a_place_that_shows_no_object_in_any_photo_is_no_missing_window() -> None:
    truths = without(blobs(), slice(30, 66), slice(80, 120))
    assert all(f.code != "pred-unfinished" for f in findings_of(truths, worn(truths)))


@pytest.mark.parametrize("seed", range(3))
def test_objects_that_a_weak_model_misses_are_no_missing_window(seed: int) -> None:
    truths, others = blobs(share=0.1, seed=seed), blobs(share=0.5, size_px=9, seed=seed + 50)
    weak = [(t & o).astype(np.uint8) for t, o in zip(truths, others, strict=True)]
    grids = np.stack(truths), np.stack(weak)
    assert unpredicted_windows(*grids) == []


def test_the_largest_free_rectangle_is_found() -> None:
    free = np.ones((6, 7), dtype=np.bool_)
    free[0, 3] = free[4, 1] = False
    assert largest_rectangle(free) == (slice(1, 6), slice(2, 7))
    assert largest_rectangle(np.zeros((3, 3), dtype=np.bool_)) == (slice(0, 0), slice(0, 0))


def small_objects(rng: np.random.Generator, size_hw: tuple[int, int] = (320, 384)) -> Mask:
    mask = np.zeros(size_hw, np.uint8)
    for _ in range(9):
        centre = int(rng.integers(10, size_hw[1] - 10)), int(rng.integers(10, size_hw[0] - 10))
        cv2.circle(mask, centre, int(rng.integers(5, 13)), (1,), -1)
    return mask


@pytest.mark.parametrize("least", [0.06, 0.2, 0.35])
@pytest.mark.parametrize("seed", range(4))
def test_squares_over_small_objects_leave_no_window_and_no_stretch(seed: int, least: float) -> None:
    rng = np.random.default_rng(seed)
    truths = [small_objects(rng) for _ in range(10)]
    shares = [
        cv2.resize(t.astype(np.float32), None, fx=1 / 32, fy=1 / 32, interpolation=cv2.INTER_AREA) for t in truths
    ]
    squares = [np.kron(share > least, np.ones((32, 32))).astype(np.uint8) for share in shares]
    assert unpredicted_region_hypotheses(read_pairs(list(zip(truths, squares, strict=True)))) == []
