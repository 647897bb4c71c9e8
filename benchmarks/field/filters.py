"""What people's code does between the network and the file: one piece kept, small pieces removed, boxes, overflow."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Array, Fault, Pairs, pairs_of

Inject = Callable[[Base, np.random.Generator], Pairs | None]
FEWEST_PHOTOS, FEWEST_OBJECTS = 5, 12


def _pieces(mask: Array, class_id: int) -> tuple[Array, Array]:
    """Return the numbers of the pieces of a class, and their left, top, width, height and area."""
    _, marks, stats, _ = cv2.connectedComponentsWithStats((mask == class_id).astype(np.uint8), connectivity=8)
    return marks, stats


def _kept(mask: Array, count: int, keep: Callable[[Array], Array]) -> Array:
    """Return the mask with those pieces of each class that `keep` chooses by their areas."""
    out = np.zeros_like(mask)
    for class_id in range(1, count):
        marks, stats = _pieces(mask, class_id)
        if len(stats) > 1:
            chosen = np.append(False, keep(stats[1:, cv2.CC_STAT_AREA]))
            out[chosen[marks]] = class_id
    return out


def _largest_only(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Keep the largest piece of each class: a fault where several photos show several objects."""
    count = len(base.classes)
    several = sum(max(len(_pieces(t, c)[1]) for c in range(1, count)) > 2 for t in base.truths)
    if base.classes.background != 0 or several < FEWEST_PHOTOS:
        return None
    return [(t, _kept(m, count, lambda areas: areas == areas.max())) for t, m in pairs_of(base)]


def _from(share: float) -> Inject:
    """Remove pieces below an area, so that this share of the true objects is below it."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        count = len(base.classes)
        areas = [a for t in base.truths for c in range(1, count) for a in _pieces(t, c)[1][1:, cv2.CC_STAT_AREA]]
        if base.classes.background != 0 or len(areas) < 2 * FEWEST_OBJECTS:
            return None
        least = float(np.quantile(areas, share))
        return [(t, _kept(m, count, lambda sizes: sizes >= least)) for t, m in pairs_of(base)]

    return inject


def _boxed(share: float) -> Inject:
    """Cut each piece to a box around its middle that holds this share of the extent of large objects."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0 or len(base.classes) != 2:
            return None
        sides = [int(s) for t in base.truths for s in _pieces(t, 1)[1][1:, 2:4].max(axis=1)]
        limit = round(share * float(np.quantile(sides, 0.8))) if sides else 0
        frame = min(min(t.shape) for t in base.truths)
        if limit < 16 or np.quantile(sides, 0.8) > 0.9 * frame:
            return None
        return [(t, _cut_to(m, limit)) for t, m in pairs_of(base)]

    return inject


def _cut_to(mask: Array, limit: int) -> Array:
    out = np.zeros_like(mask)
    marks, stats = _pieces(mask, 1)
    for number, (left, top, wide, high, _) in enumerate(stats[1:], start=1):
        x, y = (start + max(0, (size - limit) // 2) for start, size in ((left, wide), (top, high)))
        part = slice(y, y + min(high, limit)), slice(x, x + min(wide, limit))
        out[part][marks[part] == number] = 1
    return out


def _stored(change: Callable[[Array], Array]) -> Inject:
    """Store the probabilities of two classes in 8 bits."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        return [(t, change(p)) for t, p in zip(base.truths, base.binary_maps, strict=True)]

    return inject


def _times(factor: float, sharp: float) -> Callable[[Array], Array]:
    """Multiply probabilities, made surer by a power, and cast them: what is over 255 goes around."""

    def change(p: Array) -> Array:
        sure = p**sharp / (p**sharp + (1 - p) ** sharp)
        return (np.rint(sure * 4096) / 4096 * factor).astype(np.int64).astype(np.uint8)

    return change


def _scores_in_bytes(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Multiply raw scores by 255 and cast them."""
    if len(base.classes) != 2:
        return None
    scores = [np.log(np.maximum(m[1], 1e-30)) - np.log(np.maximum(m[0], 1e-30)) for m in base.maps]
    stored = [(one * 255).astype(np.int64).astype(np.uint8) for one in scores]
    return list(zip(base.truths, stored, strict=True))


FILTERS: Sequence[Fault] = (
    Fault("only the largest piece kept", ("pred-one-piece",), _largest_only),
    Fault("small pieces removed", ("pred-one-piece",), _from(0.3), "30 % of the objects"),
    Fault("small pieces removed", ("pred-one-piece",), _from(0.5), "half of the objects"),
    Fault("cut to a box of fixed size", ("pred-size-limit",), _boxed(0.5), "half of a large object"),
    Fault("cut to a box of fixed size", ("pred-size-limit",), _boxed(0.75), "three quarters"),
    Fault("probabilities times 256 in 8 bits", ("pred-wrapped",), _stored(_times(256, 2.0)), "sure"),
    Fault("probabilities times 256 in 8 bits", ("pred-wrapped",), _stored(_times(256, 4.0)), "very sure"),
    Fault("scores times 255 in 8 bits", ("pred-wrapped",), _scores_in_bytes),
)
