"""Findings about masks that were moved each by itself, as augmentation with two seeds leaves them.

They are shifted, or rotated and mirrored, by an amount of their own, all of them or those of augmented copies.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from maskwright.checks.masks.wrong_photo import BAD_FIT, BAD_SHARE
from maskwright.checks.scan import PhotoScan, own_fits
from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.edge_alignment import (
    ALIGNMENT_PX,
    CLEAR,
    DEGREES,
    alignments_when_rotated,
    alignments_when_shifted,
)
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.photos import Photo

MAX_TRIED = 8
"""Masks on no edges for which a move is looked for."""
MIN_BAD = 3
"""Masks that must lie on no edges, and moves that must be found."""
MIN_MOVED_SHARE = 0.5
"""Share of the masks tried for which a move must be found."""
MIN_BAD_SHARE = 0.1
"""Share of all masks that must lie on no edges."""
MIN_ROTATION_PEAK = 5.5
"""Standard deviations over all rotations by which the best one must exceed their median."""
MIN_ROTATION_GAIN = 0.25
"""How much stronger the edges must be under the best rotation."""
MAX_SHIFT_SHARE = 0.25
"""How far shifts are looked for, in shares of the photo's long side."""
MIN_SHIFT_GAIN = 0.45
"""How much stronger the edges must be under the best shift."""
MAX_OTHER_SHIFT_SHARE = 0.8
"""Strength that any shift away from the best one may reach, as a share of the best."""
NEAR_STEPS = 3
"""Steps of the search that are still near to the best shift, in rows and in columns."""
MAX_EXAMPLES = 3
"""Moves that the evidence describes."""
MAX_WORD_ELSEWHERE = 0.2
"""A word marks the bad masks if other names hold it at most this often, as a share of their number."""


@dataclass(frozen=True, kw_only=True)
class _UndoneMove:
    """What undoes the move of a mask, in words, whether it is a shift, and the strength of edges as it is and there."""

    name: str
    words: str
    is_shift: bool
    before: float
    after: float


def own_turn_findings(dataset: Dataset, scans: Sequence[PhotoScan]) -> list[Finding]:
    """Return a finding where masks lie on no edges but do when each is shifted, or rotated and mirrored, by itself.

    Up to 8 photos are tried, where three masks or more, and a tenth of all, lie on no edges.
    """
    own = own_fits(scans)
    limit = max(BAD_FIT, BAD_SHARE * float(np.median(list(own.values())))) if own else 0.0
    bad = [name for name, fit in own.items() if fit < limit]
    if len(bad) < max(MIN_BAD, MIN_BAD_SHARE * len(own)):
        return []
    chosen = set(spread_evenly(bad, MAX_TRIED))
    moves = in_threads(lambda s: _move(dataset, s), [s for s in dataset.samples if s.name in chosen])
    clear = [move for move in moves if move is not None]
    if len(clear) < max(MIN_BAD, MIN_MOVED_SHARE * len(chosen)):
        return []
    examples = "; ".join(
        f"{m.name} {m.words}: edges of strength {m.after:.2f}, not {m.before:.2f}" for m in clear[:MAX_EXAMPLES]
    )
    evidence = (
        f"{len(bad)} of {len(own)} masks lie on no edges of their photos{marked_words(bad, set(own) - set(bad))}; "
        f"of {len(chosen)} that were tried, {len(clear)} do when each is moved by itself: {examples}"
    )
    shifts = sum(move.is_shift for move in clear)
    code = "mask-shifted" if 2 * shifts > len(clear) else "mask-turned"
    return [make_finding(code, evidence, variant="own", photos=bad)]


def marked_words(bad: Sequence[str], others: Collection[str]) -> str:
    """Say which word all names of the bad masks hold and hardly any other does, as those of augmented copies do."""
    words = set.intersection(*map(_words_of, bad))
    elsewhere = Counter(word for name in others for word in _words_of(name))
    marks = sorted(word for word in words if others and elsewhere[word] <= MAX_WORD_ELSEWHERE * len(bad))
    return f" (all with {marks[0]!r} in their names)" if marks else ""


def _words_of(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+|[0-9]+", PurePath(name).stem.lower()))


def _move(dataset: Dataset, sample: Sample) -> _UndoneMove | None:
    """Return the move under which the mask of a sample fits; None where none stands out, or it cannot be read."""
    try:
        photo = dataset.photo(sample, long_side_px=ALIGNMENT_PX)
        mask = resize_mask(dataset.mask(sample), (photo.shape[0], photo.shape[1]))
    except DataError:
        return None
    return _shift(sample.name, photo, mask) or _turn(sample.name, photo, mask)


def _shift(name: str, photo: Photo, mask: Mask) -> _UndoneMove | None:
    shifted = alignments_when_shifted(photo, mask, reach=MAX_SHIFT_SHARE)
    if shifted is None:
        return None
    fits, step_px = np.nan_to_num(shifted[0]), shifted[1]
    middle = fits.shape[0] // 2
    row, column = (int(i) for i in np.unravel_index(np.argmax(fits), fits.shape))
    before, after = float(fits[middle, middle]), float(fits[row, column])
    near = tuple(slice(max(0, at - NEAR_STEPS), at + NEAR_STEPS + 1) for at in (row, column))
    fits[near] = 0
    if after < CLEAR or after - before < MIN_SHIFT_GAIN or fits.max() > MAX_OTHER_SHIFT_SHARE * after:
        return None
    right, down = ((at - middle) * step_px / max(mask.shape) for at in (column, row))
    words = f"moved by {right:+.0%} of the long side to the right and {down:+.0%} down"
    return _UndoneMove(name=name, words=words, is_shift=True, before=before, after=after)


def _turn(name: str, photo: Photo, mask: Mask) -> _UndoneMove | None:
    fits = alignments_when_rotated(photo, mask)
    if not np.isfinite(fits).all():
        return None
    before = float(fits[0, DEGREES.index(0)])
    mirrored, place = (int(i) for i in np.unravel_index(np.argmax(fits), fits.shape))
    after = float(fits[mirrored, place])
    stands_out = after - float(np.median(fits)) >= MIN_ROTATION_PEAK * float(fits.std())
    if not stands_out or after - before < MIN_ROTATION_GAIN:
        return None
    moves = ["mirrored"] * mirrored + [f"rotated by {DEGREES[place]} degrees"] * (DEGREES[place] != 0)
    return _UndoneMove(name=name, words=" and ".join(moves), is_shift=False, before=before, after=after)
