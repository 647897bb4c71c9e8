"""Borders of tiles on which nothing is ever predicted: their margin was cut off, or the network drew none there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou_or_zero
from maskwright.diagnosis.hypotheses.tiles.seams import MOST_PHOTOS, SMALLEST_TILE_PX
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, iou_of
from maskwright.evaluation.metrics import value_counts
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding
from maskwright.imaging.mask_geometry import Mask, resize_mask

FEWEST_PX = 60
"""True pixels of objects that must lie on the blank lines, over all photos."""
FEWEST_LINES = 4
"""Lines that must cross some."""
BLANK = 0.05
"""Drawn pixels against true ones on the lines, at most."""
DRAWN_ELSEWHERE = 0.5
"""Drawn pixels against true ones elsewhere, at least: objects are found there."""


@dataclass(frozen=True)
class _Profile:
    """Object pixels by row (axis 0) or column (1) of one photo: drawn and true."""

    drawn: NDArray[np.float64]
    true: NDArray[np.float64]


def blank_line_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the hypothesis that nothing is predicted along the borders of tiles of one size."""
    background = evidence.classes.background
    pairs = [case.reread() for case in spread_evenly(evidence.cases, MOST_PHOTOS)]
    if background is None or len(pairs) < 3:
        return []
    masks = [(p.truth, resize_mask(p.prediction, p.truth.shape)) for p in pairs]
    profiles = _added([p for t, guess in masks for p in _profiles(t, guess, background, len(evidence.classes))])
    longest = max(len(p.true) for p in profiles)
    blank = [tile for tile in range(SMALLEST_TILE_PX, longest // 2 + 1) if _is_blank(profiles, tile, 1)]
    if not blank:
        return []
    tile = min(blank)
    width = next(w for w in range(1, tile) if w + 1 == tile or not _is_blank(profiles, tile, w + 1))
    before, after = iou_of(evidence), _without_lines(masks, tile, width, evidence)
    text = (
        f"along the borders of tiles of {tile} px nothing is predicted, {width} px to each side, though truths show "
        f"objects there; without these lines the IoU is {after:.3f} in place of {np.nan_to_num(before):.3f}"
    )
    gain = round(max(0.0, float(after - np.nan_to_num(before))), 4)
    return [Hypothesis(make_finding("pred-seams", text, values={"tile": tile}, recovered_iou=gain))]


def _profiles(truth: Mask, guess: Mask, background: int, count: int) -> list[_Profile]:
    true, drawn = (truth != background) & (truth < count), guess != background
    return [_Profile(drawn.sum(axis=1 - axis).astype(float), true.sum(axis=1 - axis).astype(float)) for axis in (0, 1)]


def _added(profiles: list[_Profile]) -> list[_Profile]:
    """Return one profile for each length: photos of one size have their tiles at the same places."""
    lengths = sorted({len(p.true) for p in profiles})
    groups = [[p for p in profiles if len(p.true) == length] for length in lengths]
    return [_Profile(np.sum([p.drawn for p in g], axis=0), np.sum([p.true for p in g], axis=0)) for g in groups]


def _is_blank(profiles: list[_Profile], tile_px: int, width_px: int) -> bool:
    """Tell whether nothing is drawn within so many px of inner multiples of the tile, and objects are elsewhere."""
    on, off, lines = np.zeros(2), np.zeros(2), 0
    for profile in profiles:
        place = np.arange(len(profile.true))
        apart = (place + width_px) % tile_px
        near = (apart < 2 * width_px) & (place >= tile_px - width_px)
        on += (profile.drawn[near].sum(), profile.true[near].sum())
        off += (profile.drawn[~near].sum(), profile.true[~near].sum())
        lines += len({int((p + width_px) // tile_px) for p in place[near & (profile.true > 0)]})
    if on[1] < FEWEST_PX or lines < FEWEST_LINES:
        return False
    return bool(on[0] <= BLANK * on[1] and off[0] >= DRAWN_ELSEWHERE * off[1])


def _without_lines(masks: list[tuple[Mask, Mask]], tile_px: int, width_px: int, evidence: Evidence) -> float:
    """Return the IoU of everything but the blank lines."""
    count = len(evidence.classes)
    total = np.zeros((count, 256), dtype=np.int64)
    for truth, guess in masks:
        y, x = ((np.arange(side) + width_px) % tile_px >= 2 * width_px for side in truth.shape)
        total += value_counts(truth[y][:, x], guess[y][:, x], count)
    return mean_iou_or_zero(total, evidence.classes)
