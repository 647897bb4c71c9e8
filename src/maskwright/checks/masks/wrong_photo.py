"""Findings about masks that belong to other photos: exchanged among each other, or all of them the next frame's.

Along its true boundaries a mask meets the edges of its photo (coherence 1.7 to 2.2 on real photos), on another photo
it does not (0.65 to 0.8). Masks that fit their own photo badly are laid on the other photos, and the best assignment
of all of them tells whose they are.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maskwright.checks.scan import PhotoScan, own_fits
from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles
from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, CLEAR, alignments_with
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.natural_order import natural_key

BAD_FIT, BAD_SHARE = 1.05, 0.5
"""Masks that fit their own photo worse than this, or than half as well as is usual, are laid on others."""
MUST_GAIN, AHEAD = 0.45, 0.3
"""How much a mask must gain on another photo, where it must be CLEAR, and how far a third photo must stay behind."""
ALL_CROSSED = 40
MASKS_OF_MANY, PHOTOS_OF_MANY = 16, 240
"""Up to 40 masks are crossed with each other; of more, 16 with up to 240 photos."""
NEIGHBOURS = 2
UNANNOTATED_MOST = 20
LEAST, LONE_GAIN = 2, 0.7
MIN_MOVES_OF_FAINT = 3
"""Masks that must fit another photo where masks fit their own photos badly as a rule."""
MIN_MOVES_OF_SOME = 4
"""Masks that must fit another photo in that case where only some of the photos were tried."""
MIN_SHARE_OF_FAINT = 0.5
"""Share of the masks that must fit another photo in that case, in proportion to the photos that were tried."""
ONE_SCENE_MASKS, ONE_SCENE_SHARE = 6, 0.5
SAME_OFFSET_SHARE = 0.7
SIZES_KEPT = 4
"""Sizes of photos for which the reduced masks are kept in memory."""

MasksOn = Callable[[tuple[int, int], tuple[int, int]], Sequence[Mask | None]]
"""Gives all masks as they would lie on a photo of the first size, reduced to the second; None where that cannot be."""


@dataclass(frozen=True, kw_only=True)
class _Exchange:
    """A mask that fits another photo: the sample it is given to, the one it fits, and both strengths."""

    given: str
    fits: str
    before: float
    after: float


def exchange_findings(dataset: Dataset, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return a finding where masks fit other photos clearly better than their own; a note where edges cannot tell.

    A mask is given to a photo that has none, or whose own mask fits it badly, too. Where most masks fit their photos,
    two such masks are named that exchange their places, or one that gains much on a photo without a mask. Where they
    do not, at least half of them must fit other photos: regular patterns meet edges here and there by chance.
    """
    own = own_fits(scans)
    if len(own) < LEAST:
        return []
    usual = float(np.median(list(own.values())))
    bad = [name for name, fit in own.items() if fit < max(BAD_FIT, BAD_SHARE * usual)]
    order = sorted((sample.name for sample in dataset.samples), key=natural_key)
    masks, photos = _candidates(dataset, bad, order)
    moves = _moves(dataset, masks, photos) if bad else []
    # A photo that its own mask fits needs no other: a lone mask meets some photo's edges by chance.
    moves = [move for move in moves if move.fits not in own or move.fits in bad]
    if len(moves) <= LEAST:
        moves = _without_open_ends(moves, annotated=own)
    if usual >= CLEAR:
        bare = any(move.fits not in own and move.after - move.before > LONE_GAIN for move in moves)
        enough = 1 if bare else LEAST
    else:
        crossed_share = min(1.0, len(photos) / len(order))
        least = MIN_MOVES_OF_FAINT if crossed_share == 1 else MIN_MOVES_OF_SOME
        enough = max(least, round(MIN_SHARE_OF_FAINT * crossed_share * len(masks)))
    if len(moves) >= enough:
        names = [move.given for move in moves] if usual >= CLEAR else bad
        return [_finding(moves, names, order, crossed=len(masks))]
    return _unknown(dataset, [name for name, fit in own.items() if fit >= CLEAR]) if usual >= CLEAR else []


def _without_open_ends(moves: Sequence[_Exchange], *, annotated: Collection[str]) -> list[_Exchange]:
    """Return the moves onto photos without a mask, or whose own mask moves too: photos of one place fit by chance."""
    kept = list(moves)
    while True:
        given = {move.given for move in kept}
        closed = [move for move in kept if move.fits not in annotated or move.fits in given]
        if len(closed) == len(kept):
            return kept
        kept = closed


def _unknown(dataset: Dataset, clear: Sequence[str]) -> list[Finding]:
    """Return a note where masks fit other photos about as well as their own, as in pictures of one scene."""
    names = spread_evenly(clear, ONE_SCENE_MASKS)
    samples = {sample.name: sample for sample in dataset.samples}
    masks_on = _masks_on(dataset, [samples[name] for name in names])
    table = np.array([_fits_on(dataset, samples[name], masks_on=masks_on, count=len(names)) for name in names]).T
    own = np.diag(table).copy()
    np.fill_diagonal(table, np.nan)
    compared = np.isfinite(table).any(axis=1)
    if compared.sum() < LEAST:
        return []
    others = np.nanmedian(table[compared], axis=1)
    alike = own[compared] - others < MUST_GAIN
    if alike.mean() < ONE_SCENE_SHARE:
        return []
    evidence = (
        f"masks meet edges of strength {np.median(own[compared]):.2f} on their own photos and of "
        f"{np.median(others):.2f} on others: the photos show one scene"
    )
    return [make_finding("not-checked", evidence, variant="exchange")]


def _candidates(dataset: Dataset, bad: Sequence[str], order: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the masks to lay on other photos, by the sample they are given to, and these photos."""
    place = {name: i for i, name in enumerate(order)}
    bare = [s.name for s in dataset.samples if s.truth is None and s.size_hw is not None][:UNANNOTATED_MOST]
    many = len(bad) > ALL_CROSSED
    masks = spread_evenly(bad, MASKS_OF_MANY if many else ALL_CROSSED)
    near = [
        order[i]
        for name in masks
        for i in range(place[name] - NEIGHBOURS, place[name] + NEIGHBOURS + 1)
        if 0 <= i < len(order)
    ]
    sparse = [order[place] for place in _scaled_places(dataset, masks, order)]
    return masks, list(
        dict.fromkeys([*masks, *near, *sparse, *bare, *spread_evenly(bad, PHOTOS_OF_MANY if many else ALL_CROSSED)])
    )


def _scaled_places(dataset: Dataset, masks: Sequence[str], order: Sequence[str]) -> list[int]:
    """Return the places of the photos that masks have where every n-th frame was drawn and masks were renumbered."""
    annotated = {sample.name for sample in dataset.samples if sample.truth is not None}
    rank = {name: i for i, name in enumerate(name for name in order if name in annotated)}
    if len(rank) < LEAST or len(order) < 2 * len(rank):
        return []
    steps = (len(order) // len(rank), (len(order) - 1) / (len(rank) - 1))
    return [round(rank[name] * step) for name in masks for step in steps]


def _moves(dataset: Dataset, masks: Sequence[str], photos: Sequence[str]) -> list[_Exchange]:
    """Return the masks that the best assignment gives to another photo, where that is clear beyond doubt."""
    samples = {sample.name: sample for sample in dataset.samples}
    masks_on = _masks_on(dataset, [samples[name] for name in masks])
    columns = in_threads(lambda name: _fits_on(dataset, samples[name], masks_on=masks_on, count=len(masks)), photos)
    table = np.nan_to_num(np.array(columns, dtype=np.float64).T)
    own = np.array([table[i, photos.index(name)] for i, name in enumerate(masks)])
    from scipy.optimize import linear_sum_assignment  # takes half a second to load, and few datasets need it

    rows, assigned = linear_sum_assignment(-table)
    moves = []
    for i, j in zip(rows, assigned, strict=True):
        others = np.delete(table[i], [j, photos.index(masks[i])] if photos[j] != masks[i] else [j])
        third = float(others.max(initial=0.0))
        value = float(table[i, j])
        if photos[j] != masks[i] and value > CLEAR and value - own[i] > MUST_GAIN and value - third > AHEAD:
            moves.append(_Exchange(given=masks[i], fits=photos[j], before=float(own[i]), after=value))
    return moves


def _masks_on(dataset: Dataset, drawn: Sequence[Sample]) -> MasksOn:
    """Return what gives all the masks as they would lie on a photo of one size; photos of one size share them."""

    @lru_cache(maxsize=SIZES_KEPT)
    def masks_on(full_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[Mask | None, ...]:
        return tuple(_mask_on(dataset, sample, full_hw, size_hw) for sample in drawn)

    return masks_on


def _fits_on(dataset: Dataset, photo_of: Sample, *, masks_on: MasksOn, count: int) -> NDArray[np.float64]:
    """Return how each mask fits one photo; NaN where it cannot be that photo's, since its size is another."""
    assert photo_of.size_hw is not None
    try:
        photo = dataset.photo(photo_of, long_side_px=ALIGNMENT_PX)
    except DataError:
        return np.full(count, np.nan)
    return np.array(alignments_with(photo, masks_on(photo_of.size_hw, (photo.shape[0], photo.shape[1]))))


def _mask_on(dataset: Dataset, sample: Sample, full_hw: tuple[int, int], size_hw: tuple[int, int]) -> Mask | None:
    """Return the sample's mask as it would lie on a photo of size `full_hw`, reduced to `size_hw`."""
    if isinstance(sample.truth, Shapes):
        return dataset.mapped(paint(sample.truth.shapes, full_hw, size_hw))
    if not isinstance(sample.truth, MaskFile | MaskFiles) or sample.size_hw != full_hw:
        return None
    try:
        return resize_mask(dataset.mask(sample), size_hw)
    except DataError:
        return None


def _finding(moves: Sequence[_Exchange], names: Sequence[str], order: Sequence[str], *, crossed: int) -> Finding:
    """Return the finding about the photos `names`: where most masks fit badly, all of those that do."""
    place = {name: i for i, name in enumerate(order)}
    offsets = Counter(place[move.fits] - place[move.given] for move in moves)
    offset, count = offsets.most_common(1)[0]
    before, after = np.mean([move.before for move in moves]), np.mean([move.after for move in moves])
    pairs = some([f"{move.given}'s mask fits {move.fits}" for move in moves], most=12)
    strengths = f"edges of strength {after:.2f} there, {before:.2f} on the photo they are given to"
    evidence = f"{len(moves)} of {crossed} masks laid on other photos: {strengths}: {pairs}"
    if len(moves) > LEAST and count >= SAME_OFFSET_SHARE * len(moves):
        where = f"{abs(offset)} {'photo' if abs(offset) == 1 else 'photos'} {'before' if offset < 0 else 'after'}"
        return make_finding(
            "mask-exchanged",
            evidence,
            photos=names,
            variant="next",
            values={"where": where, "pairing": f"number{-offset:+d}"},
        )
    return make_finding("mask-exchanged", evidence, photos=names)
