"""Errors along the borders of tiles: tiles without overlap, each unsure at its edge."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.undo.undone_evidence import Hypothesis
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import resize_mask

MOST_PHOTOS = 16
"""Photos that are looked at."""
REACH_PX = 3
"""Errors so near to a line lie at the seam."""
FLANK_PX = 14
"""Errors up to so far from it lie beside the seam."""
SMALLEST_TILE_PX = 24
"""The smallest side of tiles that is looked for."""
LEAST_RATIO = 1.8
"""Errors at the seams against those beside them, over all seams; healthy photos have 0.9 to 1.05."""
LEAST_LINE = 1.3
"""The same at each seam."""
FEWEST_LINES = 4
"""Seams that must be there."""
MOST_OF_PHOTOS = 0.75
"""Share of the photos that must show them."""
USUAL_STEP_PX = 16
"""Usual sides of tiles are multiples of this. Lines of such a side prove seams at a smaller ratio where all photos have
one size: healthy ones of one size have at most 1.25 there, of many sizes up to 3.1."""
SOME_LINES = 6
"""Lines of a usual side that are enough if each has MANY_RATIO."""
MANY_LINES = 8
"""Lines of a usual side that are enough if all together have MANY_RATIO."""
MANY_RATIO = 1.4
"""That smaller ratio."""
MOST_LINES = 0.8
"""Share of the many lines that must exceed LEAST_LINE."""

Errors = NDArray[np.float64]


def seam_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that errors lie along the borders of tiles of one size."""
    profiles: list[tuple[Errors, Errors]] = []
    for case in spread_evenly(evidence.cases, MOST_PHOTOS):
        pair = case.reread()
        if pair.truth.shape != case.size_hw:  # only small copies were kept
            return []
        wrong = (resize_mask(pair.prediction, case.size_hw) != pair.truth) & (pair.truth < len(evidence.classes))
        profiles.append((wrong.mean(axis=1), wrong.mean(axis=0)))
    if len(profiles) < 3:
        return []
    best = max(_candidates(profiles), default=None)
    if best is None or _share_with_seams(profiles, best[1]) < MOST_OF_PHOTOS:
        return []
    ratio, tile_px, count = best
    text = (
        f"at the borders of tiles of {tile_px} px (about {count} lines in a photo) errors are {ratio:.1f} times as "
        "frequent as beside them"
    )
    return [Hypothesis(make_finding("pred-seams", text, values={"tile": tile_px}))]


def _candidates(profiles: list[tuple[Errors, Errors]]) -> list[tuple[float, int, int]]:
    """Return the sides of tiles at whose borders errors gather: how much, the side, and the lines in a photo.

    Photos of one size are added up first; of others each photo's lines are compared. Lines at the photo's own edge,
    where tiles of any side end, count only where the others prove no side.
    """
    found = []
    groups = [(_added([p[0] for p in profiles]), _added([p[1] for p in profiles]))] if _one_size(profiles) else profiles
    longest = max(len(errors) for photo in groups for errors in photo)
    for edge_px in (FLANK_PX, REACH_PX):
        for tile in range(SMALLEST_TILE_PX, longest // 2 + 1):
            lines = [r for photo in groups for errors in photo for r in _lines(errors, tile, edge_px)]
            if len(groups) > 1:
                lines = _middles(groups, tile, edge_px)
            if _are_seams(lines, tile, one_size=len(groups) == 1):
                found.append((float(np.median(lines)), tile, len(lines)))
        if found:
            return found
    return found


def _are_seams(lines: Sequence[float], tile_px: int, *, one_size: bool) -> bool:
    """Tell whether errors gather at the lines of tiles: at all by much, or at most of many lines of a usual side."""
    if len(lines) < FEWEST_LINES:
        return False
    ratio = float(np.median(lines))
    if min(lines) >= LEAST_LINE and ratio >= LEAST_RATIO:
        return True
    is_usual = one_size and tile_px % USUAL_STEP_PX == 0
    if is_usual and len(lines) >= SOME_LINES and min(lines) >= MANY_RATIO:
        return True
    return (
        is_usual
        and len(lines) >= MANY_LINES
        and ratio >= MANY_RATIO
        and float(np.mean(np.array(lines) >= LEAST_LINE)) >= MOST_LINES
    )


def _one_size(profiles: list[tuple[Errors, Errors]]) -> bool:
    return len({(len(rows), len(columns)) for rows, columns in profiles}) == 1


def _added(errors: list[Errors]) -> Errors:
    return np.asarray(np.sum(errors, axis=0))


def _middles(groups: list[tuple[Errors, Errors]], tile_px: int, edge_px: int) -> list[float]:
    """Return for each line of tiles the mean of what the photos that have it show there, where most have it."""
    middles = []
    for axis in (0, 1):
        of_photos = [_lines(photo[axis], tile_px, edge_px) for photo in groups]
        for place in range(max(map(len, of_photos))):
            ratios = [lines[place] for lines in of_photos if len(lines) > place]
            if len(ratios) >= len(groups) / 2:
                middles.append(float(np.mean(ratios)))
    return middles


def _share_with_seams(profiles: list[tuple[Errors, Errors]], tile_px: int) -> float:
    """Return in which share of the photos errors gather at the borders of such tiles: one photo alone proves none."""
    ratios = [[r for errors in photo for r in _lines(errors, tile_px)] for photo in profiles]
    return float(np.mean([np.mean(lines) >= LEAST_LINE for lines in ratios if lines]))


def _lines(errors: Errors, tile_px: int, edge_px: int = REACH_PX) -> list[float]:
    """Return for each inner multiple of the tile's side the errors near it, against those beside it."""
    sums = np.concatenate([[0.0], np.cumsum(errors)])
    floor = 0.05 * float(sums[-1]) / len(errors) + 1e-6
    ratios = []
    for middle in range(tile_px, len(errors) - edge_px, tile_px):
        near, before, after = (
            (max(0, middle - REACH_PX), middle + REACH_PX),
            (max(0, middle - FLANK_PX), max(0, middle - 2 * REACH_PX - 1)),
            (min(len(errors), middle + 2 * REACH_PX + 1), min(len(errors), middle + FLANK_PX)),
        )
        width = before[1] - before[0] + after[1] - after[0]
        if width:
            beside = sum(sums[stop] - sums[start] for start, stop in (before, after)) / width
            ratios.append(float((sums[near[1]] - sums[near[0]]) / (near[1] - near[0]) + floor) / float(beside + floor))
    return ratios
