"""Pictures that are nearly the same: candidates by perceptual hash, confirmed by the correlation of their detail."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.compared_photos import NearPair, Thumbnail
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, ORIENTATIONS
from maskwright.imaging.photos import Photo
from maskwright.progress_counter import StartCounting, no_counting

THUMBNAIL_PX = 128
NEAR_CORRELATION = 0.6
"""Detail correlates above this in pictures of one view; the most alike different photos measured (neighbouring
slices of one tissue) reach 0.45, a car photographed twice from one spot 0.64, a re-saved photo 0.95."""
MIN_COMMON_VIEW_PHOTOS = 8
"""Photos from which on the view that all of them share is taken out before they are compared."""
MIN_COMMON_VIEW_SHARE = 0.4
"""Share of a photo's detail that the median photo must have for it to be the view, and not the subject."""
MIN_CORRELATION_IN_VIEW = 0.9
"""Correlation of near copies once the view is out: two photos through one eyepiece (DRIVE) still reach 0.83."""
ROTATED_CORRELATION = 0.8
"""So much correlates in a photo and the turned or mirrored copy of another; a copy saved as JPEG has 0.9 and more."""
ROTATED_MOST, ROTATED_BITS = 4, 10
UPRIGHT = next(iter(ORIENTATIONS))
VIEW_PHOTOS_MOST = 256
NEAR_BITS = 16
NEAREST_MOST = 16
FLAT_DETAIL = 1.0
DETAIL_PX = 8.0
OVERLAP_LEAST = 0.5


def thumbnail(photo: Photo) -> Thumbnail:
    """Return an HxWx3 photo as a thumbnail."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    size = (THUMBNAIL_PX, THUMBNAIL_PX)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def thumbnails(dataset: Dataset, *, on_photo: Callable[[], None] | None = None) -> dict[str, Thumbnail]:
    """Return the thumbnail of every photo that can be decoded, by sample name; `on_photo` is called after each."""

    def one(sample: Sample) -> Thumbnail | None:
        try:
            return thumbnail(dataset.photo(sample, long_side_px=ALIGNMENT_PX))
        except DataError:
            return None
        finally:
            if on_photo is not None:
                on_photo()

    thumbs = in_threads(one, dataset.samples)
    return {s.name: thumb for s, thumb in zip(dataset.samples, thumbs, strict=True) if thumb is not None}


def near_pairs(thumbs: Mapping[str, Thumbnail], *, count: StartCounting = no_counting) -> tuple[NearPair, ...]:
    """Return the pairs of nearly the same picture, the most alike first.

    Candidates come from perceptual hashes; each is confirmed by shifting one picture onto the other and
    correlating their detail, so that photos of one kind (road, tissue, metal) do not pass for copies. Where most photos
    look alike, as through one eyepiece, what all of them share is left out before they are compared.
    """
    details = {name: detail_of(thumb) for name, thumb in thumbs.items()}
    details = {name: detail for name, detail in details.items() if detail.std() >= FLAT_DETAIL}
    names = list(details)
    least = NEAR_CORRELATION
    if len(details) >= MIN_COMMON_VIEW_PHOTOS:
        shared = np.median(np.stack([details[name] for name in spread_evenly(names, VIEW_PHOTOS_MOST)]), axis=0)
        if shared.std() > MIN_COMMON_VIEW_SHARE * np.median([detail.std() for detail in details.values()]):
            details, least = {name: detail - shared for name, detail in details.items()}, MIN_CORRELATION_IN_VIEW
    compared = _confirmed(names, _candidates([thumbs[name] for name in names]), details, count("comparing", len(names)))
    pairs = [
        pair for pair in compared if pair.correlation >= (max(least, ROTATED_CORRELATION) if pair.turned else least)
    ]
    return tuple(sorted(_best_of_each(pairs), key=lambda pair: -pair.correlation))


def _best_of_each(pairs: Iterable[NearPair]) -> list[NearPair]:
    """Return one pair of every two photos: as they are if they are alike so, else the turn that fits best."""
    best: dict[tuple[str, str], NearPair] = {}
    for pair in sorted(pairs, key=lambda pair: (bool(pair.turned), -pair.correlation)):
        best.setdefault((pair.first, pair.second), pair)
    return list(best.values())


def _confirmed(
    names: Sequence[str],
    candidates: Iterable[list[tuple[int, str]]],
    details: Mapping[str, NDArray[np.float32]],
    on_compared: Callable[..., None],
) -> Iterable[NearPair]:
    """Yield each photo beside each of its candidates, with how their detail correlates after the best shift.

    `on_compared` is called once a photo, when its candidates are done.
    """
    window = np.asarray(cv2.createHanningWindow((THUMBNAIL_PX, THUMBNAIL_PX), cv2.CV_32F), dtype=np.float32)
    for first, others in zip(names, candidates, strict=True):
        for at, turn in others:
            second = np.ascontiguousarray(ORIENTATIONS[turn](details[names[at]]))
            value = _aligned_correlation(details[first], second, window)
            yield NearPair(first, names[at], round(value, 3), "" if turn == UPRIGHT else turn)
        on_compared()


def detail_of(thumb: Thumbnail) -> NDArray[np.float32]:
    """Return the thumbnail less its broad light and shade, which different photos share."""
    values = thumb.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), DETAIL_PX), dtype=np.float32)


def _hashes(thumb: Thumbnail) -> list[np.uint64]:
    """Return the 64-bit pHash of a thumbnail in each of ORIENTATIONS: which low frequencies lie above their median."""
    small = np.asarray(cv2.resize(thumb, (32, 32), interpolation=cv2.INTER_AREA), dtype=np.float32)
    lows = (cv2.dct(np.ascontiguousarray(turn(small)))[:8, :8].ravel() for turn in ORIENTATIONS.values())
    return [np.packbits(low > np.median(low[1:])).view(np.uint64)[0] for low in lows]


def _candidates(thumbs: Sequence[Thumbnail]) -> Iterable[list[tuple[int, str]]]:
    """Yield for each picture the places behind it of pictures with a similar hash, and how those are turned.

    At most NEAREST_MOST as they are, and ROTATED_MOST turned or mirrored.
    """
    turns = list(ORIENTATIONS)
    hashes = np.array([_hashes(thumb) for thumb in thumbs], dtype=np.uint64).reshape(-1, len(ORIENTATIONS)).T
    for number in range(len(thumbs)):
        bits = np.bitwise_count(hashes[:, number + 1 :] ^ hashes[0, number])
        plain = _nearest(bits[:1], turns[:1], most=NEAREST_MOST, bits_most=NEAR_BITS)
        turned = _nearest(bits[1:], turns[1:], most=ROTATED_MOST, bits_most=ROTATED_BITS)
        yield [(number + 1 + at, turn) for at, turn in (*plain, *turned)]


def _nearest(bits: NDArray[np.uint8], turns: Sequence[str], *, most: int, bits_most: int) -> list[tuple[int, str]]:
    """Return the places of the smallest of TxN differing bits, and their turns, none above `bits_most`."""
    turned, at = np.nonzero(bits <= bits_most)
    order = np.argsort(bits[turned, at], kind="stable")[:most]
    return [(int(at[i]), turns[turned[i]]) for i in order]


def _aligned_correlation(first: NDArray[np.float32], second: NDArray[np.float32], window: NDArray[np.float32]) -> float:
    # phaseCorrelate multiplies its inputs by the window in place: it gets copies.
    (dx, dy), _ = cv2.phaseCorrelate(first.copy(), second.copy(), window)
    side = THUMBNAIL_PX
    left, right = int(max(0, np.ceil(-dx))), int(min(side, side - np.ceil(dx)))
    top, bottom = int(max(0, np.ceil(-dy))), int(min(side, side - np.ceil(dy)))
    if right <= left or bottom <= top or (right - left) * (bottom - top) < OVERLAP_LEAST * side * side:
        return 0.0
    matrix = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float32)
    moved = cv2.warpAffine(second, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    shared, other = first[top:bottom, left:right], moved[top:bottom, left:right]
    shared, other = shared - shared.mean(), other - other.mean()
    return float(np.vdot(shared, other)) / max(float(np.sqrt(np.vdot(shared, shared) * np.vdot(other, other))), 1e-9)
