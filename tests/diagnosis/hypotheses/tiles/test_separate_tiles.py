import cv2
import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.tiles.separate_tiles import separate_tile_hypotheses
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask

SIDE_PX, SIZE_HW = 64, (192, 256)


def pair(seed: int, *, tiles: bool, stray_share: float = 0.0) -> tuple[Mask, Mask]:
    """Return a disc, and a prediction with grain in half of the tiles that do not show it, or in blots anywhere."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
    truth = (np.hypot(rows - rng.uniform(30, 160), columns - rng.uniform(30, 220)) < 20).astype(np.uint8)
    guess = np.roll(truth, 2, axis=1)
    grain = cv2.GaussianBlur(rng.standard_normal(SIZE_HW).astype(np.float32), (0, 0), 2.5)
    grain = grain < np.quantile(grain, 0.13)
    for y in range(0, SIZE_HW[0], SIDE_PX):
        for x in range(0, SIZE_HW[1], SIDE_PX):
            tile = np.s_[y : y + SIDE_PX, x : x + SIDE_PX]
            if tiles and not truth[tile].any() and rng.random() < 0.5:
                guess[tile] |= grain[tile]
    blots = cv2.GaussianBlur(rng.standard_normal(SIZE_HW).astype(np.float32), (0, 0), 12)
    return truth, (guess | (grain & (blots > np.quantile(blots, 1 - stray_share)))).astype(np.uint8)


def found(pairs: list[tuple[Mask, Mask]]) -> list[Finding]:
    evidence = read_pairs(pairs, classes=class_table(("background", "disc")))
    return [hypothesis.finding for hypothesis in separate_tile_hypotheses(evidence)]


def test_false_alarms_that_fill_tiles_without_objects_are_named_with_the_side_of_the_tiles() -> None:
    (finding,) = found([pair(i, tiles=True) for i in range(8)])
    assert finding.title == "False alarms fill whole tiles"
    assert "tiles of 64 px without an object" in finding.evidence


def test_false_alarms_anywhere_and_sound_predictions_are_not_named() -> None:
    assert not found([pair(i, tiles=False, stray_share=0.4) for i in range(8)])
    assert not found([pair(i, tiles=False) for i in range(8)])


def stepped(seed: int, side_px: int) -> tuple[Mask, Mask]:
    """Return a disc, and false alarms everywhere, of an amount of its own in each square of that side."""
    rng = np.random.default_rng(seed)
    truth, guess = pair(seed, tiles=False)
    grain = cv2.GaussianBlur(rng.standard_normal(SIZE_HW).astype(np.float32), (0, 0), 2.5)
    for y in range(0, SIZE_HW[0], side_px):
        for x in range(0, SIZE_HW[1], side_px):
            tile = np.s_[y : y + side_px, x : x + side_px]
            guess[tile] |= (grain[tile] < np.quantile(grain[tile], rng.uniform(0.1, 0.6))).astype(np.uint8)
    return truth, guess


def test_false_alarms_in_all_tiles_are_named_by_their_borders_and_finer_squares_are_not() -> None:
    pairs = [stepped(i, SIDE_PX) for i in range(12)]
    for seed, (truth, guess) in enumerate(pairs):  # each tile's grain is its own
        fresh = np.random.default_rng(seed)
        for y in range(0, SIZE_HW[0], SIDE_PX):
            for x in range(0, SIZE_HW[1], SIDE_PX):
                tile = np.s_[y : y + SIDE_PX, x : x + SIDE_PX]
                guess[tile] = (
                    np.roll(guess[tile], fresh.integers(10, 50), axis=0) if not truth[tile].any() else guess[tile]
                )
    (finding,) = found(pairs)
    assert "% are full of false alarms; false alarms begin or end" in finding.evidence
    blocks = [(truth, np.kron(guess[::16, ::16], np.ones((16, 16), np.uint8))) for truth, guess in pairs]
    assert not found(blocks)


def coarse(seed: int) -> tuple[Mask, Mask]:
    """Return a disc, and the prediction of a network that decides squares of 16 px, with false patches of its own."""
    rng = np.random.default_rng(seed)
    truth, _ = pair(seed, tiles=False)
    small = (SIZE_HW[1] // 16, SIZE_HW[0] // 16)
    noise = cv2.GaussianBlur(rng.standard_normal(small[::-1]).astype(np.float32), (0, 0), 1)
    scores = cv2.resize(truth.astype(np.float32), small, interpolation=cv2.INTER_AREA) + 0.9 * noise / noise.std()
    return truth, np.kron(scores > 0.9, np.ones((16, 16), np.uint8)).astype(np.uint8)


def test_false_patches_of_a_network_that_decides_squares_are_no_tiles() -> None:
    for first in (0, 100, 200):
        assert not found([coarse(first + i) for i in range(12)])
