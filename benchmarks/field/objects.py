"""Faults of single objects and of single tiles that people asked about; each names its thread."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Fault, Pairs, pairs_of
from maskwright.imaging.mask_geometry import Mask

Inject = Callable[[Base, np.random.Generator], Pairs | None]
SMALLEST_PX = 64
"""Objects of fewer px are left as they are."""


def _each_object(change: Callable[[Mask, tuple[slice, slice], np.random.Generator], Mask]) -> Inject:
    """Change every predicted object in its box; `change` takes the object in its box as 0 and 1."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0 or base.name in LINES:
            return None
        return [(t, _changed(m, change, rng)) for t, m in pairs_of(base)]

    return inject


LINES = ("crackforest", "drive", "isbi_membrane", "futoshiki", "drawn_boards")
"""Sets without separate objects, or of lines and rectangles."""


def _changed(
    mask: Mask, change: Callable[[Mask, tuple[slice, slice], np.random.Generator], Mask], rng: np.random.Generator
) -> Mask:
    out = np.zeros_like(mask)
    for class_id in np.unique(mask[mask > 0]).tolist():
        _, marks, stats, _ = cv2.connectedComponentsWithStats((mask == class_id).astype(np.uint8), connectivity=8)
        for number, (left, top, wide, high, area) in enumerate(stats[1:].tolist(), start=1):
            part = slice(top, top + high), slice(left, left + wide)
            own = (marks[part] == number).astype(np.uint8)
            done = change(own, part, rng) if area >= SMALLEST_PX else own
            out[part][done > 0] = class_id
    return out


def _full(own: Mask, _part: tuple[slice, slice], _rng: np.random.Generator) -> Mask:
    """Fill the box: https://github.com/facebookresearch/d2go/issues/135."""
    return np.ones_like(own)


def _cut_to_a_tight_box(own: Mask, _part: tuple[slice, slice], rng: np.random.Generator) -> Mask:
    """Cut an object by a box that is too tight: https://github.com/ultralytics/ultralytics/issues/7909."""
    top, bottom, left, right = (rng.uniform(0, 0.2, 4) * np.repeat(own.shape, 2)).astype(int)
    done = np.zeros_like(own)
    inside = slice(top, own.shape[0] - bottom), slice(left, own.shape[1] - right)
    done[inside] = own[inside]
    return done


def _inverted_tiles(side_px: int, share: float) -> Inject:
    """Invert single tiles of half of the photos: https://github.com/aliaksandr960/segment-anything-eo/issues/4."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        pairs = []
        for place, (truth, mask) in enumerate(pairs_of(base)):
            for y in range(0, mask.shape[0], side_px):
                for x in range(0, mask.shape[1], side_px):
                    if place % 2 and rng.random() < share:
                        tile = np.s_[y : y + side_px, x : x + side_px]
                        mask[tile] = 1 - mask[tile]
            pairs.append((truth, mask))
        return pairs

    return inject


def _sides_confused(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Give patches of one class the id of another that it was mirrored to: https://github.com/MIC-DKFZ/nnUNet/issues/869."""
    counts = np.bincount(np.concatenate([t.ravel() for t in base.truths]), minlength=len(base.classes))
    names = [c for c in np.argsort(-counts[1:]) + 1 if counts[c]]
    if base.classes.background != 0 or len(names) < 3:
        return None
    table = np.arange(256, dtype=np.uint8)
    table[names[1]], table[names[2]] = names[2], names[1]
    pairs = []
    for truth, mask in pairs_of(base):
        field = cv2.GaussianBlur(rng.standard_normal(mask.shape).astype(np.float32), (0, 0), 9)
        pairs.append((truth, np.where(field > 0, table[mask], mask).astype(np.uint8)))
    return pairs


def _laid_at_other_steps(cut_px: int, laid_px: int) -> Inject:
    """Put tiles back at another step than they were cut at: https://github.com/dovahcrow/patchify.py/issues/7."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        pairs = []
        for truth, mask in pairs_of(base):
            out = np.full_like(mask, base.classes.background or 0)
            for place in range(-(-mask.shape[1] // laid_px)):
                tile = mask[:, place * cut_px : place * cut_px + laid_px]
                at = out[:, place * laid_px : place * laid_px + tile.shape[1]]
                at[:] = tile[:, : at.shape[1]]
            pairs.append((truth, out))
        return pairs

    return inject


def _halves_exchanged(base: Base, _rng: np.random.Generator) -> Pairs:
    """Exchange left and right half, as `fftshift` does."""
    return [(t, np.roll(m, m.shape[1] // 2, axis=1)) for t, m in pairs_of(base)]


OBJECTS: Sequence[Fault] = (
    Fault("boxes in place of shapes", ("pred-boxes",), _each_object(_full)),
    Fault("objects cut by tight boxes", ("pred-boxes",), _each_object(_cut_to_a_tight_box), "up to 20 % a side"),
    Fault("single tiles inverted", ("pred-inverted",), _inverted_tiles(64, 0.25), "64 px, a quarter"),
    Fault("single tiles inverted", ("pred-inverted",), _inverted_tiles(80, 0.12), "80 px, an eighth"),
    Fault("two classes taken for each other", ("classes-confused",), _sides_confused),
    Fault("tiles put back at other steps", ("pred-tiles",), _laid_at_other_steps(64, 80), "80 for 64 px"),
    Fault("tiles put back at other steps", ("pred-tiles",), _laid_at_other_steps(60, 50), "50 for 60 px"),
    Fault("halves exchanged", ("pred-tiles", "pred-shifted"), _halves_exchanged),
)
