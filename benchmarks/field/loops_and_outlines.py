"""Faults of the loop around the network: arrays that are never emptied, one outline that cuts all, numbered objects."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.field.bases import Base
from benchmarks.field.faults import Fault, Pairs, pairs_of
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask

Inject = Callable[[Base, np.random.Generator], Pairs | None]
MOST_NUMBERS, FEWEST_OBJECTS, LEAST_PX = 250, 8, 12
LANE = ((0.2, 1.0), (0.42, 0.4), (0.58, 0.4), (0.8, 1.0))
ROUND = tuple((0.5 + 0.32 * np.cos(a), 0.5 + 0.32 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40, endpoint=False))
SLANTED = ((0.0, 0.0), (0.75, 0.0), (0.45, 1.0), (0.0, 1.0))


def _never_emptied(every: int) -> Inject:
    """Draw into one array for `every` photos: https://answers.opencv.org/answers/207769/revisions."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        pairs, held = [], np.zeros((1, 1), dtype=np.uint8)
        for place, (truth, mask) in enumerate(pairs_of(base)):
            if place % every == 0 or held.shape != mask.shape:
                held = np.zeros_like(mask)
            held = np.where(mask > 0, mask, held)
            pairs.append((truth, held))
        return pairs

    return inject


def _and_the_one_before(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Keep the objects of the photo before: https://github.com/vkgo/OCRAutoScore/pull/16."""
    if base.classes.background != 0 or len({mask.shape for mask in base.truths}) > 1:
        return None
    masks = base.masks
    before = [np.zeros_like(masks[0]), *masks[:-1]]
    return [(t, np.where(m > 0, m, b)) for t, m, b in zip(base.truths, masks, before, strict=True)]


def _cut_by(outline: tuple[tuple[float, float], ...]) -> Inject:
    """Lay one polygon over every mask: https://github.com/una-auxme/paf/pull/539."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        return [(truth, np.where(_filled(outline, mask), mask, 0).astype(np.uint8)) for truth, mask in pairs_of(base)]

    return inject


def _filled(outline: tuple[tuple[float, float], ...], mask: Mask) -> Mask:
    high, wide = mask.shape
    points = np.array([(x * (wide - 1), y * (high - 1)) for x, y in outline]).round().astype(np.int32)
    return np.asarray(cv2.fillPoly(np.zeros_like(mask), [points], 1) > 0)


def _numbered_on_both_sides(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Number objects on both sides: https://github.com/stardist/stardist/issues/206."""
    if base.classes.background != 0:
        return None
    pairs = [(_numbers(truth, rng), _numbers(mask, rng)) for truth, mask in pairs_of(base)]
    return pairs if max(int(truth.max()) for truth, _ in pairs) >= FEWEST_OBJECTS else None


def _numbers(mask: Mask, rng: np.random.Generator) -> Mask:
    """Number the pieces of all classes in any order, specks left out."""
    pieces = []
    for value in np.unique(mask[(mask > 0) & (mask < IGNORE)]):
        count, labels, stats, _ = cv2.connectedComponentsWithStats((mask == value).astype(np.uint8))
        pieces += [labels == i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= LEAST_PX]
    numbers = np.zeros_like(mask)
    for number, place in enumerate(rng.permutation(len(pieces))[:MOST_NUMBERS].tolist(), start=1):
        numbers[pieces[place]] = number
    return numbers


def _summed_windows(size_px: int, step_px: int) -> Inject:
    """Add overlapping windows and do not divide: https://github.com/TissueImageAnalytics/tiatoolbox/issues/356."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2 or base.classes.background != 0 or len({t.shape for t in base.truths}) > 1:
            return None
        return [
            (t, chances * np.outer(*(_windows(length, size_px, step_px) for length in t.shape)).astype(np.float32))
            for t, chances in zip(base.truths, base.binary_maps, strict=True)
        ]

    return inject


def _windows(length: int, size_px: int, step_px: int) -> NDArray[np.intp]:
    starts = sorted({*range(0, length - size_px + 1, step_px), length - size_px})
    inside = [(np.arange(length) >= s) & (np.arange(length) < s + size_px) for s in starts]
    return np.asarray(np.sum(inside, axis=0), dtype=np.intp)


LOOPS = (
    Fault("one array for all photos", ("pred-excess", "pred-constant"), _never_emptied(10**6)),
    Fault("one array for all photos", ("pred-excess", "pred-constant"), _never_emptied(4), "batches of 4"),
    Fault("objects of the photo before", ("pred-excess",), _and_the_one_before),
    Fault("one outline cuts all", ("pred-unfinished",), _cut_by(LANE), "a lane"),
    Fault("one outline cuts all", ("pred-unfinished",), _cut_by(ROUND), "a circle"),
    Fault("one outline cuts all", ("pred-unfinished",), _cut_by(SLANTED), "a slanted side"),
    Fault("overlapping windows added", ("pred-seams",), _summed_windows(128, 64), "128 px, step 64"),
    Fault("overlapping windows added", ("pred-seams",), _summed_windows(96, 32), "96 px, step 32"),
    Fault("numbered objects on both sides", ("instance-ids",), _numbered_on_both_sides),
)
