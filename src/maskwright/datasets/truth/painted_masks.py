"""Masks painted from drawn shapes that are kept for a while: a check needs each of them several times."""

from threading import Lock

from maskwright.datasets.truth.shapes import Shapes, paint
from maskwright.imaging.mask_geometry import Mask

BYTES_MOST = 128 << 20


class PaintedMasks:
    """Paints shapes, and keeps the first masks that fit into 128 MB; several threads may ask for them."""

    def __init__(self, bytes_most: int = BYTES_MOST) -> None:
        self._room = bytes_most
        self._kept: dict[tuple[int, tuple[int, int], tuple[int, int]], tuple[Shapes, Mask]] = {}
        self._lock = Lock()

    def paint(self, truth: Shapes, full_hw: tuple[int, int], size_hw: tuple[int, int]) -> Mask:
        """Return a mask of its own: the shapes, given in pixels of a `full_hw` canvas, painted on a `size_hw` one."""
        key = id(truth), full_hw, size_hw  # the shapes are kept with their mask, so that no others get their id
        if (kept := self._kept.get(key)) is not None:
            return kept[1].copy()
        mask = paint(truth.shapes, full_hw, size_hw)
        with self._lock:
            fits = key not in self._kept and mask.nbytes <= self._room
            if fits:
                self._room -= mask.nbytes
                self._kept[key] = truth, mask
        return mask.copy() if fits else mask
