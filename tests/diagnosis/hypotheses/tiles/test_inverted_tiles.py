import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.tiles.inverted_tiles import inverted_tile_hypotheses
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask

TILES = {0: [(64, 0), (128, 64)], 3: [(0, 64)], 5: [(64, 64), (0, 0)]}


def blobs(count: int = 8, *, seed: int = 0, share: float = 0.4, size_px: int = 24) -> list[Mask]:
    rng, masks = np.random.default_rng(seed), []
    for _ in range(count):
        field = cv2.resize(rng.random((192 // size_px, 192 // size_px)), (192, 192), interpolation=cv2.INTER_CUBIC)
        masks.append((field > np.quantile(field, 1 - share)).astype(np.uint8))
    return masks


def worn(mask: Mask) -> Mask:
    return (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2) > 0.52).astype(np.uint8)


def inverted(masks: list[Mask], tiles: dict[int, list[tuple[int, int]]]) -> list[Mask]:
    done = [m.copy() for m in masks]
    for place, corners in tiles.items():
        for x, y in corners:
            done[place][y : y + 64, x : x + 64] = 1 - done[place][y : y + 64, x : x + 64]
    return done


def found_in(truths: list[Mask], predictions: list[Mask]) -> list[Finding]:
    return list(diagnose(read_pairs(list(zip(truths, predictions, strict=True)))))


def named(truths: list[Mask], predictions: list[Mask]) -> bool:
    return bool(inverted_tile_hypotheses(read_pairs(list(zip(truths, predictions, strict=True)))))


def test_single_inverted_tiles_are_named_with_their_places_and_inverted_back_by_the_command() -> None:
    truths = blobs()
    sound = [worn(t) for t in truths]
    bad = inverted(sound, TILES)
    first = found_in(truths, bad)[0]
    assert first.title == "Single tiles are inverted"
    table, loop = first.fix.split("`")[1], first.fix.split("`")[5]
    for place, mask in enumerate(bad):
        names = {"np": np, "prediction": mask, "name": f"pair {place}"}
        exec(f"{table}\n{loop}", names)
        assert (mask == sound[place]).all()


def test_whole_photos_that_are_inverted_are_no_single_tiles() -> None:
    truths = blobs()
    bad = [1 - worn(t) if place % 2 else worn(t) for place, t in enumerate(truths)]
    assert not named(truths, bad)


@pytest.mark.parametrize("by_px", [20, 60])
def test_shifted_predictions_hold_no_inverted_tiles(by_px: int) -> None:
    truths = blobs()
    assert not named(truths, [np.roll(worn(t), by_px, axis=1) for t in truths])


def test_large_objects_that_are_missed_are_no_inverted_tiles() -> None:
    truths, others = blobs(size_px=48), blobs(seed=9, size_px=48, share=0.6)
    assert not named(truths, [worn(t) & o for t, o in zip(truths, others, strict=True)])
