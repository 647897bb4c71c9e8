"""How well the boundaries of a mask lie on the edges of its photo: as it is, turned, mirrored and shifted.

Along a true boundary brightness and colour change in one direction over a whole stretch; along a misplaced one
changes of both signs cancel. The measure is that coherence, in units of the photo's own mean edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.photos import Photo

CLEAR, CLEARLY_BETTER = 1.2, 0.4
"""Coherence on true boundaries is 1.5 to 2.5, elsewhere 0.5 to 0.9 (measured on six sets of real photos)."""
TRUE_EDGES_HAVE = f"true boundaries have {CLEAR} or more"
"""How findings say it."""
ALIGNMENT_PX = 360
"""Long side at which fits are measured: a 12-megapixel JPEG is decoded at a quarter for it."""
STRETCH_PX = 24
SMOOTHING_PX = 1.5
FAINT = 2.0
POINTS_MOST, POINTS_LEAST = 1500, 24
SHIFT_STEP = 0.01
SHIFT_STEPS = 8
INSIDE_LEAST = 0.6
FRAME_PX = 3
DEGREES = tuple(half + degrees for half in (0, 180) for degrees in range(-44, 45, 2))
"""Rotations that are tried where masks may have been rotated each by itself: upright ones, and half a turn more."""
MIN_VOTES = 3
"""Masks that must clearly fit in the same way."""
MIN_VOTE_LEAD = 3
"""How many times as many masks must fit in this way as in another one."""

Value = TypeVar("Value", bound=np.generic)


class Orientation(Protocol):
    """One of the 8 symmetries of a rectangle, of a plane of any values."""

    def __call__(self, plane: NDArray[Value], /) -> NDArray[Value]:
        """HxW -> HxW or WxH."""


ORIENTATIONS: dict[str, Orientation] = {
    "as it is": lambda mask: mask,
    "mirrored left to right": lambda mask: mask[:, ::-1],
    "mirrored top to bottom": lambda mask: mask[::-1],
    "rotated by 180 degrees": lambda mask: mask[::-1, ::-1],
    "transposed": lambda mask: mask.T,
    "rotated by 90 degrees counterclockwise": lambda mask: np.rot90(mask),
    "rotated by 90 degrees clockwise": lambda mask: np.rot90(mask, -1),
    "transposed along the other diagonal": lambda mask: mask[::-1, ::-1].T,
}
"""What can be done to a mask so that it fits: the 8 symmetries of a rectangle, the first of them none."""


@dataclass(frozen=True)
class Alignment:
    """Coherence of one mask with its photo: by the keys of ORIENTATIONS in their order, and by shift.

    `shifts` is a (2n+1)x(2n+1) table over moves of the mask by whole steps of `step_px` of the reduced copy, rows
    down and columns right, the middle no move; NaN where the mask would leave the photo. `size_hw` is the copy's.
    """

    by_orientation: NDArray[np.float64]
    shifts: NDArray[np.float64]
    step_px: int
    size_hw: tuple[int, int]


@dataclass(frozen=True)
class _Line:
    """Points on the boundaries of a mask, stretch after stretch: their places and normals, and where stretches begin.

    `normal` is 2x1xNx3: x and y of the unit normal towards the higher id, once for each colour channel.
    """

    y: NDArray[np.int64]
    x: NDArray[np.int64]
    normal: NDArray[np.float32]
    begins: NDArray[np.int64]


def measure_alignment(photo: Photo, mask: Mask) -> Alignment | None:
    """Return how an HxWx3 photo and its HxW mask fit, both about 360 px long; None where boundaries are too short."""
    size_hw = (photo.shape[0], photo.shape[1])
    edges, line = _edges(photo), _line(mask)
    if line is None or edges is None:
        return None
    coherences = [
        _coherence(edges, turned)
        for turn in ORIENTATIONS.values()
        if (turned := _line(_turned(mask, turn))) is not None
    ]
    if len(coherences) < len(ORIENTATIONS):
        return None
    step = max(1, round(SHIFT_STEP * max(size_hw)))
    moves = np.arange(-SHIFT_STEPS, SHIFT_STEPS + 1) * step
    shifts = np.stack([_coherences(edges, line, down, moves) for down in moves.tolist()])
    return Alignment(np.array(coherences), shifts, step, size_hw)


def alignment_with(photo: Photo, mask: Mask) -> float:
    """Return the coherence of photo and mask as they are, NaN where boundaries are too short."""
    edges, line = _edges(photo), _line(mask)
    return float("nan") if line is None or edges is None else _coherence(edges, line)


def alignments_with(photo: Photo, masks: Sequence[Mask | None]) -> list[float]:
    """Return the coherence of one photo with each of several masks of its size; NaN for None and short boundaries."""
    edges = _edges(photo)
    lines = [None if mask is None or edges is None else _line(mask) for mask in masks]
    return [float("nan") if edges is None or line is None else _coherence(edges, line) for line in lines]


def alignments_when_rotated(photo: Photo, mask: Mask) -> NDArray[np.float64]:
    """Return the coherence for the mask as it is and mirrored left to right (2 rows), rotated by each of DEGREES.

    The mask is rotated about its centre, counterclockwise, into its own frame. NaN where boundaries are too short.
    """
    edges = _edges(photo)
    fits = np.full((2, len(DEGREES)), np.nan)
    height, width = mask.shape
    for row, side in enumerate((mask, np.ascontiguousarray(mask[:, ::-1]))):
        for column, degrees in enumerate(DEGREES):
            matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
            rotated = cv2.warpAffine(side, matrix, (width, height), flags=cv2.INTER_NEAREST, borderValue=(IGNORE,))
            line = _line(np.asarray(rotated, dtype=np.uint8))
            if edges is not None and line is not None:
                fits[row, column] = _coherence(edges, line)
    return fits


def alignments_when_shifted(photo: Photo, mask: Mask, *, reach: float) -> tuple[NDArray[np.float64], int] | None:
    """Return the coherence for shifts of the mask by up to `reach` of the long side, and the step between them in px.

    The table is as in `Alignment.shifts`. None where boundaries are too short.
    """
    edges, line = _edges(photo), _line(mask)
    if edges is None or line is None:
        return None
    step = max(1, round(SHIFT_STEP * max(mask.shape)))
    steps = round(reach * max(mask.shape) / step)
    moves = np.arange(-steps, steps + 1) * step
    return np.stack([_coherences(edges, line, down, moves) for down in moves.tolist()]), step


def _turned(mask: Mask, turn: Orientation) -> Mask:
    return resize_mask(np.ascontiguousarray(turn(mask)), (mask.shape[0], mask.shape[1]))


def _edges(photo: Photo) -> NDArray[np.float32] | None:
    """Return the photo's gradients 2xHxWx3 (x, y), strong ones compressed, their mean square over the photo 1."""
    smooth = np.asarray(cv2.GaussianBlur(photo.astype(np.float32), (0, 0), SMOOTHING_PX), dtype=np.float32)
    slopes = np.empty((2, *photo.shape), dtype=np.float32)
    for slope, (dx, dy) in zip(slopes, ((1, 0), (0, 1)), strict=True):
        cv2.Sobel(smooth, cv2.CV_32F, dx, dy, slope, scale=1 / 8)
    cv2.magnitude(slopes[0], slopes[1], smooth)
    np.add(smooth, FAINT, out=smooth)
    slopes /= np.sqrt(smooth, out=smooth)
    usual = float(np.sqrt(np.vdot(slopes, slopes) / photo.size))
    if usual <= 0:
        return None
    slopes /= usual
    return slopes


def _line(mask: Mask) -> _Line | None:
    ignored = mask == IGNORE
    on = np.zeros(mask.shape, dtype=np.bool_)
    for here, there in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        apart = (mask[here] != mask[there]) & ~ignored[here] & ~ignored[there]
        on[here] |= apart
        on[there] |= apart
    on[:FRAME_PX] = on[-FRAME_PX:] = on[:, :FRAME_PX] = on[:, -FRAME_PX:] = False
    ids = cv2.GaussianBlur(np.where(ignored, 0, mask).astype(np.float32), (0, 0), SMOOTHING_PX)
    along_x, along_y = cv2.Sobel(ids, cv2.CV_32F, 1, 0), cv2.Sobel(ids, cv2.CV_32F, 0, 1)
    steep = np.hypot(along_x, along_y)
    y, x = np.nonzero(on & (steep > 1e-6))
    if len(y) < POINTS_LEAST:
        return None
    every = -(-len(y) // POINTS_MOST)
    y, x = y[::every], x[::every]
    normal = (np.stack([along_x[y, x], along_y[y, x]], axis=1) / steep[y, x, None]).astype(np.float32)
    facing = np.rint(np.arctan2(normal[:, 1], normal[:, 0]) / (np.pi / 2)).astype(np.int64) % 4
    stretch = ((y // STRETCH_PX) * 4096 + x // STRETCH_PX) * 4 + facing
    order = np.argsort(stretch, kind="stable")
    begins = np.flatnonzero(np.diff(stretch[order], prepend=-1))
    return _Line(y[order], x[order], np.repeat(normal[order].T[:, None, :, None], 3, axis=3), begins)


def _coherence(edges: NDArray[np.float32], line: _Line) -> float:
    return float(_coherences(edges, line, 0, np.zeros(1, dtype=np.int64))[0])


def _coherences(edges: NDArray[np.float32], line: _Line, down: int, right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the coherence for moves by `down` rows and K times by `right` columns; NaN where the mask would leave.

    That is the mean over boundary points of their stretch's summed slope along the normal, signs kept within it.
    """
    height, width = edges.shape[1:3]
    y, x = line.y + down, line.x + right[:, None]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    places = np.where(inside, y * width + x, 0)
    along = edges.reshape(2, -1, 3).take(places, axis=1)
    along *= line.normal
    slopes = along[0] + along[1]
    if not inside.all():
        slopes[~inside] = 0
    sums = np.add.reduceat(slopes, line.begins, axis=1, dtype=np.float64)
    total, count = np.sqrt(np.einsum("kij,kij->ki", sums, sums)).sum(axis=1), inside.sum(axis=1)
    return np.where(count >= INSIDE_LEAST * len(line.y), total / np.maximum(count, 1), np.nan)


def is_clear_majority(votes: int, others: int) -> bool:
    """Tell whether so many masks fit best in one way, and so few in another, that this is no chance."""
    return votes >= max(MIN_VOTES, MIN_VOTE_LEAD * others)


def clear_orientation(fit: Alignment) -> int | None:
    """Return the index in ORIENTATIONS under which a mask clearly lies on edges; None where none is clear."""
    best = int(np.argmax(fit.by_orientation))
    is_clear = fit.by_orientation[best] > CLEAR and (
        best == 0 or fit.by_orientation[best] - fit.by_orientation[0] > CLEARLY_BETTER
    )
    return best if is_clear else None
