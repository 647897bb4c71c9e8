"""Whether two photos show overlapping pieces of one picture, as tiles that were cut with overlap do."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from maskwright.datasets.compared_photos import Thumbnail
from maskwright.datasets.copies.near_copies import MIN_COMMON_VIEW_SHARE, THUMBNAIL_PX, detail_of

COARSE_PX = 32
"""Every shift is tried on thumbnails of this side; the best is measured on whole ones."""
STEP = THUMBNAIL_PX // COARSE_PX
MIN_SHIFT_PX = 8
"""Pixels of the thumbnail by which pieces must lie apart: what lies nearer is a near copy."""
MIN_SHARED_AREA = 0.1
"""Share of their area that two pieces must have in common."""
MIN_COARSE_CORRELATION = 0.4
"""Correlation of the reduced pieces from which on a shift is measured on whole thumbnails."""
MAX_TRIED = 8
"""Other photos that are tried for one photo, the most alike first."""
MIN_CORRELATION = 0.8
"""Shared pixels correlate so well. Photos of different views reach 0.66, those of one tile in another light 0.84."""
MAX_BRIGHTNESS_LEVELS = 2.0
"""Grey levels by which shared pixels may differ on average; in another light of one tile it is 11."""
MIN_DETAIL_LEVELS = 4.0
"""Standard deviation of the shared pixels, in grey levels: where they hardly vary, nothing is proved."""
SAME_IN_MOST = 0.78
"""What correlates once detail is cut at its median: one strong edge, as around an eyepiece, must not decide. The same
pixels saved as JPEG twice have 0.83 and more, edges of the view that happen to meet up to 0.71."""

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Overlap:
    """How far the second photo lies from the first, in shares of its height and width, and how their pixels agree."""

    down: float
    right: float
    correlation: float


@dataclass(frozen=True)
class Pieces:
    """Photos made ready to be compared: grey thumbnails, their detail without what all share, and coarse spectra."""

    thumbs: Sequence[Thumbnail]
    details: Sequence[Values]
    spectra: NDArray[np.complex64]
    behind: Values
    before: Values


def prepared(thumbs: Sequence[Thumbnail], shared: Values) -> Pieces:
    """Return the thumbnails ready for `overlap_of`; `shared` is the detail that all photos have."""
    details = [np.asarray(detail_of(thumb) - shared, dtype=np.float32) for thumb in thumbs]
    reduced = [cv2.resize(d, (COARSE_PX, COARSE_PX), interpolation=cv2.INTER_AREA) for d in details]
    small: Values = np.stack(reduced).astype(np.float32)
    ones = _spectrum(np.ones((1, COARSE_PX, COARSE_PX), np.float32))
    power = _spectrum(small**2)
    behind, before = _correlated(power, ones), _correlated(ones, power)
    return Pieces(thumbs, details, _spectrum(small), behind, before)


def shared_detail(thumbs: Sequence[Thumbnail]) -> Values:
    """Return the detail that most photos share, as through one eyepiece; 0 where there is none to speak of."""
    details = np.stack([detail_of(thumb) for thumb in thumbs])
    median = np.median(details, axis=0)
    is_view = median.std() > MIN_COMMON_VIEW_SHARE * np.median(details.std(axis=(1, 2)))
    return np.asarray(median if is_view else np.zeros_like(median), dtype=np.float32)


def overlap_of(first: Pieces, at: int, others: Pieces) -> tuple[int, Overlap] | None:
    """Return the photo of `others` that shares most pixels with photo `at` of `first`, and where it lies; or None."""
    energy = np.maximum(first.behind[at] * others.before, 1e-6)
    alike = _correlated(first.spectra[at][None], others.spectra) / np.sqrt(energy)
    alike = np.where(_allowed(), alike, 0.0).reshape(len(others.thumbs), -1)
    best = alike.max(axis=1)
    found: list[tuple[float, int, Overlap]] = []
    for other in np.argsort(-best)[:MAX_TRIED]:
        if best[other] < MIN_COARSE_CORRELATION:
            break
        shifts = scipy.fft.fftfreq(2 * COARSE_PX, 1 / (2 * COARSE_PX))
        down, right = (int(shifts[i]) * STEP for i in divmod(int(alike[other].argmax()), 2 * COARSE_PX))
        if overlap := _confirmed((first, at), (others, int(other)), (down, right)):
            found.append((overlap.correlation, int(other), overlap))
    return max(found, key=lambda one: one[0])[1:] if found else None


def _spectrum(small: Values) -> NDArray[np.complex64]:
    """Return the spectra of NxSxS pictures padded to twice their side, so that shifts do not wrap around."""
    return np.asarray(scipy.fft.rfft2(small, s=(2 * COARSE_PX,) * 2), dtype=np.complex64)


def _correlated(first: NDArray[np.complex64], second: NDArray[np.complex64]) -> Values:
    return np.asarray(scipy.fft.irfft2(first * np.conj(second), s=(2 * COARSE_PX,) * 2), dtype=np.float32)


@cache
def _allowed() -> NDArray[np.bool_]:
    """Return which shifts leave enough in common and are no near copies."""
    far = np.abs(scipy.fft.fftfreq(2 * COARSE_PX, 1 / (2 * COARSE_PX)))
    inside = np.clip(COARSE_PX - far, 0, None) / COARSE_PX
    is_shifted = np.maximum(far[:, None], far[None]) >= MIN_SHIFT_PX / STEP
    return np.asarray(is_shifted & (inside[:, None] * inside[None] >= MIN_SHARED_AREA))


def _confirmed(first: tuple[Pieces, int], second: tuple[Pieces, int], near: tuple[int, int]) -> Overlap | None:
    """Return the overlap at the best whole shift around `near` (down, right in px), if the same pixels lie there."""
    a, b = (pieces.details[at] for pieces, at in (first, second))
    shifts = [(near[0] + i, near[1] + j) for i in range(-STEP, STEP + 1) for j in range(-STEP, STEP + 1)]
    value, shift = max((_correlation(a, b, shift), shift) for shift in shifts)
    if value < MIN_CORRELATION:
        return None
    here, there = _windows(shift)
    if _correlation_in_most(a[here], b[there]) < SAME_IN_MOST:
        return None
    bright = [
        float(pieces.thumbs[at][window].mean())
        for (pieces, at), window in zip((first, second), (here, there), strict=True)
    ]
    if abs(bright[0] - bright[1]) > MAX_BRIGHTNESS_LEVELS or float(a[here].std()) < MIN_DETAIL_LEVELS:
        return None
    return Overlap(shift[0] / THUMBNAIL_PX, shift[1] / THUMBNAIL_PX, round(value, 3))


def _windows(shift: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where the shared pixels lie in the first and the second thumbnail."""
    here = tuple(slice(max(0, s), min(THUMBNAIL_PX, THUMBNAIL_PX + s)) for s in shift)
    there = tuple(slice(max(0, -s), min(THUMBNAIL_PX, THUMBNAIL_PX - s)) for s in shift)
    return (here[0], here[1]), (there[0], there[1])


def _correlation(first: Values, second: Values, shift: tuple[int, int]) -> float:
    here, there = _windows(shift)
    a, b = first[here], second[there]
    if a.size < MIN_SHARED_AREA * THUMBNAIL_PX**2 / 2:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    return float(np.vdot(a, b)) / max(float(np.sqrt(np.vdot(a, a) * np.vdot(b, b))), 1e-9)


def _correlation_in_most(first: Values, second: Values) -> float:
    """Return how shared pixels correlate where each counts about as much as the others."""
    most = float(np.median(np.abs(np.stack([first, second]))))
    a, b = np.clip(first, -most, most), np.clip(second, -most, most)
    return float(np.vdot(a, b)) / max(float(np.sqrt(np.vdot(a, a) * np.vdot(b, b))), 1e-9)
