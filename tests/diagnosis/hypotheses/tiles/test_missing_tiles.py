"""Tiles that are missing from predictions, other ones in each photo."""

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.tiles.missing_tiles import missing_tile_hypotheses
from maskwright.imaging.mask_geometry import Mask


def blobs(count: int = 10, *, share: float = 0.4, size_px: int = 30, seed: int = 0) -> list[Mask]:
    """Return masks of 256 x 320 px whose objects lie anywhere."""
    rng, masks = np.random.default_rng(seed), []
    for _ in range(count):
        small = rng.random((256 // size_px + 2, 320 // size_px + 2))
        field = cv2.resize(small, (320, 256), interpolation=cv2.INTER_CUBIC)
        masks.append((field > np.quantile(field, 1 - share)).astype(np.uint8))
    return masks


def worn(masks: list[Mask]) -> list[Mask]:
    return [(cv2.GaussianBlur(m.astype(np.float32), (0, 0), 3) > 0.52).astype(np.uint8) for m in masks]


def without_tiles(masks: list[Mask], side: int) -> list[Mask]:
    """Leave a fifth of the tiles out, chosen anew for each photo."""
    rng, left = np.random.default_rng(5), [m.copy() for m in masks]
    for mask in left:
        for y in range(0, 256, side):
            for x in range(0, 320, side):
                if rng.random() < 0.2:
                    mask[y : y + side, x : x + side] = 0
    return left


@pytest.mark.parametrize("side", [48, 64])
def test_tiles_that_are_missing_are_named_with_their_size(side: int) -> None:
    truths = blobs()
    found = diagnose(read_pairs(list(zip(truths, without_tiles(worn(truths), side), strict=True))))[0]
    assert found.title == "Tiles are missing from the predictions"
    assert f"tiles of {side} px" in found.evidence
    assert f"tiles of {side} px" in found.fix


@pytest.mark.parametrize("seed", range(3))
def test_objects_that_a_weak_model_misses_whole_are_no_missing_tiles(seed: int) -> None:
    truths = blobs(share=0.15, size_px=16, seed=seed)
    others = blobs(share=0.6, size_px=24, seed=seed + 50)
    weak = [(t & o).astype(np.uint8) for t, o in zip(worn(truths), others, strict=True)]
    assert missing_tile_hypotheses(read_pairs(list(zip(truths, weak, strict=True)))) == []


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("filled_from", [0.5, 0.85])
def test_predictions_made_of_coarse_squares_lack_no_tiles(side: int, filled_from: float) -> None:
    """A square is drawn where most of it is an object, all else is left empty."""
    truths = blobs(size_px=60)
    squares = [
        cv2.resize(t.astype(np.float32), (320 // side, 256 // side), interpolation=cv2.INTER_AREA) for t in truths
    ]
    coarse = [np.kron(s > filled_from, np.ones((side, side), np.uint8)).astype(np.uint8) for s in squares]
    assert missing_tile_hypotheses(read_pairs(list(zip(truths, coarse, strict=True)))) == []


def test_tiles_whose_loss_costs_next_to_nothing_are_not_named() -> None:
    truths = blobs(60)
    left = worn(truths)
    left[:6] = without_tiles(left[:6], 48)
    assert missing_tile_hypotheses(read_pairs(list(zip(truths, left, strict=True)))) == []
