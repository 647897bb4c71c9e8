"""Parts of the photo that are never predicted: the rest after the last whole tile, a belt along one side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou
from maskwright.diagnosis.hypotheses.tiles.unpredicted_outside import unpredicted_outside
from maskwright.diagnosis.hypotheses.tiles.unpredicted_windows import Window, unpredicted_windows
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evaluation.metrics import value_counts
from maskwright.findings.finding import make_finding, some
from maskwright.imaging.mask_geometry import resize_mask

GRID = 100
"""Photos of all sizes are compared in hundredths of their sides."""
LEAST_WIDTH = 5
"""Width of a stretch, in hundredths."""
FEWEST_PHOTOS = 3
"""Photos that must be there, and in which objects must be missed."""
LEAST_FOUND = 0.25
"""Share of an object's area that must be predicted for it to be found."""
RIM = 2
"""How far into a stretch an object must reach, in hundredths: outlines that are drawn too tight end before it."""
FOUND_ELSEWHERE = 0.6
"""Share of the other stretches so wide with an object in which one must be predicted, for an empty one to count."""

OUTLINE_EXTRA = 0.05
"""IoU by which one outline of any shape must beat stretches and windows."""


@dataclass(frozen=True)
class _Stretch:
    """A run of rows (axis 0) or columns (1) in hundredths, `start` included, `stop` not; the value predicted in it."""

    axis: int
    start: int
    stop: int
    value: int

    @property
    def words(self) -> str:
        """The stretch in words."""
        sides = (("top", "bottom"), ("left", "right"))[self.axis]
        share = (self.stop - self.start) / GRID
        if self.start == 0:
            return f"the {sides[0]} {share:.0%}"
        if self.stop == GRID:
            return f"the {sides[1]} {share:.0%}"
        return f"a belt from {self.start / GRID:.0%} to {self.stop / GRID:.0%} of the {('height', 'width')[self.axis]}"


def unpredicted_region_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that a stretch of every photo is never predicted, though truths show objects there."""
    if len(evidence.cases) < FEWEST_PHOTOS:
        return []
    grids = [(resize_mask(c.truth, (GRID, GRID)), resize_mask(c.prediction, (GRID, GRID))) for c in evidence.cases]
    truths, predictions = np.stack([t for t, _ in grids]), np.stack([p for _, p in grids])
    stretches = [s for axis in (0, 1) for s in _constant(predictions, axis)]
    counts = {s: _missed(truths, predictions, s) for s in stretches}
    proven = [s for s in stretches if counts[s]]
    missed = max(counts.values(), default=0)
    straight = _stretches(evidence, (truths, predictions), proven, missed) if proven else []
    straight = straight or _windows(evidence, truths, predictions)
    outside = _outside(evidence, truths, predictions)
    recovered = max((h.finding.recovered_iou or 0.0 for h in straight), default=0.0)
    if outside and (not straight or (outside[0].finding.recovered_iou or 0.0) >= recovered + OUTLINE_EXTRA):
        return outside
    return straight


def _stretches(
    evidence: Evidence, grids: tuple[NDArray[np.uint8], NDArray[np.uint8]], proven: list[_Stretch], missed: int
) -> list[Hypothesis]:
    """Return the hypothesis that the proven stretches are never predicted; `grids` are the truths and predictions."""
    truths, predictions = grids
    gain = _gain(evidence, truths, predictions, [_cells(s) for s in proven])
    names = _names(evidence, proven)
    text = f"{_words(proven)} of every photo is {names}, though {missed} of {len(truths)} truths show objects there"
    return [Hypothesis(make_finding("pred-unfinished", text, recovered_iou=round(gain, 4)))]


def _windows(evidence: Evidence, truths: NDArray[np.uint8], predictions: NDArray[np.uint8]) -> list[Hypothesis]:
    """Return the hypothesis that a rectangle inside every photo is never predicted."""
    windows = unpredicted_windows(truths, predictions)
    if not windows:
        return []
    gain = _gain(evidence, truths, predictions, [(w.rows, w.columns) for w in windows])
    missed, outside = max(w.missed for w in windows), min(w.outside for w in windows)
    text = (
        f"{' and '.join(w.words for w in windows)} of every photo is {_names(evidence, windows)}, though {missed} of "
        f"{len(truths)} truths show objects there; right outside {outside:.0%} of them are predicted"
    )
    finding = make_finding("pred-unfinished", text, variant="window", recovered_iou=round(gain, 4))
    return [Hypothesis(finding)]


def _outside(evidence: Evidence, truths: NDArray[np.uint8], predictions: NDArray[np.uint8]) -> list[Hypothesis]:
    """Return the hypothesis that every prediction is cut by one outline of any shape."""
    found = unpredicted_outside(truths, predictions) if evidence.classes.background == 0 else None
    if found is None:
        return []
    gain = _gain(evidence, truths, predictions, [found.cells])
    text = (
        f"no prediction leaves one outline, outside of which lie {found.cells.mean():.0%} of each photo, though "
        f"{found.missed} of {len(truths)} truths show objects there that go on inside; right inside {found.beside:.0%} "
        "of them are predicted"
    )
    finding = make_finding("pred-unfinished", text, variant="region", recovered_iou=round(gain, 4))
    return [Hypothesis(finding)]


def _names(evidence: Evidence, places: Sequence[_Stretch | Window]) -> str:
    values = sorted({p.value for p in places})
    return some([repr(evidence.classes.names[v]) if v < len(evidence.classes) else str(v) for v in values])


def _cells(stretch: _Stretch) -> tuple[slice, slice]:
    """Return the rows and columns of a stretch."""
    run = slice(stretch.start, stretch.stop)
    return (run, slice(None)) if stretch.axis == 0 else (slice(None), run)


def _words(proven: list[_Stretch]) -> str:
    """Name the stretches: a frame where three sides or more are empty."""
    sides = [s for s in proven if s.start == 0 or s.stop == GRID]
    if len(sides) >= 3 and len(sides) == len(proven):
        return f"a frame of {min(s.stop - s.start for s in sides) / GRID:.0%} around the middle"
    return " and ".join(s.words for s in proven)


def _constant(predictions: NDArray[np.uint8], axis: int) -> list[_Stretch]:
    """Return runs of rows or columns that hold one value in every prediction."""
    lines = np.moveaxis(predictions, axis + 1, 0).reshape(GRID, -1)
    same = (lines == lines[:, :1]).all(axis=1)
    values = np.where(same, lines[:, 0].astype(int), -1)
    stretches, place = [], 0
    for value, run in groupby(values.tolist()):
        width = len(list(run))
        if value >= 0 and width >= LEAST_WIDTH:
            stretches.append(_Stretch(axis, place, place + width, value))
        place += width
    return stretches


def _missed(truths: NDArray[np.uint8], predictions: NDArray[np.uint8], stretch: _Stretch) -> int:
    """Return how many truths show something in the stretch; 0 where that may be chance.

    A belt may begin at any object, along either axis: where some objects are missed, one of them is soon without any.
    """
    other = (truths != stretch.value) & (truths != IGNORE)
    true = other.sum(axis=2 - stretch.axis)
    found = (other & (predictions != stretch.value)).sum(axis=2 - stretch.axis)
    width = stretch.stop - stretch.start
    left_over = stretch.start % width
    before = [(start, start + width) for start in range(left_over, stretch.start, width)]
    after = [(start, start + width) for start in range(stretch.stop, GRID - width + 1, width)]
    parts = [(true[:, a:b].sum(axis=1), found[:, a:b].sum(axis=1)) for a, b in (*before, *after)]
    drawn = [f[t > 0] >= LEAST_FOUND * t[t > 0] for t, f in parts]
    rate = float(np.concatenate(drawn).mean()) if sum(map(len, drawn)) else 0.0
    inner = slice(stretch.start + RIM * (stretch.start > 0), stretch.stop - RIM * (stretch.stop < GRID))
    missed = int((true[:, inner].sum(axis=1) > 0).sum())
    places = 1 if stretch.start == 0 or stretch.stop == GRID else 2 * int(other.any(axis=(1, 2)).sum())
    proves = missed >= FEWEST_PHOTOS and rate >= FOUND_ELSEWHERE and places * (1 - min(rate, 0.95)) ** missed < 0.02
    return missed if proves else 0


def _gain(
    evidence: Evidence,
    truths: NDArray[np.uint8],
    predictions: NDArray[np.uint8],
    places: Sequence[tuple[slice, slice] | NDArray[np.bool_]],
) -> float:
    """Return the IoU gained if the places were predicted as well as the rest: they are left out of the counts."""
    count = len(evidence.classes)
    without = truths.copy()
    for place in places:
        without[(slice(None), *place) if isinstance(place, tuple) else (slice(None), place)] = IGNORE
    before, after = (mean_iou(value_counts(t, predictions, count), evidence.classes) for t in (truths, without))
    return max(0.0, float(np.nan_to_num(after) - np.nan_to_num(before)))
