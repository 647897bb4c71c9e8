"""False alarms that fill whole tiles: each tile was normalised by itself."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Bools, resize_mask

MOST_PHOTOS = 24
"""Photos that are looked at."""
FEWEST_PHOTOS = 3
"""Photos that must be there."""
TILES_LEAST = 8
"""Tiles without an object, over all photos."""
STEP_PX = 16
"""Sides of tiles rise by this."""
SMALLEST_PX = 48
"""The smallest side of tiles that is looked for."""
FLANK_PX = 12
"""Rows or columns on each side that a line is compared with."""
NEAR_PX = 2
"""Changes so near to an object are errors at its boundary."""
LINES_LEAST = 4
"""Lines that must be there."""
RATIO_LEAST = 2.0
"""False alarms begin or end at lines so many times as often as beside them, over all lines."""
LINE_LEAST = 1.5
"""The same at a single line that stands out."""
MOST_LINES = 0.8
"""Share of the lines that must stand out."""
CLEAN = 0.01
"""Share of false pixels in a clean tile without an object, at most."""
FILLED = 0.05
"""Share of false pixels in a tile that is full of false alarms, at least."""
KINDS_LEAST = 0.15
"""Share of the tiles that must be clean, and full."""
BETWEEN_MOST = 0.25
"""Share of the tiles that may be neither."""
STRONG = 3.0
"""So many times as often at lines of tiles, changes prove tiles that all have false alarms."""
SHARES = (3, 4, 5, 7)
"""Parts of a tile at whose lines changes must not lie as clearly, as with squares of a coarse network."""

Counts = NDArray[np.float64]


def separate_tile_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that false alarms fill tiles without an object, and stop at their borders."""
    background = evidence.classes.background
    if background is None:
        return []
    false, shown = list[Bools](), list[Bools]()
    for case in spread_evenly(evidence.cases, MOST_PHOTOS):
        pair = case.reread()
        if pair.truth.shape != case.size_hw:
            return []
        guess = resize_mask(pair.prediction, case.size_hw)
        false.append(np.asarray((guess != background) & (pair.truth == background)))
        shown.append((pair.truth != background) & (pair.truth < len(evidence.classes)))
    if len(false) < FEWEST_PHOTOS:
        return []
    changes = [_changes(false, shown, axis) for axis in (0, 1)]
    sides = range(SMALLEST_PX, max(map(len, changes)) // 2 + 1, STEP_PX)
    found = [(ratio, -side) for side in sides if (ratio := _at_lines(changes, side)) >= RATIO_LEAST]
    if not found:
        return []
    ratio, negative = max(found)
    if _has_finer_squares(changes, -negative):
        return []
    return _filled_tiles(false, shown, -negative, ratio=ratio, strong=ratio >= STRONG)


def _filled_tiles(
    false: Sequence[Bools], shown: Sequence[Bools], side: int, *, ratio: float, strong: bool
) -> list[Hypothesis]:
    """Return the hypothesis if tiles without an object are clean or full of false alarms, or borders prove it."""
    rates = [pair for f, s in zip(false, shown, strict=True) for pair in _rates(f, s, side)]
    bare = np.array([rate for rate, has_object in rates if not has_object])
    if len(bare) < TILES_LEAST:
        return []
    clean, filled = float((bare < CLEAN).mean()), float((bare > FILLED).mean())
    of_two_kinds = min(clean, filled) >= KINDS_LEAST and 1 - clean - filled <= BETWEEN_MOST
    if not of_two_kinds and not (strong and filled >= KINDS_LEAST):
        return []
    text = (
        f"of {len(bare)} tiles of {side} px without an object, {filled:.0%} are full of false alarms"
        + (f" and {clean:.0%} clean" if of_two_kinds else "")
        + f"; false alarms begin or end at the borders of such tiles {ratio:.1f} times as often as beside them"
    )
    return [Hypothesis(make_finding("pred-seams", text, variant="normalised"))]


def _changes(false: Sequence[Bools], shown: Sequence[Bools], axis: int) -> Counts:
    """Return how often false alarms begin or end between rows (axis 0) or columns, away from objects."""
    total: Counts = np.zeros(max(one.shape[axis] for one in false))
    for one, of_object in zip(false, shown, strict=True):
        near = cv2.dilate(of_object.astype(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8)) > 0
        change = np.diff(one, axis=axis) & ~(near[1:] if axis == 0 else near[:, 1:])
        total[1 : one.shape[axis]] += change.sum(axis=1 - axis)
    return total


def _at_lines(changes: Sequence[Counts], side: int) -> float:
    """Return how many times as often changes lie at lines as beside them; 0 where too few lines stand out."""
    ratios = [r for of_axis in changes for r in _ratios(of_axis, range(side, len(of_axis), side))]
    middles = [r for of_axis in changes for r in _ratios(of_axis, range(side // 2, len(of_axis), side))]
    if len(ratios) < LINES_LEAST or np.mean(np.array(ratios) >= LINE_LEAST) < MOST_LINES:
        return 0.0
    return float(np.median(ratios)) if np.median(middles) < LINE_LEAST else 0.0


def _has_finer_squares(changes: Sequence[Counts], side: int) -> bool:
    """Tell whether false alarms also begin or end at lines that divide such tiles."""
    for parts in SHARES:
        lines = [
            [line for k in range(1, len(of_axis) * parts // side) if k % parts and (line := round(k * side / parts))]
            for of_axis in changes
        ]
        ratios = [r for of_axis, places in zip(changes, lines, strict=True) for r in _ratios(of_axis, places)]
        if ratios and np.median(ratios) >= LINE_LEAST:
            return True
    return False


def _ratios(changes: Counts, lines: Sequence[int]) -> list[float]:
    ratios = []
    for line in lines:
        beside = np.concatenate([changes[max(1, line - FLANK_PX) : line - 1], changes[line + 2 : line + FLANK_PX + 1]])
        if len(beside) >= FLANK_PX:
            ratios.append(float(changes[line] / max(np.median(beside), 1.0)))
    return ratios


def _rates(false: Bools, shown: Bools, side: int) -> list[tuple[float, bool]]:
    """Return of each whole tile the share of false alarms, and whether it shows an object."""
    high, wide = (length // side * side for length in false.shape)
    return [
        (float(false[y : y + side, x : x + side].mean()), bool(shown[y : y + side, x : x + side].any()))
        for y in range(0, high, side)
        for x in range(0, wide, side)
    ]
