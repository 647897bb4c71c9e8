"""Parts of every prediction that lie elsewhere, each by its own amount: tiles at other steps, halves exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import SMALL_PX, Case, Evidence, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.shapes.thickness import by_thickness
from maskwright.diagnosis.undo.fix_commands import as_ids
from maskwright.diagnosis.undo.search import scored_undo
from maskwright.diagnosis.undo.transforms import shift_undo_functions
from maskwright.diagnosis.undo.undone_evidence import (
    Frame,
    Hypothesis,
    applied,
    as_given,
    share_better_of_changed,
    tried,
)
from maskwright.evaluation.metrics import ValueCounts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import resize_mask

GRID = 12
"""Photos are cut into so many parts along each side."""
PLANE_PX = 64
"""Parts are looked for on copies of this long side, padded by as much, then on the small copies."""
FEWEST_PHOTOS = 6
"""Photos that must be there."""
MOST_PHOTOS = 16
"""Photos that are looked at."""
MOST_CLASSES = 4
"""Classes that tell where parts lie, the most frequent ones."""
POOR = 0.75
"""Mean IoU from which on parts cannot lie elsewhere."""
LEAST_GAIN = 0.1
"""IoU that moving the parts must give back on photos that did not tell where they lie."""
LEAST_SHARE = 0.75
"""Share of the photos whose IoU changes that must gain."""
LEAST_REACHED = 0.35
"""IoU that must be reached."""
MORE_THAN_A_SHIFT = 0.05
"""IoU by which it must surpass one shift of the whole, and objects that are all too thick or too thin."""
ROUNDS = 3
"""Columns and rows are matched in turn so often."""
NEAR_PX = 4
"""Places are refined by so many px of the small copies."""
BESIDE_PX = 3
"""Lines lie elsewhere by more px of the small copies than most do."""
STAYS = 1.05
"""A line that fits in two places by less than this factor stays where it is."""
FEWEST_MOVED = 0.15
"""Share of the lines that must lie elsewhere than most."""

Surface = NDArray[np.float32]
Planes = list[list[tuple[NDArray[np.float32], NDArray[np.float32]]]]


@dataclass(frozen=True)
class Lines:
    """How far right each column's content lies in the prediction, and how far below each row's, in px.

    Columns and rows are those of a frame that holds every photo in its upper left corner.
    """

    right: tuple[int, ...]
    below: tuple[int, ...]
    frame_hw: tuple[int, int]

    @property
    def words(self) -> str:
        """The moves in words."""
        said = []
        for px, side, way in ((self.right, "columns", "right of"), (self.below, "rows", "below")):
            if len(set(px)) > 1:
                said.append(f"those of {GRID} {side} lie {', '.join(map(str, px))} px {way} their places")
        return " and ".join(said)


def displaced_part_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that columns and rows of every photo lie elsewhere, each by an amount of its own.

    Where they lie is found on half of the photos, and what that gives back is measured on the other half.
    """
    cases, classes = evidence.cases, evidence.classes
    scored = _largest(evidence)
    if len(cases) < FEWEST_PHOTOS or not scored or not mean_iou_or_zero(evidence.table, classes) < POOR:
        return []
    cases = tuple(spread_evenly(cases, MOST_PHOTOS))
    halves, found = (cases[::2], cases[1::2]), list[Lines]()
    for half in halves:
        found.append(_lines(half, scored))
        if not _differ(found[-1]):
            return []
    before, after = list[ValueCounts](), list[ValueCounts]()
    for half, other in zip(halves, reversed(found), strict=True):
        before += tried(half, as_given, len(classes))
        after += tried(half, partial(lines_moved, other), len(classes))
    was, reached = (mean_iou_or_zero(np.sum(t, axis=0), classes) for t in (before, after))
    better = share_better_of_changed(before, after, classes, least=0.02)
    if reached - was < LEAST_GAIN or reached < LEAST_REACHED or better < LEAST_SHARE:
        return []
    shifts = (scored_undo(cases, shift, classes).iou for shift in shift_undo_functions([cases], as_given))
    if reached < max(*shifts, by_thickness(evidence)) + MORE_THAN_A_SHIFT:
        return []
    return [_hypothesis(evidence, _lines(cases, scored), (was, reached))]


def _largest(evidence: Evidence) -> list[int]:
    """Return the scored classes with most pixels, which tell where parts lie."""
    true = evidence.table.sum(axis=1)
    return [c for c in sorted(evidence.classes.scored, key=lambda c: -true[c])[:MOST_CLASSES] if true[c]]


def _frame_hw(cases: Sequence[Case]) -> tuple[int, int]:
    """Return height and width that hold every photo: tiles begin at the upper left corner of each."""
    return max(case.size_hw[0] for case in cases), max(case.size_hw[1] for case in cases)


def _planes(cases: Sequence[Case], scored: Sequence[int], factor: float) -> Planes:
    """Return for each photo the maps of truth and prediction of every class, at one scale and of one size."""
    frame_hw = [max(GRID, round(side * factor)) for side in _frame_hw(cases)]
    planes = []
    for case in cases:
        size_hw = tuple(max(1, min(f, round(side * factor))) for side, f in zip(case.size_hw, frame_hw, strict=True))
        pads = [(0, full - side) for full, side in zip(frame_hw, size_hw, strict=True)]
        truth, drawn = (
            np.pad(resize_mask(m, size_hw), pads, constant_values=IGNORE) for m in (case.truth, case.prediction)
        )
        planes.append([((truth == c).astype(np.float32), (drawn == c).astype(np.float32)) for c in scored])
    return planes


def _spans(length: int) -> list[slice]:
    return [slice(i * length // GRID, (i + 1) * length // GRID) for i in range(GRID)]


def _fits(planes: Planes) -> Surface:
    """Return for each row and column of parts how well it fits the prediction by move: GRID x GRID x 2h x 2w.

    Element [row, column, dy, dx] is for content that lies dy px below and dx right, below 0 counted from the end.
    """
    high, wide = planes[0][0][0].shape
    double = (2 * high, 2 * wide)
    parts = [(rows, columns) for rows in _spans(high) for columns in _spans(wide)]
    waves = np.zeros((len(parts), 2 * high, wide + 1), dtype=np.complex64)
    for true, drawn in (pair for photo in planes for pair in photo):
        wave = np.fft.rfft2(drawn - drawn.mean(), double).astype(np.complex64)
        blocks = np.zeros((len(parts), *double), dtype=np.float32)
        for place, part in enumerate(parts):
            blocks[place][part] = true[part] - true.mean()
        waves += np.conj(np.fft.rfft2(blocks)).astype(np.complex64) * wave
    return np.fft.irfft2(waves, double).astype(np.float32).reshape(GRID, GRID, *double)


def _lines(cases: Sequence[Case], scored: Sequence[int]) -> Lines:
    """Return where columns and rows of parts lie: the columns by the rows' places, and so on in turn."""
    frame_hw = _frame_hw(cases)
    fine = min(1.0, SMALL_PX / max(frame_hw))
    coarse = min(1.0, PLANE_PX / max(frame_hw))
    fits = _fits(_planes(cases, scored, coarse))
    columns, rows = fits.max(axis=2).sum(axis=0).argmax(axis=1), np.zeros(GRID, dtype=np.int64)
    for _ in range(ROUNDS):
        rows = _best(np.stack([fits[:, c, :, columns[c]] for c in range(GRID)]).sum(axis=0))
        columns = _best(np.stack([fits[r, :, rows[r], :] for r in range(GRID)]).sum(axis=0))
    small = [np.where(v > n // 2, v - n, v) for v, n in ((columns, fits.shape[3]), (rows, fits.shape[2]))]
    right, below = (np.rint(v * fine / coarse).astype(int) for v in small)
    planes = _planes(cases, scored, fine)
    right = _refined(planes, right, below)
    below = _refined([[(t.T, p.T) for t, p in photo] for photo in planes], below, right)
    return Lines(_in_px(right, fine), _in_px(below, fine), frame_hw)


def _in_px(moves: NDArray[Any], scale: float) -> tuple[int, ...]:
    """Return moves in px at full size, all of them 0 where none is clear."""
    clear = np.abs(moves).max() > BESIDE_PX
    return tuple(round(float(px) / scale) if clear else 0 for px in moves.tolist())


def _best(worth: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the best place of each line; a line that fits nearly as well where it is stays."""
    worth = worth.copy()
    worth[:, 0] *= np.where(worth[:, 0] > 0, STAYS, 1)
    return np.asarray(worth.argmax(axis=1), dtype=np.int64)


def _refined(planes: Planes, right: NDArray[Any], below: NDArray[Any]) -> NDArray[Any]:
    """Return the columns' moves after trying those beside each."""
    high, wide = planes[0][0][0].shape
    rows = _gathered(high, high, below)
    done = right.copy()
    placed = [(true, drawn[rows]) for photo in planes for true, drawn in photo]
    for place, span in enumerate(_spans(wide)):
        worth = {}
        for px in range(int(right[place]) - NEAR_PX, int(right[place]) + NEAR_PX + 1):
            columns = np.arange(span.start, span.stop) + px
            inside = (columns >= 0) & (columns < wide)
            parts = [(t[:, span][:, inside], d[:, columns[inside]]) for t, d in placed]
            worth[px] = sum(float(2 * (t * d).sum() - d.sum()) for t, d in parts)
        done[place] = max(worth, key=lambda px: worth[px])
    return done


def _gathered(length: int, frame: float, moves: Sequence[float] | NDArray[Any]) -> NDArray[np.int64]:
    """Return which line of the prediction belongs in each line of the photo; what leaves one side returns.

    `frame` is the length that is cut into parts.
    """
    ends = [min(length, round(i * frame / GRID)) for i in range(GRID)] + [length]
    lines = [np.arange(ends[i], ends[i + 1]) + round(float(px)) for i, px in enumerate(moves)]
    return np.asarray(np.concatenate(lines) % length, dtype=np.int64)


def lines_moved(lines: Lines, mask: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Put every row and column of parts back."""
    own = resize_mask(mask, frame.size_hw)
    high, wide = (side * frame.scale for side in lines.frame_hw)
    below, right = ([px * frame.scale for px in moves] for moves in (lines.below, lines.right))
    return np.ascontiguousarray(own[_gathered(own.shape[0], high, below)][:, _gathered(own.shape[1], wide, right)])


def _differ(lines: Lines) -> bool:
    """Tell whether lines lie elsewhere by amounts of their own: one move for all is another fault."""
    least = BESIDE_PX * max(1.0, max(lines.frame_hw) / SMALL_PX)
    return any(
        np.mean(np.abs(np.array(px) - np.median(px)) > least) >= FEWEST_MOVED for px in (lines.right, lines.below)
    )


def _hypothesis(evidence: Evidence, lines: Lines, ends: tuple[float, float]) -> Hypothesis:
    gain = round(ends[1] - ends[0], 4)
    text = (
        f"cut into {GRID} x {GRID} parts, {lines.words}; moved back, the mean IoU goes from {ends[0]:.3f} to "
        f"{ends[1]:.3f} on photos that did not tell where the parts lie"
    )
    values = {
        "grid": GRID,
        "frame": lines.frame_hw,
        "right": list(lines.right),
        "below": list(lines.below),
        "ids": as_ids(evidence),
    }
    finding = make_finding("pred-tiles", text, variant="moved", values=values, recovered_iou=gain)
    return Hypothesis(finding, applied(evidence, partial(lines_moved, lines)), usual=True)
