"""Moves of one photo's prediction beyond turns and shifts: a rotation by any angle, a crop stretched to the photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Case
from maskwright.diagnosis.undo.per_photo_search import best_undo_of, iou_undone
from maskwright.diagnosis.undo.transforms import Map, soft_boundaries, warped
from maskwright.diagnosis.undo.undone_evidence import Frame, Undo
from maskwright.imaging.mask_geometry import resize_mask

Move = tuple[float, float, float, float]
"""Right and down as shares of the sides, degrees, zoom."""

ANGLES = tuple(a for a in range(-48, 49, 6) if a)
"""Degrees that are tried first."""
SHARES = tuple(float(s) for s in np.arange(0.5, 0.96, 0.05))
"""Shares of each side that a crop keeps, which are tried first."""
LINES_PX = 112
"""Boundaries are matched on copies of this long side."""
LARGEST_SHARE = 0.92
"""Larger crops cannot be told from wavering boundaries."""
BEST_MATCHES = 4
"""Crops that are refined."""
MOVES_PX = 96
"""Long side of the copies on which moves in one are looked for."""
MOST_STEPS = 6
"""Steps of each size."""
STARTS = (-8, 0, 8)
"""Degrees to begin with."""
STEPS = (0.04, 0.04, 6.0, 0.06)
"""The largest steps: shares of the sides, degrees, and zoom."""


def rotated_back(degrees: float, mask: Map, frame: Frame) -> Map:
    """Undo a rotation about the photo's middle; the corners that it lost repeat what is beside them."""
    return moved_back((0.0, 0.0, degrees, 1.0), mask, frame)


def rotations(case: Case, classes: ClassTable) -> dict[str, Undo]:
    """Return the rotations that fit one photo best, to two degrees, by name."""
    name, _ = best_undo_of(case, {str(a): partial(rotated_back, float(a)) for a in ANGLES}, classes)
    near = (int(name or 0) + step for step in (-4, -2, 0, 2, 4))
    return {_named_angle(a): partial(rotated_back, float(a)) for a in near if a}


def _named_angle(degrees: int) -> str:
    return f"rotated by {abs(degrees)} degrees {'counter-clockwise' if degrees > 0 else 'clockwise'}"


@dataclass(frozen=True)
class Crop:
    """A part of a photo, in shares of its sides: how large, and where it starts from the left and the top.

    `of_photo` means that this part of the photo fills the prediction; otherwise the whole photo fills this part of it.
    """

    share: float
    left: float
    top: float
    of_photo: bool

    @property
    def words(self) -> str:
        """The crop in words."""
        where = f"{self.share:.0%} of each side from {self.left:.0%} right and {self.top:.0%} down"
        return f"cropped to {where}" if self.of_photo else f"reduced to {where}"


def crop_undone(crop: Crop, mask: Map, frame: Frame) -> Map:
    """Put a stretched crop back where it came from, or stretch a reduced photo to the whole; the rest is repeated."""
    high, wide = frame.size_hw
    own = resize_mask(mask, frame.size_hw)
    if crop.of_photo:
        factor, x, y = 1 / crop.share, -crop.left * wide / crop.share, -crop.top * high / crop.share
    else:
        factor, x, y = crop.share, crop.left * wide, crop.top * high
    half = (factor - 1) / 2
    return warped(own, np.array([[factor, 0, x + half], [0, factor, y + half]]), frame.size_hw)


def moved_back(way: Move, mask: Map, frame: Frame) -> Map:
    """Undo a shift (shares of the sides), a rotation about the middle (degrees) and a zoom in one."""
    (right, down, degrees, zoom), (high, wide) = way, frame.size_hw
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), -degrees, zoom).astype(np.float64)
    matrix[:, 2] += (right * wide, down * high)
    return warped(resize_mask(mask, frame.size_hw), matrix, frame.size_hw)


def moves(case: Case, classes: ClassTable) -> dict[str, Undo]:
    """Return the shift, rotation and zoom in one that fit one photo best, by name; from several starts."""
    small = tuple(max(1, round(side * min(1.0, MOVES_PX / max(case.truth.shape)))) for side in case.truth.shape)
    halved = replace(case, truth=resize_mask(case.truth, small), prediction=resize_mask(case.prediction, small))
    ends = [_climbed(halved, (0.0, 0.0, float(degrees), 1.0), classes) for degrees in STARTS]
    _, best = max(ends)
    (right, down, degrees, zoom), (high, wide) = best, case.size_hw
    name = (
        f"shifted, rotated and scaled by {right * wide:.0f}, {down * high:.0f} px, {degrees:.0f} degrees and "
        f"{100 * (zoom - 1):.0f} %"
    )
    return {name: partial(moved_back, best)}


def _climbed(case: Case, way: Move, classes: ClassTable) -> tuple[float, Move]:
    """Return the best IoU and its move, reached by steps that become smaller."""

    def iou_at(one: Move) -> float:
        return float(np.nan_to_num(iou_undone(case, partial(moved_back, one), classes)))

    best = iou_at(way)
    for share in (1.0, 0.5, 0.25):
        for _ in range(MOST_STEPS):
            near = [_changed(way, place, sign * share * step) for place, step in enumerate(STEPS) for sign in (-1, 1)]
            found, one = max((iou_at(one), one) for one in near)
            if found <= best:
                break
            best, way = found, one
    return best, way


def _changed(way: Move, place: int, by: float) -> Move:
    right, down, degrees, zoom = (value + by * (i == place) for i, value in enumerate(way))
    return right, down, degrees, zoom


def crops(case: Case, classes: ClassTable) -> dict[str, Undo]:
    """Return the crops that fit one photo best, by name."""
    matches = sorted((m for share in SHARES for m in _matches(case, share)), key=lambda m: -m[0])[:BEST_MATCHES]
    refined = [_refined(case, crop, classes) for _, crop in matches]
    return {crop.words: partial(crop_undone, crop) for crop in refined if crop.share <= LARGEST_SHARE}


def _matches(case: Case, share: float) -> list[tuple[float, Crop]]:
    """Return where the boundaries of one, reduced to the share, lie best in those of the other, in both directions."""
    truth, drawn = (
        soft_boundaries(resize_mask(mask, case.truth.shape), LINES_PX) for mask in (case.truth, case.prediction)
    )
    found = []
    for whole, part, of_photo in ((truth, drawn, True), (drawn, truth, False)):
        size = (max(8, round(share * part.shape[1])), max(8, round(share * part.shape[0])))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        is_larger = size[0] > whole.shape[1] or size[1] > whole.shape[0]  # of a few px
        if is_larger or small.std() == 0 or whole.std() == 0:
            continue
        fits = cv2.matchTemplate(whole, small, cv2.TM_CCOEFF_NORMED)
        _, worth, _, (x, y) = cv2.minMaxLoc(fits)
        found.append((float(worth), Crop(share, x / whole.shape[1], y / whole.shape[0], of_photo)))
    return found


def _refined(case: Case, crop: Crop, classes: ClassTable) -> Crop:
    """Return the crop after steps of 2 % to half a percent in size and place that each raise the IoU."""
    for step in (0.02, 0.01, 0.005):
        for _ in range(3):
            near = [crop, *_beside(crop, step)]
            name, _iou = best_undo_of(case, {str(i): partial(crop_undone, c) for i, c in enumerate(near)}, classes)
            if name in ("", "0"):
                break
            crop = near[int(name)]
    return crop


def _beside(crop: Crop, step: float) -> Sequence[Crop]:
    """Return crops a little larger, smaller, or elsewhere; a change of size keeps the middle."""
    share, left, top, of_photo = crop.share, crop.left, crop.top, crop.of_photo
    moved = [(share, left + dx, top + dy) for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step))]
    sized = [(share + s, left - s / 2, top - s / 2) for s in (step, -step)]
    return [Crop(*one, of_photo) for one in (*moved, *sized) if 0.4 <= one[0] <= 1]
