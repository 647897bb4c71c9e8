"""Faults that people had, put into simulated predictions: each gives pairs (truth, stored prediction)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.field.bases import Base
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import resize_mask

Array = NDArray[Any]
Pairs = list[tuple[Array, Array]]


@dataclass(frozen=True)
class Fault:
    """A fault with the codes that name it rightly, its strength in words, and how it is injected (None: cannot be)."""

    name: str
    codes: tuple[str, ...]
    inject: Callable[[Base, np.random.Generator], Pairs | None]
    strength: str = ""


def pairs_of(base: Base) -> Pairs:
    """Return truth and class ids as they are."""
    return [(t, m.copy()) for t, m in zip(base.truths, base.masks, strict=True)]


def _each(change: Callable[[Array], Array]) -> Callable[[Base, np.random.Generator], Pairs]:
    return lambda base, _rng: [(t, np.ascontiguousarray(change(m))) for t, m in pairs_of(base)]


def _some(share: float, change: Callable[[Array, np.random.Generator], Array]) -> Callable[..., Pairs]:
    """Change the predictions of a share of the photos, at least two, each in its own way."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        pairs = pairs_of(base)
        chosen = rng.permutation(len(pairs))[: max(2, round(share * len(pairs)))]
        return [(t, np.ascontiguousarray(change(m, rng)) if i in chosen else m) for i, (t, m) in enumerate(pairs)]

    return inject


def _quarter(mask: Array, rng: np.random.Generator) -> Array:
    return resize_mask(np.ascontiguousarray(np.rot90(mask, int(rng.integers(1, 4)))), mask.shape)


def _shift(share: float) -> Callable[[Array, np.random.Generator], Array]:
    def change(mask: Array, rng: np.random.Generator) -> Array:
        dx, dy = (round(float(rng.choice([-1, 1])) * rng.uniform(0.6, 1.0) * share * side) for side in mask.shape[::-1])
        return moved(mask, dx, dy)

    return change


def moved(mask: Array, dx: int, dy: int) -> Array:
    """Return the mask moved right and down, its edge repeated."""
    rows = np.clip(np.arange(mask.shape[0]) - dy, 0, mask.shape[0] - 1)
    columns = np.clip(np.arange(mask.shape[1]) - dx, 0, mask.shape[1] - 1)
    return np.asarray(mask[rows[:, None], columns[None]])


def _few_mispaired(count: int) -> Callable[[Base, np.random.Generator], Pairs]:
    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        pairs = pairs_of(base)
        filled = [i for i, (t, _) in enumerate(pairs) if ((t > 0) & (t != IGNORE)).any()]
        chosen = list(rng.permutation(filled)[:count])
        moved_to = dict(zip(chosen, [*chosen[1:], chosen[0]], strict=True))
        masks = [m for _, m in pairs]
        return [(t, resize_mask(masks[moved_to.get(i, i)], t.shape)) for i, (t, _) in enumerate(pairs)]

    return inject


def _tta(union: bool) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, _rng: np.random.Generator) -> Pairs:
        masks = []
        for m in base.maps:
            other = m[..., ::-1]
            joined = np.maximum(m, other) if union else (m + other) / 2
            if union:
                joined = joined.copy()
                joined[0] = np.minimum(m[0], other[0])
            masks.append(np.asarray(joined.argmax(axis=0), dtype=np.uint8))
        return list(zip(base.truths, masks, strict=True))

    return inject


def _seams(tiles: int, width: int) -> Callable[[Base, np.random.Generator], Pairs]:
    """Tiles without overlap, each unsure at its border: a bias of its own there."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        pairs = []
        for truth, maps in zip(base.truths, base.maps, strict=True):
            logits = np.log(maps + 1e-4)
            high, wide = truth.shape
            side = max(high, wide) // tiles
            y, x = np.arange(high) % side, np.arange(wide) % side
            near = (np.minimum(y, side - 1 - y)[:, None] < width) | (np.minimum(x, side - 1 - x)[None] < width)
            for c in range(len(logits)):
                logits[c] += np.where(near, rng.normal(0, 4, truth.shape), 0)
            pairs.append((truth, np.asarray(logits.argmax(axis=0), dtype=np.uint8)))
        return pairs

    return inject


def _tiles_shuffled(tiles: int) -> Callable[[Base, np.random.Generator], Pairs]:
    """Tiles cut in rows and put back in columns."""

    def change(mask: Array) -> Array:
        high, wide = mask.shape[0] // tiles, mask.shape[1] // tiles
        out = mask.copy()
        for r in range(tiles):
            for c in range(tiles):
                out[c * high : (c + 1) * high, r * wide : (r + 1) * wide] = mask[
                    r * high : (r + 1) * high, c * wide : (c + 1) * wide
                ]
        return out

    return _each(change)


def _blank(part: Callable[[Array], tuple[slice, slice]]) -> Callable[[Base, np.random.Generator], Pairs]:
    def change(mask: Array) -> Array:
        out = mask.copy()
        out[part(mask)] = 0
        return out

    return _each(change)


def _bottom(mask: Array) -> tuple[slice, slice]:
    return slice(round(0.6 * len(mask)), None), slice(None)


def _right(mask: Array) -> tuple[slice, slice]:
    return slice(None), slice(round(0.75 * mask.shape[1]), None)


def _left(mask: Array) -> tuple[slice, slice]:
    return slice(None), slice(0, round(0.15 * mask.shape[1]))


def _padding_kept(anchor: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    """Photos were padded to a square for the network; the square was stretched back to the photo."""

    def change(mask: Array) -> Array:
        side = max(mask.shape)
        square = np.zeros((side, side), mask.dtype)
        top, left = (round((side - s) * anchor) for s in mask.shape)
        square[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        return resize_mask(square, mask.shape)

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        pairs = [(t, change(m)) for t, m in pairs_of(base)]
        return pairs if all(max(t.shape) > 1.2 * min(t.shape) for t, _ in pairs) else None

    return inject


def _cut_wrong(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Padded in the middle, cut from the corner."""
    pairs = []
    for truth, mask in pairs_of(base):
        side = max(mask.shape)
        if side < 1.2 * min(mask.shape):
            return None
        square = np.zeros((side, side), mask.dtype)
        top, left = ((side - s) // 2 for s in mask.shape)
        square[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        pairs.append((truth, square[: mask.shape[0], : mask.shape[1]].copy()))
    return pairs


def _checkerboard(base: Base, rng: np.random.Generator) -> Pairs:
    """A transposed convolution's pattern of 2 px on probabilities."""
    pairs = []
    for truth, maps in zip(base.truths, base.maps, strict=True):
        logits = np.log(maps + 1e-4)
        y, x = np.mgrid[: truth.shape[0], : truth.shape[1]]
        pattern = np.where((y % 2) == (x % 2), 3.0, -3.0)
        logits[1:] += pattern * (0.7 + 0.3 * rng.random())
        pairs.append((truth, np.asarray(logits.argmax(axis=0), dtype=np.uint8)))
    return pairs


def _outlines(base: Base, _rng: np.random.Generator) -> Pairs | None:
    pairs = []
    for truth, mask in pairs_of(base):
        inner = np.zeros(mask.shape, bool)
        for c in base.classes.scored:
            inner |= cv2.erode((mask == c).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        pairs.append((truth, np.where(inner, 0, mask).astype(np.uint8)))
    lost = sum((m > 0).sum() for _, m in pairs) / max(1, sum((m > 0).sum() for m in base.masks))
    return pairs if base.classes.background == 0 and lost < 0.6 else None


def _commonest(base: Base, most: int = 9) -> list[int]:
    held = np.bincount(np.concatenate([t.ravel() for t in base.truths]), minlength=256)
    return [c for c in sorted(base.classes.scored, key=lambda c: -held[c]) if held[c] > 0][:most]


def _never(place: int) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        order = _commonest(base)
        if len(order) < 3:
            return None
        gone = order[min(place, len(order) - 1)]
        pairs = []
        for truth, maps in zip(base.truths, base.maps, strict=True):
            left = maps.copy()
            left[gone] = -1
            pairs.append((truth, np.asarray(left.argmax(axis=0), dtype=np.uint8)))
        return pairs

    return inject


def _merged(base: Base, _rng: np.random.Generator) -> Pairs | None:
    order = _commonest(base)
    if len(order) < 3:
        return None
    table = np.arange(256, dtype=np.uint8)
    table[order[1]] = order[0]
    return [(t, table[m]) for t, m in pairs_of(base)]


def _overweighted(bias: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        order = _commonest(base)
        if len(order) < 3:
            return None
        pairs = []
        for truth, maps in zip(base.truths, base.maps, strict=True):
            logits = np.log(maps + 1e-4)
            logits[order[-2]] += bias
            pairs.append((truth, np.asarray(logits.argmax(axis=0), dtype=np.uint8)))
        return pairs

    return inject


def _no_background(base: Base, _rng: np.random.Generator) -> Pairs | None:
    if base.classes.background is None or len(_commonest(base)) < 2:
        return None
    return [
        (t, np.asarray(m[1:].argmax(axis=0) + 1, dtype=np.uint8)) for t, m in zip(base.truths, base.maps, strict=True)
    ]


def _too_much(bias: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        pairs = []
        for truth, maps in zip(base.truths, base.maps, strict=True):
            logits = np.log(maps + 1e-4)
            logits[1] += bias
            pairs.append((truth, np.asarray(logits.argmax(axis=0), dtype=np.uint8)))
        return pairs

    return inject


def _thick(px: int) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def change(mask: Array) -> Array:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(px) + 1,) * 2)
        return np.asarray((cv2.dilate if px > 0 else cv2.erode)(mask, kernel))

    return lambda base, rng: _each(change)(base, rng) if len(base.classes) == 2 else None


def _palette(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Ids written as the grey levels of a colour palette."""
    greys = np.array([0, 76, 29, 150, 226, 105, 179, 45, 200, 120, 90, 60] + [0] * 244, np.uint8)
    return [(t, greys[m]) for t, m in pairs_of(base)] if len(base.classes) > 2 else None


def _numbered_from_one(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Half of the truths come from an annotator who counts from 1."""
    if len(base.classes) < 3:
        return None
    chosen = rng.permutation(len(base.truths))[: len(base.truths) // 2]
    up = np.minimum(np.arange(256) + 1, 255).astype(np.uint8)
    up[len(base.classes) - 1] = len(base.classes) - 1
    up[IGNORE] = IGNORE
    return [(up[t] if i in chosen else t, m) for i, (t, m) in enumerate(pairs_of(base))]


def _half_inverted(share: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        chosen = rng.permutation(len(base.truths))[: round(share * len(base.truths))]
        return [(1 - t if i in chosen else t, m) for i, (t, m) in enumerate(pairs_of(base))]

    return inject


def _unannotated(share: float) -> Callable[[Base, np.random.Generator], Pairs | None]:
    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        chosen = rng.permutation(len(base.truths))[: round(share * len(base.truths))]
        return [(np.zeros_like(t) if i in chosen else t, m) for i, (t, m) in enumerate(pairs_of(base))]

    return inject


def _thin_shift(px: int) -> Callable[[Base, np.random.Generator], Pairs | None]:
    inject = _each(lambda m: moved(m, px, px))
    return lambda base, rng: inject(base, rng) if base.name in ("crackforest", "drive", "kolektor") else None


def _wrong_axis(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Softmax over the columns of a photo instead of over the classes."""
    pairs = []
    for truth, maps in zip(base.truths, base.maps, strict=True):
        logits = np.log(maps + 1e-4)
        grown = np.exp(logits - logits.max(axis=2, keepdims=True))
        pairs.append((truth, np.asarray(grown / grown.sum(axis=2, keepdims=True), dtype=np.float32)))
    return pairs if len(base.classes) > 2 else None


def _few(base: Base, _rng: np.random.Generator, change: Callable[[Array], Array]) -> Pairs:
    return [(t, change(m)) for t, m in pairs_of(base)]


def _instances(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Truth numbers the objects of one class from 1; the model predicts one class."""
    if len(base.classes) != 2:
        return None
    pairs = []
    for truth, mask in pairs_of(base):
        _, labels = cv2.connectedComponents((truth == 1).astype(np.uint8))
        pairs.append((np.minimum(labels, 250).astype(np.uint8), mask))
    return pairs if max(int(t.max()) for t, _ in pairs) > 3 else None


_RASTER = {
    "column-major runs read in rows": lambda m: m.ravel(order="F").reshape(m.shape),
    "reshape instead of transpose": lambda m: m.T.ravel().reshape(m.shape),
    "width and height swapped in reshape": lambda m: resize_mask(m.ravel().reshape(m.shape[::-1]), m.shape),
}

_EXCESS = ("pred-excess", "pred-thick", "threshold-off")

FAULTS: Sequence[Fault] = (
    Fault("half of the photos mirrored", ("pred-augmented",), _some(0.5, lambda m, _r: m[:, ::-1])),
    Fault("half of the photos mirrored", ("pred-augmented",), _some(0.25, lambda m, _r: m[:, ::-1]), "a quarter"),
    Fault("random quarter turns", ("pred-augmented",), _some(0.75, _quarter)),
    Fault("random shifts", ("pred-augmented", "pred-shifted"), _some(1.0, _shift(0.08)), "8 %"),
    Fault("random shifts", ("pred-augmented", "pred-shifted"), _some(1.0, _shift(0.2)), "20 %"),
    Fault("a few mispaired", ("pred-shuffled",), _few_mispaired(2), "2"),
    Fault("a few mispaired", ("pred-shuffled",), _few_mispaired(4), "4"),
    Fault("mirroring not undone", ("pred-symmetric",), _tta(True), "union"),
    Fault("mirroring not undone", ("pred-symmetric",), _tta(False), "mean"),
    Fault("tile seams", ("pred-seams",), _seams(4, 3), "3 px, 4 tiles"),
    Fault("tile seams", ("pred-seams",), _seams(3, 6), "6 px, 3 tiles"),
    Fault("tiles in another order", ("pred-tiles",), _tiles_shuffled(2), "2x2"),
    Fault("tiles in another order", ("pred-tiles",), _tiles_shuffled(4), "4x4"),
    Fault("rest never predicted", ("pred-unfinished",), _blank(_bottom), "bottom 40 %"),
    Fault("rest never predicted", ("pred-unfinished",), _blank(_right), "right 25 %"),
    Fault("a belt never predicted", ("pred-unfinished",), _blank(_left), "left 15 %"),
    Fault("padding not cut", ("pred-scaled",), _padding_kept(0.5), "middle"),
    Fault("padding not cut", ("pred-scaled",), _padding_kept(0.0), "corner"),
    Fault("letterbox cut on the wrong side", ("pred-shifted", "pred-scaled"), _cut_wrong),
    *(Fault(name, ("pred-raster", "pred-turned"), _each(change)) for name, change in _RASTER.items()),
    Fault("softmax over the wrong axis", ("pred-axis", "probabilities-sum"), _wrong_axis),
    Fault("checkerboard", ("pred-checkerboard",), _checkerboard),
    Fault("thin objects shifted", ("pred-shifted",), _thin_shift(1), "1 px"),
    Fault("thin objects shifted", ("pred-shifted",), _thin_shift(2), "2 px"),
    Fault("only outlines predicted", ("pred-outlines",), _outlines),
    Fault("a class never predicted", ("class-missing",), _never(0), "the largest"),
    Fault("a class never predicted", ("class-missing",), _never(2), "the third"),
    Fault("two classes merged", ("classes-merged", "class-missing"), _merged),
    Fault("a class over-weighted", ("class-excess",), _overweighted(3.0), "x20"),
    Fault("a class over-weighted", ("class-excess",), _overweighted(5.0), "x150"),
    Fault("background never predicted", ("class-missing",), _no_background),
    Fault("far too much object", _EXCESS, _too_much(3.0), "x20"),
    Fault("far too much object", (*_EXCESS, "score-collapse"), _too_much(6.0), "x400"),
    Fault("too thick", ("pred-thick", "pred-excess"), _thick(2), "2 px"),
    Fault("too thick", ("pred-thick", "pred-excess"), _thick(4), "4 px"),
    Fault("too thin", ("pred-thick", "score-collapse"), _thick(-2), "2 px"),
    Fault("greys of a palette", ("pred-palette",), _palette),
    Fault("two annotators count from 0 and 1", ("truth-numbering",), _numbered_from_one),
    Fault("masks inverted", ("truth-inverted",), _half_inverted(0.5), "half"),
    Fault("masks inverted", ("truth-inverted",), _half_inverted(0.25), "a quarter"),
    Fault("masks never annotated", ("truth-empty",), _unannotated(0.5), "half"),
    Fault("instance ids as classes", ("instance-ids",), _instances),
)  # fmt: skip
