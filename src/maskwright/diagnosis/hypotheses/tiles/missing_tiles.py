"""Tiles that are missing from predictions, other ones in each photo: batches that failed, or files not stitched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from maskwright.classes import IGNORE, ClassTable
from maskwright.diagnosis.evidence.evidence import Case, Evidence, mean_iou_or_zero
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

MOST_PHOTOS = 16
"""Photos that are looked at."""
SMALLEST_PX = 32
"""The smallest side of tiles that is looked for."""
STEP_PX = 16
"""Sides rise by this."""
SHOWN = 0.1
"""Share of a tile that must be an object."""
OF_A_SIDE = 0.25
"""Share of its side's length, over all sides, at which objects must cross them."""
PREDICTED = 0.7
"""Share of what crosses the sides of an empty tile that must be predicted right outside."""
FEWEST_TILES = 6
"""Empty tiles that prove the fault."""
FEWEST_PHOTOS = 3
"""Photos that they lie in."""
OFF_GRID = 0.25
"""Share of them that a grid half a tile away may have."""

FULL = 0.5
"""Share of a tile that is object, above which no coarse square is empty."""
FEWEST_FULL = 2
"""Empty tiles that must have more."""
OUTLINED = 0.25
"""Share of the squares with a true outline in which a prediction that does not consist of them has one, too."""
LEAST_GAIN = 0.03
"""IoU that the empty tiles must cost."""


@dataclass(frozen=True)
class _Photo:
    """A truth, and where it and its prediction at its size show an object."""

    truth: Mask
    guess: Mask
    true: Bools
    drawn: Bools


def missing_tile_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that tiles of one size are empty, whose objects are predicted up to their sides.

    Where a model misses an object it misses it on both sides of a line, and lines of no grid are preferred.
    """
    if evidence.classes.background is None or len(evidence.cases) < FEWEST_PHOTOS:
        return []
    photos = [_photo(case, evidence.classes) for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    longest = max(max(p.truth.shape) for p in photos)
    found = {side: _empty(photos, side) for side in range(SMALLEST_PX, longest // 2 + 1, STEP_PX)}
    side = max(found, key=lambda s: sum(map(len, found[s])), default=0)
    tiles = found.get(side, [])
    number, holding = sum(map(len, tiles)), sum(map(bool, tiles))
    if number < FEWEST_TILES or holding < FEWEST_PHOTOS:
        return []
    if sum(map(len, _empty(photos, side, start=side // 2))) > OFF_GRID * number:
        return []
    if not _are_full(photos, tiles, side) or _in_squares(photos, side // 2):
        return []
    nothing = [list[tuple[int, int]]()] * len(photos)
    before, after = (_without(photos, left_out, side, evidence) for left_out in (nothing, tiles))
    if after - before < LEAST_GAIN:
        return []
    text = (
        f"{number} tiles of {side} px in {holding} of {len(photos)} photos are empty, though truths show objects there "
        f"that are predicted right up to the tiles' sides; without these tiles the IoU is {after:.3f} in place of "
        f"{before:.3f}"
    )
    gain = round(max(0.0, after - before), 4)
    finding = make_finding("pred-unfinished", text, values={"tile": side}, variant="tiles", recovered_iou=gain)
    return [Hypothesis(finding)]


def _photo(case: Case, classes: ClassTable) -> _Photo:
    """Return what is looked at of a case: its probabilities are not kept."""
    pair = case.reread()
    guess = resize_mask(pair.prediction, pair.truth.shape)
    true = (pair.truth != classes.background) & (pair.truth < len(classes))
    return _Photo(pair.truth, guess, true, guess != classes.background)


def _are_full(photos: Sequence[_Photo], tiles: Sequence[Sequence[tuple[int, int]]], side: int) -> bool:
    """Tell whether some empty tiles are mostly object: coarse squares are empty where less than half of them is."""
    shares = [
        float(photo.true[y : y + side, x : x + side].mean())
        for photo, corners in zip(photos, tiles, strict=True)
        for y, x in corners
    ]
    return sum(share > FULL for share in shares) >= FEWEST_FULL


def _in_squares(photos: Sequence[_Photo], side: int) -> bool:
    """Tell whether predictions consist of squares: all or nothing of each is drawn, also where truths change in it."""
    squares = [
        (photo.true[y : y + side, x : x + side].mean(), photo.drawn[y : y + side, x : x + side].mean())
        for photo in photos
        for y, x in _corners(photo, side)
    ]
    drawn = [share for true, share in squares if SHOWN < true < 1 - SHOWN]
    return bool(drawn) and float(np.mean([0 < share < 1 for share in drawn])) < OUTLINED


def _empty(photos: Sequence[_Photo], side: int, *, start: int = 0) -> list[list[tuple[int, int]]]:
    """Return for each photo the corners of the empty tiles with objects that are predicted right outside."""
    return [[(y, x) for y, x in _corners(p, side, start=start) if _is_empty(p, y, x, side)] for p in photos]


def _corners(photo: _Photo, side: int, *, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the upper left corners, y and x, of the whole tiles of a photo."""
    height, width = photo.truth.shape
    return product(range(start, height - side + 1, side), range(start, width - side + 1, side))


def _is_empty(photo: _Photo, y: int, x: int, side: int) -> bool:
    inside = np.s_[y : y + side, x : x + side]
    if photo.drawn[inside].any() or photo.true[inside].mean() < SHOWN:
        return False
    crossing, found = 0, 0
    lines = (
        (np.s_[y, x : x + side], np.s_[y - 1, x : x + side], y > 0),
        (np.s_[y + side - 1, x : x + side], np.s_[y + side, x : x + side], y + side < photo.truth.shape[0]),
        (np.s_[y : y + side, x], np.s_[y : y + side, x - 1], x > 0),
        (np.s_[y : y + side, x + side - 1], np.s_[y : y + side, x + side], x + side < photo.truth.shape[1]),
    )
    for inner, outer in ((a, b) for a, b, is_inside in lines if is_inside):
        both = photo.true[inner] & photo.true[outer]
        crossing += int(both.sum())
        found += int((both & photo.drawn[outer]).sum())
    return crossing >= OF_A_SIDE * side and found >= PREDICTED * crossing


def _without(
    photos: Sequence[_Photo], tiles: Sequence[Sequence[tuple[int, int]]], side: int, evidence: Evidence
) -> float:
    """Return the IoU where the empty tiles are left out of the truth."""
    count = len(evidence.classes)
    total = np.zeros((count, 256), dtype=np.int64)
    for photo, corners in zip(photos, tiles, strict=True):
        truth = photo.truth.copy()
        for y, x in corners:
            truth[y : y + side, x : x + side] = IGNORE
        total += value_counts(truth, photo.guess, count)
    return mean_iou_or_zero(total, evidence.classes)
