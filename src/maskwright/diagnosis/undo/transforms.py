"""Ways of undoing a wrong place: turning, mirroring, shifting, zooming; and the shifts that are worth a try."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.undo.search import View
from maskwright.diagnosis.undo.undone_evidence import Frame, Undo
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Mask, boundary, resize_mask

PLANE_PX = 256
"""Side of the plane on which boundaries are compared: half of it is padding, so that shifts do not wrap around."""
LINES_PX = 128
"""Long side of the copies on it, at most."""
ALIKE = 0.1
"""Photos whose sides differ by no more than this share a shift."""

Map = NDArray[Any]


def turned(quarters: int, mirror: bool, mask: Map, frame: Frame) -> Map:
    """Undo a turn and a mirroring: turn by quarters counter-clockwise, then exchange left and right."""
    upright = np.rot90(mask, quarters)
    return resize_mask(np.ascontiguousarray(upright[:, ::-1] if mirror else upright), frame.size_hw)


def zoomed(zoom: float, anchor: float, mask: Map, frame: Frame) -> Map:
    """Undo a zoom about the corner (anchor 0) or the centre (0.5) of the canvas."""
    height, width = frame.size_hw
    offset = [(1 - zoom) * anchor * side + (zoom - 1) / 2 for side in (width, height)]
    matrix = np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]])
    return warped(resize_mask(mask, frame.size_hw), matrix, frame.size_hw)


def stretched(zoom_xy: tuple[float, float], mask: Map, frame: Frame) -> Map:
    """Undo a stretch of width and height, each by its own factor, about the centre."""
    height, width = frame.size_hw
    (x, y), half = zoom_xy, 0.5
    offset = [(1 - z) * half * side + (z - 1) / 2 for z, side in ((x, width), (y, height))]
    matrix = np.array([[x, 0, offset[0]], [0, y, offset[1]]])
    return warped(resize_mask(mask, frame.size_hw), matrix, frame.size_hw)


def uncropped(mask: Map, frame: Frame) -> Map:
    """Undo a crop to the middle square that was stretched to the photo."""
    height, width = frame.size_hw
    side = min(height, width)
    return stretched((width / side, height / side), mask, frame)


def at_own_scale(anchor: float, fit: str, mask: Map, frame: Frame) -> Map:
    """Undo a crop (px for px) or a letterbox (one factor for both sides, the rest padding)."""
    high, wide = mask.shape[0] / frame.size_hw[0], mask.shape[1] / frame.size_hw[1]
    factor = 1.0 if fit == "crop" else min(high, wide)
    x, y = (
        anchor * (own - side * factor)
        for own, side in ((mask.shape[1], frame.size_hw[1]), (mask.shape[0], frame.size_hw[0]))
    )
    half = (factor - 1) / 2
    return warped(mask, np.array([[factor, 0, x + half], [0, factor, y + half]]), frame.size_hw)


def unpadded(anchor: float, mask: Map, frame: Frame) -> Map:
    """Undo padding to a square that was left in and stretched to the photo: cut the photo's part out again."""
    side = max(frame.size_hw)
    spans = []
    for own, true in zip(mask.shape, frame.size_hw, strict=True):
        length = own * true / side
        start = anchor * (own - length)
        spans.append(slice(round(start), max(round(start) + 1, round(start + length))))
    return resize_mask(np.ascontiguousarray(mask[tuple(spans)]), frame.size_hw)


def uncut(sign: int, mask: Map, frame: Frame) -> Map:
    """Undo padding to a square that was cut off on another side: 1 padded in the middle and cut at the corner."""
    side = max(frame.size_hw)
    y, x = (sign * (side - own) / 2 for own in frame.size_hw)
    return warped(resize_mask(mask, frame.size_hw), np.array([[1, 0, x], [0, 1, y]]), frame.size_hw)


@dataclass(frozen=True)
class Chain:
    """One way of undoing after another."""

    first: Undo
    second: Undo

    def __call__(self, mask: Map, frame: Frame) -> Map:
        return self.second(self.first(mask, frame), frame)


def shifted_too(seen: Sequence[View], undo_functions: Sequence[Undo]) -> list[Undo]:
    """Return each way of undoing with each shift that is worth a try after it."""
    return [Chain(undo, shift) for undo in undo_functions for shift in shift_undo_functions(seen, undo)]


def moved_by(shift_xy: tuple[float, float], mask: Map, frame: Frame) -> Map:
    """Undo a shift given in px at full size."""
    dx, dy = (round(v * frame.scale) for v in shift_xy)
    return warped(resize_mask(mask, frame.size_hw), np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float64), frame.size_hw)


def warped(mask: Map, to_source: NDArray[np.float64], size_hw: tuple[int, int]) -> Map:
    """Return a map at a size, each pixel from where the 2x3 matrix puts it; beyond the edge the edge is repeated."""
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(
        np.ascontiguousarray(mask), to_source, size_hw[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, dtype=mask.dtype)


def shift_undo_functions(seen: Sequence[View], before: Undo) -> list[Undo]:
    """Return undoes of the shifts at which boundaries of prediction and truth fall together best, in any view."""
    found: list[Undo] = []
    for cases in seen:
        sizes = [case.size_hw for case in cases]
        common = max(set(sizes), key=sizes.count)
        chosen = spread_evenly(tuple(case for case in cases if _alike(case.size_hw, common)), 12)
        surface = np.zeros((PLANE_PX, PLANE_PX))
        for case in chosen:
            frame = Frame((case.truth.shape[0], case.truth.shape[1]), case.scale)
            surface += _correlation(case.truth, np.asarray(before(case.prediction, frame)))
        px = chosen[0].scale * _lines_factor(chosen[0].truth)
        found += [partial(moved_by, (x / px, y / px)) for x, y in _peaks(surface)]
    return found


def _alike(one_hw: tuple[int, int], other_hw: tuple[int, int]) -> bool:
    return all(abs(a - b) <= ALIKE * b for a, b in zip(one_hw, other_hw, strict=True))


def _correlation(truth: Mask, prediction: Mask) -> NDArray[np.float64]:
    """Return how well boundaries agree by shift; element [dy, dx] for the prediction moved by -dy, -dx."""
    waves = [np.fft.rfft2(_lines(mask), (PLANE_PX, PLANE_PX)) for mask in (truth, prediction)]
    return np.asarray(np.fft.irfft2(np.conj(waves[0]) * waves[1], (PLANE_PX, PLANE_PX)))


def _lines_factor(mask: Mask) -> float:
    return float(min(1.0, LINES_PX / max(mask.shape)))


def _lines(mask: Mask) -> NDArray[np.float32]:
    soft = soft_boundaries(mask, LINES_PX)
    return np.asarray(soft - soft.mean(), dtype=np.float32)


def soft_boundaries(mask: Mask, long_side_px: int) -> NDArray[np.float32]:
    """Return the boundaries of an HxW mask as soft lines, on a copy that is no longer than so many px."""
    factor = min(1.0, long_side_px / max(mask.shape))
    size = max(1, round(mask.shape[1] * factor)), max(1, round(mask.shape[0] * factor))
    small = cv2.resize(boundary(mask).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), dtype=np.float32)


def _peaks(surface: NDArray[np.float64], most: int = 3) -> list[tuple[int, int]]:
    surface = surface.copy()
    found = []
    for _ in range(most):
        y, x = np.unravel_index(int(np.argmax(surface)), surface.shape)
        dy, dx = (int(v) - PLANE_PX if v > PLANE_PX // 2 else int(v) for v in (y, x))
        rows, columns = np.arange(dy - 4, dy + 5) % PLANE_PX, np.arange(dx - 4, dx + 5) % PLANE_PX
        surface[np.ix_(rows, columns)] = -np.inf
        if (dx, dy) != (0, 0):
            found.append((dx, dy))
    return found
