"""Single tiles in which object and background are exchanged: each tile decided for itself which is which."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.undo.fix_commands import inverted_stored
from maskwright.diagnosis.undo.undone_evidence import Frame, Hypothesis, gain_of, iou_of, undone_case
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import Bools, resize_mask

SMALLEST_PX = 32
"""The smallest side of tiles that is looked for."""
STEP_PX = 8
"""Sides are multiples of this, and so are the cells that are counted."""
MOST_PHOTOS = 40
"""Photos on which a side is looked for."""
BOTH_WRONG = 0.6
"""Share of the true object and of the true background of a tile that must each be wrong: a missed object leaves the
background right."""
LEAST_OF_A_CLASS = 0.01
"""Share of a tile that each of them must be."""
RIGHT = 0.3
"""Mean of both shares up to which a tile is right."""
BETWEEN = 0.34
"""Tiles between right and inverted, as a share of the inverted ones, at most."""
SURELY = 0.75
"""Median of that mean in the inverted ones, at least: where all is displaced, tiles are wrong by any degree."""
WHOLLY_WRONG = 0.85
"""Share of a tile of one class that must be wrong to be inverted, beside others that show both classes."""
FEWEST_TILES = 3
"""Tiles that prove the fault."""
FEWEST_PHOTOS = 2
"""Photos that they lie in."""
MOST_OF_A_PHOTO = 0.8
"""Share of a photo's tiles from which on all of it is inverted."""
NEARLY_MOST = 0.9
"""The largest side of tiles is taken that covers so much of what any side does."""
OFF_GRID = 0.5
"""Share of the inverted tiles that a grid half a tile away may have."""
LEAST_GAIN = 0.01
"""IoU that inverting them back must give."""

Sums = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Integral images of a photo, in cells: true object, true background, and the wrong pixels of each."""
Corners = list[tuple[int, int]]


@dataclass(frozen=True)
class _Grid:
    """The side of tiles, for each photo the upper left corners, x and y, of those that are inverted, and how wrong each
    tile with both classes is, of photos with an inverted one."""

    side: int
    tiles: tuple[Corners, ...]
    wrong: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """How many tiles are inverted."""
        return sum(map(len, self.tiles))

    @property
    def photos(self) -> int:
        """How many photos hold one."""
        return sum(map(bool, self.tiles))


def inverted_tile_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that single tiles are inverted, with them inverted back."""
    if not evidence.classes.is_binary or len(evidence.cases) < FEWEST_PHOTOS:
        return []
    longest = max(max(case.size_hw) for case in evidence.cases)
    sums = [_sums(case) for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    grids = [_grid(sums, side) for side in range(SMALLEST_PX, longest // 2 + 1, STEP_PX)]
    covered = [grid.count * grid.side**2 for grid in grids]
    chosen = [g for g, px in zip(grids, covered, strict=True) if px and px >= NEARLY_MOST * max(covered)]
    if not chosen or chosen[-1].count < FEWEST_TILES or chosen[-1].photos < FEWEST_PHOTOS:
        return []
    side = chosen[-1].side
    if _grid(sums, side, start=side // 2 // STEP_PX * STEP_PX).count > OFF_GRID * chosen[-1].count:
        return []
    return _of_side(evidence, side)


def _of_side(evidence: Evidence, side: int) -> list[Hypothesis]:
    """Return the hypothesis that tiles of that side are inverted, from all photos."""
    sums = [_sums(case) for case in evidence.cases]
    grid = _grid(sums, side)
    if not _two_kinds(grid):
        return []
    grid = _Grid(grid.side, tuple(_with_plain(s, grid.side, t) for s, t in zip(sums, grid.tiles, strict=True)))
    if grid.count < FEWEST_TILES or grid.photos < FEWEST_PHOTOS:
        return []
    undone = _undone(evidence, grid)
    return [_hypothesis(evidence, grid, undone)] if gain_of(evidence, undone) >= LEAST_GAIN else []


def _sums(case: Case) -> Sums:
    pair = case.reread()
    guess = resize_mask(pair.prediction, pair.truth.shape)
    true, other = pair.truth == 1, pair.truth == 0
    one, two, three, four = (_added(part) for part in (true, other, true & (guess != 1), other & (guess == 1)))
    return one, two, three, four


def _added(part: Bools) -> NDArray[np.int64]:
    """Return the integral image of a part, in cells of STEP_PX; what is left beside whole cells is not counted."""
    high, wide = (side // STEP_PX for side in part.shape)
    cells = part[: high * STEP_PX, : wide * STEP_PX].reshape(high, STEP_PX, wide, STEP_PX).sum(axis=(1, 3))
    return np.asarray(np.pad(cells, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1), dtype=np.int64)


def _in_tiles(sum_: NDArray[np.int64], side: int, start: int) -> NDArray[np.float64]:
    """Return the sums of the whole tiles of a grid; side and start in px."""
    corners = sum_[start // STEP_PX :: side // STEP_PX, start // STEP_PX :: side // STEP_PX]
    return np.asarray(corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1], dtype=np.float64)


def _grid(sums: Sequence[Sums], side: int, *, start: int = 0) -> _Grid:
    tiles, wrong = list[Corners](), list[float]()
    for photo in sums:
        true, other, missed, false = (_in_tiles(sum_, side, start) for sum_ in photo)
        shows_both = np.minimum(true, other) >= LEAST_OF_A_CLASS * side**2
        bad = shows_both & (missed >= BOTH_WRONG * true) & (false >= BOTH_WRONG * other)
        tiles.append([(start + x * side, start + y * side) for y, x in np.argwhere(bad).tolist()])
        if bad.any():
            shares = (missed / np.maximum(true, 1) + false / np.maximum(other, 1)) / 2
            wrong += shares[shows_both].tolist()
    return _Grid(side, tuple(tiles), tuple(wrong))


def _two_kinds(grid: _Grid) -> bool:
    """Tell whether tiles are right or inverted, and few lie between."""
    wrong = np.array(grid.wrong)
    between = np.count_nonzero((wrong > RIGHT) & (wrong < BOTH_WRONG))
    return bool(between <= BETWEEN * grid.count and np.median(wrong[wrong >= BOTH_WRONG]) >= SURELY)


def _with_plain(photo: Sums, side: int, known: Corners) -> Corners:
    """Return the inverted tiles together with wholly wrong ones of one class, in a photo that has any.

    None of a photo that is inverted as a whole.
    """
    if not known:
        return known
    true, other, missed, false = (_in_tiles(sum_, side, 0) for sum_ in photo)
    plain = (np.minimum(true, other) < LEAST_OF_A_CLASS * side**2) & (missed + false >= WHOLLY_WRONG * (true + other))
    every = {*known, *((x * side, y * side) for y, x in np.argwhere(plain & (true + other > 0)).tolist())}
    return sorted(every) if len(every) < MOST_OF_A_PHOTO * true.size else []


def _undone(evidence: Evidence, grid: _Grid) -> Evidence:
    pairs = zip(evidence.cases, grid.tiles, strict=True)
    undone = [
        undone_case(c, partial(_inverted_back, grid.side, tuple(t)), len(evidence.classes)) if t else c
        for c, t in pairs
    ]
    return replace(evidence, cases=tuple(undone))


def _inverted_back(side: int, tiles: Sequence[tuple[int, int]], mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    own = resize_mask(mask, frame.size_hw).copy()
    for x, y in tiles:
        left, top, right, bottom = (round(px * frame.scale) for px in (x, y, x + side, y + side))
        part = own[top:bottom, left:right]
        own[top:bottom, left:right] = (1 if own.max() <= 1 else 255) - part
    return own


def _hypothesis(evidence: Evidence, grid: _Grid, undone: Evidence) -> Hypothesis:
    held = {c.name: tiles for c, tiles in zip(evidence.cases, grid.tiles, strict=True) if tiles}
    gain = round(gain_of(evidence, undone), 4)
    places = some([f"{name} at {', '.join(map(str, tiles))}" for name, tiles in held.items()], most=4)
    text = (
        f"{grid.count} tiles of {grid.side} px in {grid.photos} of {len(evidence.cases)} photos are inverted "
        f"({places}, x and y of the upper left corner); inverted back, the mean IoU goes from {iou_of(evidence):.3f} "
        f"to {iou_of(undone):.3f}"
    )
    values = {"tiles": held, "side": grid.side, "top": inverted_stored(evidence.storage)}
    photos = tuple(held)
    finding = make_finding("pred-inverted", text, variant="tiles", values=values, photos=photos, recovered_iou=gain)
    return Hypothesis(finding, undone)
