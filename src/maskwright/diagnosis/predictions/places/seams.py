"""Errors along the borders of tiles: tiles without overlap, each unsure at its edge."""

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, spread
from maskwright.diagnosis.hypotheses.counterfactual import Hypothesis
from maskwright.findings.finding import make_finding
from maskwright.imaging.geometry import resize_mask

MOST_PHOTOS = 16
REACH_PX, FLANK_PX = 3, 14
SMALLEST_TILE_PX = 24
LEAST_RATIO, LEAST_LINE = 1.8, 1.3
FEWEST_LINES, MOST_OF_PHOTOS = 4, 0.75
"""Errors at the seams against those beside them: over all seams, and at each; healthy photos have 0.9 to 1.05."""

Errors = NDArray[np.float64]


def seams(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that errors lie along the borders of tiles of one size."""
    sizes = [case.size_hw for case in evidence.cases]
    if len(sizes) < 3:
        return []
    common = max(set(sizes), key=sizes.count)
    cases = spread(tuple(c for c in evidence.cases if c.size_hw == common), MOST_PHOTOS)
    if len(cases) < 3:
        return []
    profiles: list[tuple[Errors, Errors]] = []
    for case in cases:
        pair = case.reread()
        if pair.truth.shape != common:  # only small copies were kept
            return []
        wrong = (resize_mask(pair.prediction, common) != pair.truth) & (pair.truth < len(evidence.classes))
        profiles.append((wrong.mean(axis=1), wrong.mean(axis=0)))
    together = (np.sum([rows for rows, _ in profiles], axis=0), np.sum([columns for _, columns in profiles], axis=0))
    best = max(_candidates(*together), default=None)
    if best is None or _share_with_seams(profiles, best[1]) < MOST_OF_PHOTOS:
        return []
    ratio, tile_px, count = best
    text = (
        f"at the borders of tiles of {tile_px} px ({count} lines in every photo) errors are {ratio:.1f} times as "
        "frequent as beside them"
    )
    return [Hypothesis(make_finding("pred-seams", text, values={"tile": tile_px}))]


def _candidates(rows: Errors, columns: Errors) -> list[tuple[float, int, int]]:
    found = []
    shortest = min(len(rows), len(columns))
    for tile in range(SMALLEST_TILE_PX, max(len(rows), len(columns)) // 2 + 1):
        if tile > shortest and tile > max(len(rows), len(columns)) // 2:
            continue
        lines = [r for errors in (rows, columns) for r in _lines(errors, tile)]
        if len(lines) >= FEWEST_LINES and min(lines) >= LEAST_LINE and float(np.median(lines)) >= LEAST_RATIO:
            found.append((float(np.median(lines)), tile, len(lines)))
    return found


def _share_with_seams(profiles: list[tuple[Errors, Errors]], tile_px: int) -> float:
    """Return in which share of the photos errors gather at the borders of such tiles: one photo alone proves none."""
    ratios = [[r for errors in photo for r in _lines(errors, tile_px)] for photo in profiles]
    return float(np.mean([np.mean(lines) >= LEAST_LINE for lines in ratios]))


def _lines(errors: Errors, tile_px: int) -> list[float]:
    """Return for each inner multiple of the tile's side the errors near it, against those beside it."""
    ratios = []
    floor = 0.05 * float(errors.mean()) + 1e-6
    for middle in range(tile_px, len(errors) - REACH_PX, tile_px):
        near = errors[max(0, middle - REACH_PX) : middle + REACH_PX]
        flanks = np.concatenate(
            [
                errors[max(0, middle - FLANK_PX) : max(0, middle - 2 * REACH_PX - 1)],
                errors[middle + 2 * REACH_PX + 1 : middle + FLANK_PX],
            ]
        )
        if len(flanks):
            ratios.append((float(near.mean()) + floor) / (float(flanks.mean()) + floor))
    return ratios
