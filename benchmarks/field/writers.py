"""How predictions are written: as figures of a plot, as filled outer contours, with ids of one photo alone."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.field.bases import Base
from benchmarks.field.faults import Array, Fault, Pairs, pairs_of
from maskwright.imaging.mask_geometry import resize_mask

MANY_CLASSES = 4
Inject = Callable[[Base, np.random.Generator], Pairs | None]
FIGURE_HW, SUBPLOT = (480, 640), (0.12, 0.11, 0.1, 0.125)
"""Size of a figure and the free shares above, below, right and left of its plot, as matplotlib sets them."""


def _figure(size_hw: tuple[int, int], margins: tuple[float, float, float, float], *, axes: bool) -> Inject:
    """Draw each mask of two classes in grey into the middle of a white figure, with or without axes."""

    def change(mask: Array) -> Array:
        top, bottom, right, left = margins
        free_hw = (1 - top - bottom) * size_hw[0], (1 - left - right) * size_hw[1]
        scale = min(free / side for free, side in zip(free_hw, mask.shape, strict=True))
        high, wide = (round(scale * side) for side in mask.shape)
        shown = cv2.resize((mask > 0).astype(np.uint8) * 255, (wide, high), interpolation=cv2.INTER_CUBIC)
        out = np.full(size_hw, 255, np.uint8)
        y, x = round(top * size_hw[0] + (free_hw[0] - high) / 2), round(left * size_hw[1] + (free_hw[1] - wide) / 2)
        out[y : y + high, x : x + wide] = shown
        if axes:
            cv2.rectangle(out, (x - 1, y - 1), (x + wide, y + high), 0, 1)
            for tick in range(6):
                place = (x + tick * wide // 6, y + high + 14)
                cv2.putText(out, str(50 * tick), place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, 0, 1, cv2.LINE_AA)
        return out

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        return [(t, change(m)) for t, m in pairs_of(base)] if len(base.classes) == 2 else None

    return inject


def _outer_contours(scale: float) -> Inject:
    """Draw the outer contours of each object full, at a smaller size; a fault where truths have holes."""

    def change(mask: Array, classes: Sequence[int]) -> Array:
        small = resize_mask(mask, (round(scale * mask.shape[0]), round(scale * mask.shape[1])))
        out = np.zeros_like(small)
        for class_id in classes:
            contours, _ = cv2.findContours(
                (small == class_id).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
            )
            cv2.drawContours(out, contours, -1, int(class_id), cv2.FILLED)
        return resize_mask(out, mask.shape)

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        classes = [c for c in base.classes.scored if c != 0]
        return [(t, change(m, classes)) for t, m in pairs_of(base)] if base.classes.background == 0 else None

    return inject


def _anew(mask: Array) -> Array:
    """Number the classes that one mask shows."""
    return np.asarray(np.unique(mask, return_inverse=True)[1].reshape(mask.shape), dtype=np.uint8)


def _numbered_anew(part: float) -> Inject:
    """Number the classes anew in each prediction of a random part of each photo, which shows fewer of them."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) < MANY_CLASSES:
            return None
        pairs = []
        for truth, mask in pairs_of(base):
            high, wide = (round(part * side) for side in mask.shape)
            y, x = (int(rng.integers(side - size + 1)) for side, size in zip(mask.shape, (high, wide), strict=True))
            window = slice(y, y + high), slice(x, x + wide)
            pairs.append((truth[window].copy(), _anew(mask[window])))
        return pairs

    return inject


WRITERS: Sequence[Fault] = (
    Fault("saved as figures", ("figures with white margins",), _figure(FIGURE_HW, SUBPLOT, axes=False), "no axes"),
    Fault("saved as figures", ("figures with white margins",), _figure(FIGURE_HW, SUBPLOT, axes=True), "with axes"),
    Fault(
        "saved as figures",
        ("figures with white margins",),
        _figure((389, 512), (0.026, 0.026, 0.02, 0.02), axes=False),
        "thin margins",
    ),
    Fault("ids numbered separately in each photo", ("classes-swapped",), _numbered_anew(1.0)),
    Fault("ids numbered separately in each photo", ("classes-swapped",), _numbered_anew(0.5), "of windows"),
    Fault("outer contours drawn full", ("pred-filled",), _outer_contours(1.0)),
)  # fmt: skip
