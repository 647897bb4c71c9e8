"""Findings about masks that were rotated or mirrored each by itself, as augmentation with two seeds leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.checks.masks.swapped_masks import BAD_FIT
from maskwright.checks.scan import PhotoScan, own_fits
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, DEGREES, alignments_when_rotated
from maskwright.imaging.mask_geometry import resize_mask
from maskwright.thread_pool import in_threads

TRIED_MOST, LEAST, SHARE = 8, 3, 0.5
STANDS_OUT, CLEARLY_BETTER = 5.5, 0.25
"""By how many deviations of all rotations the best one must stand out, and how much stronger its edges must be."""
NAMED_MOST = 3


@dataclass(frozen=True)
class _Turn:
    """The rotation under which a mask fits its photo, in words, and the strength of edges there and as it is."""

    name: str
    words: str
    after: float
    before: float


def own_turn_findings(dataset: Dataset, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return whether masks that lie on no edges do when each is rotated or mirrored by an amount of its own.

    Up to 8 photos are tried, where at least half of the masks lie on no edges.
    """
    own = own_fits(scans)
    bad = [name for name, fit in own.items() if fit < BAD_FIT]
    if len(bad) < max(LEAST, SHARE * len(own)):
        return []
    chosen = set(spread_evenly(bad, TRIED_MOST))
    turns = in_threads(lambda s: _turn(dataset, s), [s for s in dataset.samples if s.name in chosen])
    clear = [turn for turn in turns if turn is not None]
    if len(clear) < max(LEAST, SHARE * len(chosen)):
        return []
    examples = "; ".join(
        f"{t.name} {t.words}: edges of strength {t.after:.2f}, not {t.before:.2f}" for t in clear[:NAMED_MOST]
    )
    evidence = (
        f"{len(bad)} of {len(own)} masks lie on no edges of their photos; "
        f"of {len(chosen)} that were tried, {len(clear)} do when each is moved by itself: {examples}"
    )
    return [make_finding("mask-turned", evidence, variant="own", photos=bad)]


def _turn(dataset: Dataset, sample: Sample) -> _Turn | None:
    """Return the rotation under which the mask of a sample fits; None where none stands out, or it cannot be read."""
    try:
        photo = dataset.photo(sample, long_side_px=ALIGNMENT_PX)
        mask = resize_mask(dataset.mask(sample), (photo.shape[0], photo.shape[1]))
    except DataError:
        return None
    fits = alignments_when_rotated(photo, mask)
    if not np.isfinite(fits).all():
        return None
    before = float(fits[0, DEGREES.index(0)])
    mirrored, place = (int(i) for i in np.unravel_index(np.argmax(fits), fits.shape))
    after = float(fits[mirrored, place])
    stands_out = after - float(np.median(fits)) >= STANDS_OUT * float(fits.std())
    if not stands_out or after - before < CLEARLY_BETTER:
        return None
    moves = ["mirrored"] * mirrored + [f"rotated by {DEGREES[place]} degrees"] * (DEGREES[place] != 0)
    return _Turn(sample.name, " and ".join(moves), after, before)
