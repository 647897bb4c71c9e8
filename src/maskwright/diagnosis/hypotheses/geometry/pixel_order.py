"""Pixels or tiles in another order than the photo's: bytes read in rows for columns, tiles put back wrongly."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, Pair, mean_iou, mean_iou_or_zero
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.undone_evidence import (
    Frame,
    Hypothesis,
    applied,
    gain_of,
    iou_of,
    iou_or_zero,
    share_better,
    share_better_of_changed,
    tried,
)
from maskwright.evaluation.metrics import ValueCounts, value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

LEAST_GAIN = 0.1
"""IoU that another order must give back."""
LEAST_RULED_GAIN = 0.03
"""IoU that one of the usual wrong orders must give back."""
LEAST_SHARE = 0.75
"""Share of the changed photos that must gain."""
LEAST_REACHED = 0.3
"""IoU that must be reached."""
LEAST_CHANGE = 0.02
"""Photos whose IoU changes by less than that have hardly an object in tiles that lie elsewhere, and say nothing."""
MOST_PHOTOS = 8
"""Photos that are looked at."""
GRIDS = (2, 3, 4, 5)
"""Tiles along each side."""
COPY_PX = 120
"""Photos are compared on copies of this side: tiles of tiny objects need it."""


def pixel_order_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that pixels, or tiles, of every prediction stand in another order."""
    return [*_raster(evidence), *_tiles(evidence)]


@dataclass(frozen=True)
class _Way:
    words: str
    fix: str
    undo: Callable[[Mask, tuple[int, int]], Mask]


def _columns_to_rows(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    return np.ascontiguousarray(mask.ravel().reshape(size_hw, order="F"))


def _rows_to_columns(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    return np.ascontiguousarray(mask.ravel(order="F").reshape(size_hw))


def _sides_swapped(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    return np.ascontiguousarray(mask.ravel().reshape(size_hw))


def _swapped_and_resized(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    return np.ascontiguousarray(resize_mask(mask, (size_hw[1], size_hw[0])).ravel().reshape(size_hw))


RASTERS = (
    _Way(
        "they were written column by column and read row by row",
        "prediction.ravel().reshape((height, width), order='F')",
        _columns_to_rows,
    ),
    _Way(
        "they were written row by row and read column by column",
        "prediction.ravel(order='F').reshape((height, width))",
        _rows_to_columns,
    ),
    _Way("they were reshaped to width x height", "prediction.ravel().reshape((height, width))", _sides_swapped),
    _Way(
        "they were reshaped to width x height, then resized to the photo",
        "cv2.resize(prediction, (height, width), interpolation=cv2.INTER_NEAREST).ravel().reshape((height, width))",
        _swapped_and_resized,
    ),
)


def _at_row_length(align_px: int, mask: Mask, size_hw: tuple[int, int]) -> Mask:
    """Read rows that were written at their width rounded up to a multiple; the last rows are lost."""
    wide = size_hw[1]
    length = -(-wide // align_px) * align_px
    rows = mask.size // length
    out = np.zeros(size_hw, dtype=mask.dtype)
    out[:rows] = mask.ravel()[: rows * length].reshape(rows, length)[:, :wide]
    return out


STRIDES = tuple(
    _Way(
        f"rows were written with their ends padded to a multiple of {align_px} px and read without that",
        f"(lambda n, r: np.pad(prediction.ravel()[: r * n].reshape(r, n)[:, :width], ((0, height - r), (0, 0))))"
        f"(n := -(-width // {align_px}) * {align_px}, prediction.size // n)",
        partial(_at_row_length, align_px),
    )
    for align_px in (4, 8, 16, 32, 64, 128, 256, 512)
)
"""Rows of a buffer that are longer than the picture is wide, by the multiple that they are padded to."""


def _raster(evidence: Evidence) -> list[Hypothesis]:
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    pairs = [p for p in pairs if p.truth.size == p.prediction.size]
    if len(pairs) < 2:
        return []
    count, classes = len(evidence.classes), evidence.classes
    before = [value_counts(p.truth, resize_mask(p.prediction, p.truth.shape), count) for p in pairs]
    counted = [(way, [_after(p, way, count) for p in pairs]) for way in (*RASTERS, *STRIDES)]
    way, after = max(counted, key=lambda one: mean_iou_or_zero(np.sum(one[1], axis=0), classes))
    was, reached = (mean_iou_or_zero(np.sum(t, axis=0), classes) for t in (before, after))
    gain = reached - was
    if gain < LEAST_GAIN or reached < LEAST_REACHED or share_better(before, after, classes) < LEAST_SHARE:
        return []
    text = f"{way.words}; undone, the mean IoU goes from {was:.3f} to {reached:.3f}"
    finding = make_finding(
        "pred-raster",
        text,
        variant="stride" if way in STRIDES else "",
        values={"undo": way.fix, "ids": as_ids(evidence)},
        recovered_iou=round(gain, 4),
    )
    return [Hypothesis(finding)]


def _after(pair: Pair, way: _Way, count: int) -> ValueCounts:
    size_hw = (pair.truth.shape[0], pair.truth.shape[1])
    return value_counts(pair.truth, way.undo(pair.prediction, size_hw), count)


def _tiles(evidence: Evidence) -> list[Hypothesis]:
    """Find the order of n x n tiles in which predictions fit, the same for all photos."""
    if len(evidence.cases) < 3:
        return []
    free = [(LEAST_GAIN, "", order) for grid in GRIDS if _moves(order := _order(evidence, grid))]
    ruled = [(LEAST_RULED_GAIN, words, rule(grid)) for grid in GRIDS for words, rule in RULES if _moves(rule(grid))]
    claims = [c for one in (*free, *ruled) if (c := _reordering(evidence, *one)) is not None]
    return [max(claims, key=lambda c: c.finding.recovered_iou or 0.0)] if claims else []


def _moves(order: NDArray[np.int64]) -> bool:
    return bool((order != np.arange(len(order))).any())


def _reordering(evidence: Evidence, least: float, words: str, order: NDArray[np.int64]) -> Hypothesis | None:
    """Return the claim that tiles stand in that order; None where too little is gained by it."""
    grid = math.isqrt(len(order))
    undo = partial(_reordered, grid, tuple(order.tolist()))
    tables = tried(spread_evenly(evidence.cases, MOST_PHOTOS), undo, len(evidence.classes))
    if not mean_iou(np.sum(tables, axis=0), evidence.classes) > LEAST_REACHED / 2:
        return None  # few photos tell soon
    undone = applied(evidence, undo)
    gain = gain_of(evidence, undone)
    if gain < least or iou_of(undone) < LEAST_REACHED:
        return None
    before, after = ([c.table for c in e.cases] for e in (evidence, undone))
    better = share_better_of_changed(before, after, evidence.classes, least=LEAST_CHANGE)
    if better < LEAST_SHARE:
        return None
    known = words or next((name for name, rule in RULES if (rule(grid) == order).all()), "")
    text = (
        f"{(order != np.arange(len(order))).sum()} of {grid * grid} tiles ({grid} x {grid}) fit another place"
        f"{f' ({known})' if known else ''}; "
        f"put there, the mean IoU goes from {iou_or_zero(evidence):.3f} to {iou_of(undone):.3f}"
    )
    values = {"grid": grid, "order": order.tolist(), "ids": as_ids(evidence)}
    finding = make_finding("pred-tiles", text, values=values, recovered_iou=round(gain, 4))
    return Hypothesis(finding, undone, usual=bool(known))


def _places(grid: int) -> NDArray[np.int64]:
    return np.arange(grid * grid).reshape(grid, grid)


def _transposed(grid: int) -> NDArray[np.int64]:
    return _places(grid).T.ravel()


def _snake(grid: int) -> NDArray[np.int64]:
    places = _places(grid)
    places[1::2] = places[1::2, ::-1].copy()
    return places.ravel()


def _from_below(grid: int) -> NDArray[np.int64]:
    return _places(grid)[::-1].ravel()


def _from_the_right(grid: int) -> NDArray[np.int64]:
    return _places(grid)[:, ::-1].ravel()


def _sorted_as_texts(grid: int) -> NDArray[np.int64]:
    """Return where tile i lies if tiles numbered from 1 were laid in the order of their numbers as texts."""
    return np.argsort(sorted(range(grid * grid), key=lambda i: str(i + 1)))


def _sorted_as_texts_from_0(grid: int) -> NDArray[np.int64]:
    return np.argsort(sorted(range(grid * grid), key=str))


RULES: tuple[tuple[str, Callable[[int], NDArray[np.int64]]], ...] = (
    ("rows and columns of tiles are swapped", _transposed),
    ("every second row runs from right to left", _snake),
    ("rows of tiles run from below", _from_below),
    ("columns of tiles run from the right", _from_the_right),
    ("tiles are sorted by their numbers as texts: 1, 10, 11, 2", _sorted_as_texts),
    ("tiles are sorted by their numbers as texts: 0, 1, 10, 11, 2", _sorted_as_texts_from_0),
)
"""Usual wrong orders, in words, each as the tile of the prediction that belongs in each place."""


def _order(evidence: Evidence, grid: int) -> NDArray[np.int64]:
    """Return for each place of the truth the tile of the prediction that fits it best, over all photos."""
    count = len(evidence.classes)
    scored = list(evidence.classes.scored)
    side = COPY_PX // grid
    worth = np.zeros((grid * grid, grid * grid))
    for case in evidence.cases:
        truth, guess = (_cut(resize_mask(m, (side * grid, side * grid)), grid) for m in (case.truth, case.prediction))
        for c in scored:
            share = float((truth == c).mean())
            if share and c < count and c != IGNORE:
                worth += (truth == c).astype(np.float64) @ (guess == c).astype(np.float64).T / share
                worth -= 0.5 * (truth != c).astype(np.float64) @ (guess == c).astype(np.float64).T / share
    _, order = linear_sum_assignment(worth + 1e-6 * np.eye(len(worth)), maximize=True)
    return np.asarray(order, dtype=np.int64)


def _cut(mask: Mask, grid: int) -> Mask:
    high, wide = mask.shape[0] // grid, mask.shape[1] // grid
    return mask.reshape(grid, high, grid, wide).transpose(0, 2, 1, 3).reshape(grid * grid, high * wide)


def _reordered(grid: int, order: tuple[int, ...], mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    mask = resize_mask(mask, frame.size_hw)
    high, wide = mask.shape[0] // grid, mask.shape[1] // grid
    out = mask.copy()
    for place, tile in enumerate(order):
        to, source = divmod(place, grid), divmod(tile, grid)
        out[to[0] * high : (to[0] + 1) * high, to[1] * wide : (to[1] + 1) * wide] = mask[
            source[0] * high : (source[0] + 1) * high, source[1] * wide : (source[1] + 1) * wide
        ]
    return out
