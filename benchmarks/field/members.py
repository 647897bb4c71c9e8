"""More members of the field's kinds of faults, made after the first ones were answered: is the kind known?"""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.field.bases import Base
from benchmarks.field.faults import Fault, Pairs, pairs_of
from maskwright.imaging.mask_geometry import resize_mask

Array = NDArray[Any]
Inject = Callable[[Base, np.random.Generator], Pairs | None]


def _each(change: Callable[[Array, np.random.Generator], Array], share: float = 1.0) -> Inject:
    """Change every prediction, or a share of them, each in its own way."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        pairs = pairs_of(base)
        chosen = set(rng.permutation(len(pairs))[: round(share * len(pairs))].tolist())
        return [(t, np.ascontiguousarray(change(m, rng)) if i in chosen else m) for i, (t, m) in enumerate(pairs)]

    return inject


def _from_maps(change: Callable[[Array], Array], wanted: Callable[[Base], bool] = lambda _base: True) -> Inject:
    """Take class ids from changed CxHxW probabilities."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if not wanted(base):
            return None
        masks = (change(m).argmax(axis=0).astype(np.uint8) for m in base.maps)
        return list(zip(base.truths, masks, strict=True))

    return inject


def rotated(mask: Array, degrees: float) -> Array:
    """Return the mask rotated about its middle, corners filled with 0."""
    high, wide = mask.shape
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(mask, matrix, (wide, high), flags=cv2.INTER_NEAREST))


def _small_rotation(mask: Array, rng: np.random.Generator) -> Array:
    return rotated(mask, float(rng.choice([-1, 1]) * rng.uniform(8, 25)))


def _random_crop(mask: Array, rng: np.random.Generator) -> Array:
    """Keep 60 to 80 % of each side at a random place, and stretch it to the photo."""
    share = rng.uniform(0.6, 0.8)
    high, wide = (round(share * side) for side in mask.shape)
    top, left = (int(rng.integers(0, side - part + 1)) for side, part in zip(mask.shape, (high, wide), strict=True))
    return resize_mask(np.ascontiguousarray(mask[top : top + high, left : left + wide]), mask.shape)


def _permuted(order: Callable[[int], Sequence[int]]) -> Inject:
    """Give every photo the prediction of another."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs:
        masks = base.masks
        return [(t, resize_mask(masks[i], t.shape)) for t, i in zip(base.truths, order(len(masks)), strict=True)]

    return inject


def _as_text(count: int) -> list[int]:
    """Return 0..count-1 sorted as texts of numbers from 1 are: 1, 10, 11, 2."""
    return sorted(range(count), key=lambda i: str(i + 1))


def _tiles_in(order: Callable[[int], Sequence[int]], grid: int) -> Inject:
    """Put tiles back in another order: tile order(n)[i] stands in place i."""

    def change(mask: Array, _rng: np.random.Generator) -> Array:
        high, wide = (side // grid for side in mask.shape)
        out = mask.copy()
        for place, tile in enumerate(order(grid * grid)):
            (r, c), (y, x) = divmod(place, grid), divmod(int(tile), grid)
            out[r * high : (r + 1) * high, c * wide : (c + 1) * wide] = mask[
                y * high : (y + 1) * high, x * wide : (x + 1) * wide
            ]
        return out

    return _each(change)


def _snake(count: int) -> list[int]:
    side = round(count**0.5)
    return [r * side + (c if r % 2 == 0 else side - 1 - c) for r in range(side) for c in range(side)]


def _reversed_rows(count: int) -> list[int]:
    side = round(count**0.5)
    return [(side - 1 - r) * side + c for r in range(side) for c in range(side)]


def _framed(share: float) -> Inject:
    """Leave a frame all around unpredicted, as convolutions without padding do."""

    def change(mask: Array, _rng: np.random.Generator) -> Array:
        y, x = (max(1, round(share * side)) for side in mask.shape)
        out = np.zeros_like(mask)
        out[y:-y, x:-x] = mask[y:-y, x:-x]
        return out

    return _each(change)


def _top(mask: Array, _rng: np.random.Generator) -> Array:
    out = mask.copy()
    out[: round(0.2 * len(mask))] = 0
    return out


def _middle_belt(mask: Array, _rng: np.random.Generator) -> Array:
    out = mask.copy()
    out[:, round(0.4 * mask.shape[1]) : round(0.6 * mask.shape[1])] = 0
    return out


def _blank_borders(tile_px: int, width_px: int) -> Inject:
    """Leave the border of every tile unpredicted."""

    def change(mask: Array, _rng: np.random.Generator) -> Array:
        y, x = (np.arange(side) % tile_px for side in mask.shape)
        near = ((y < width_px) | (y >= tile_px - width_px))[:, None] | ((x < width_px) | (x >= tile_px - width_px))
        return np.where(near, 0, mask)

    return _each(change)


def _centre_crop(share: float) -> Inject:
    """The middle of the photo was predicted and stretched to all of it."""

    def change(mask: Array, _rng: np.random.Generator) -> Array:
        high, wide = (round(share * side) for side in mask.shape)
        top, left = (mask.shape[0] - high) // 2, (mask.shape[1] - wide) // 2
        return resize_mask(np.ascontiguousarray(mask[top : top + high, left : left + wide]), mask.shape)

    return _each(change)


def _checkerboard(px: int) -> Inject:
    def change(maps: Array) -> Array:
        logits = np.log(maps + 1e-4)
        y, x = np.mgrid[: maps.shape[1], : maps.shape[2]] // px
        logits[1:] += np.where((y + x) % 2 == 0, 3.0, -3.0)
        return logits

    return _from_maps(change)


def _weights_reversed(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Class weights of inverse frequency, given in the reverse order of the classes."""
    count = len(base.classes)
    if count < 3:
        return None
    area = np.array([max(1, sum(int((t == c).sum()) for t in base.truths)) for c in range(count)])
    weights = (area.sum() / area)[::-1]
    bias = np.log(weights / weights.mean())[:, None, None]
    masks = ((np.log(m + 1e-4) + bias).argmax(axis=0).astype(np.uint8) for m in base.maps)
    return list(zip(base.truths, masks, strict=True))


def _one_from_zero(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Half of the truths lack the first class: theirs are one too low."""
    if len(base.classes) < 3:
        return None
    chosen = set(rng.permutation(len(base.truths))[: len(base.truths) // 2].tolist())
    down = np.maximum(np.arange(256) - 1, 0).astype(np.uint8)
    down[255] = 255
    return [(down[t] if i in chosen else t, m) for i, (t, m) in enumerate(pairs_of(base))]


def _all_above(threshold: float) -> Inject:
    def change(maps: Array) -> Array:
        out = maps.copy()
        out[1] = np.where(maps[1] > threshold, 2, 0)
        return out

    return _from_maps(change, lambda base: len(base.classes) == 2)


def _four_ways(maps: Array) -> Array:
    return (maps + maps[:, ::-1] + maps[:, :, ::-1] + maps[:, ::-1, ::-1]) / 4


def _outlines(px: int) -> Inject:
    """Only a line of that width inside every object, as polygons drawn open."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        kernel = np.ones((2 * px + 1, 2 * px + 1), np.uint8)
        pairs = []
        for truth, mask in pairs_of(base):
            inner = np.zeros(mask.shape, bool)
            for c in base.classes.scored:
                inner |= cv2.erode((mask == c).astype(np.uint8), kernel) > 0
            pairs.append((truth, np.where(inner, 0, mask).astype(np.uint8)))
        lost = sum((m > 0).sum() for _, m in pairs) / max(1, sum((m > 0).sum() for m in base.masks))
        return pairs if lost < 0.6 else None

    return inject


def _void_as_class(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """A rim of 3 px around objects of the truth holds an id of its own, which the model never predicts."""
    count, pairs = len(base.classes), []
    for truth, mask in pairs_of(base):
        kernel = np.ones((7, 7), np.uint8)
        rim = cv2.dilate(truth, kernel) != cv2.erode(truth, kernel)
        pairs.append((np.where(rim, count, truth).astype(np.uint8), mask))
    return pairs


def _one_off_runs(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Run lengths counted from 1 and read from 0, down the columns: one pixel off."""
    if base.name not in ("crackforest", "drive", "kolektor"):
        return None
    return [(t, np.roll(m.T.ravel(), 1).reshape(m.shape[::-1]).T.copy()) for t, m in pairs_of(base)]


MEMBERS: Sequence[Fault] = (
    Fault("half of the photos upside down", ("pred-augmented",), _each(lambda m, _r: m[::-1], 0.5)),
    Fault("random rotations", ("pred-augmented",), _each(_small_rotation), "8 to 25 degrees, all"),
    Fault("random rotations", ("pred-augmented",), _each(_small_rotation, 0.5), "half of the photos"),
    Fault("random crops", ("pred-augmented",), _each(_random_crop), "all"),
    Fault("random crops", ("pred-augmented",), _each(_random_crop, 0.5), "half of the photos"),
    Fault("next photo's mask", ("pred-shuffled",), _permuted(lambda n: [*range(1, n), 0])),
    Fault("names sorted as texts", ("pred-shuffled",), _permuted(_as_text)),
    Fault("four mirrorings not undone", ("pred-symmetric",), _from_maps(_four_ways)),
    Fault("tiles in another order", ("pred-tiles",), _tiles_in(_as_text, 4), "sorted as texts, 4x4"),
    Fault("tiles in another order", ("pred-tiles",), _tiles_in(_snake, 3), "snake, 3x3"),
    Fault("tiles in another order", ("pred-tiles",), _tiles_in(_reversed_rows, 3), "rows from below, 3x3"),
    Fault("a frame never predicted", ("pred-unfinished",), _framed(0.1), "10 %"),
    Fault("a part never predicted", ("pred-unfinished",), _each(_top), "top 20 %"),
    Fault("a part never predicted", ("pred-unfinished",), _each(_middle_belt), "belt in the middle"),
    Fault("tiles' borders left blank", ("pred-seams",), _blank_borders(64, 5), "64 px"),
    Fault("the middle stretched to the photo", ("pred-scaled",), _centre_crop(0.8)),
    Fault("checkerboard", ("pred-checkerboard",), _checkerboard(2), "2 px"),
    Fault("checkerboard", ("pred-checkerboard",), _checkerboard(4), "4 px"),
    Fault("class weights in reverse order", ("class-excess", "class-missing"), _weights_reversed),
    Fault("two annotators count from 0 and 1", ("truth-numbering",), _one_from_zero, "one too low"),
    Fault("object wherever it is possible", ("pred-excess", "pred-thick"), _all_above(0.02)),
    Fault("only outlines predicted", ("pred-outlines",), _outlines(1), "1 px"),
    Fault("void counted as a class", ("truth-void", "class-missing"), _void_as_class),
    Fault("runs counted from 1", ("pred-shifted",), _one_off_runs),
)  # fmt: skip
