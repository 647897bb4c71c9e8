"""Objects of a mask that are axis-parallel rectangles, or what is left of some under others."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask

SIDE_LEAST_PX, LONG_SIDE_MOST_PX = 10, 1080
"""Smaller objects are square by their pixels; masks are reduced to the second, so that large ones take no longer."""
LONG_EDGE_SHARE, EDGE_LEAST_PX = 0.1, 4
"""An edge counts as drawn straight if it is so long, and this share of the object's longer side."""
STRAIGHT = 0.97
TOUCHED_MOST = 1
"""Sides of the photo that an object may touch: of a corner or a belt, the photo itself makes most sides straight."""


@dataclass(frozen=True)
class Outlined:
    """One object of a class: whether its outline runs along rows and columns alone, and how it fills its frame.

    `fill` is its share of the smallest rectangle around it, turned as fits best.
    """

    class_id: int
    is_box: bool
    fill: float


def box_iou(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the IoU of two boxes: left, top, right, bottom; 0 where both are empty."""
    wide, high = (min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1))
    both = max(0.0, wide) * max(0.0, high)
    either = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - both
    return both / either if either > 0 else 0.0


def outlined_objects(mask: Mask, class_ids: tuple[int, ...]) -> tuple[Outlined, ...]:
    """Return the objects of an HxW mask that are large enough and touch the photo's edge on one side at most."""
    factor = LONG_SIDE_MOST_PX / max(mask.shape)
    if factor < 1:
        mask = resize_mask(mask, (max(1, round(mask.shape[0] * factor)), max(1, round(mask.shape[1] * factor))))
    return tuple(found for class_id in class_ids for found in _of_class(mask == class_id, class_id))


def _of_class(region: Bools, class_id: int) -> list[Outlined]:
    height, width = region.shape
    contours, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        left, top, wide, high = cv2.boundingRect(contour)
        touched = sum((left == 0, top == 0, left + wide == width, top + high == height))
        if touched <= TOUCHED_MOST and min(wide, high) >= SIDE_LEAST_PX:
            steps = np.abs(np.roll(contour[:, 0], -1, axis=0) - contour[:, 0])
            length = steps.max(axis=1)
            is_long = (steps.min(axis=1) == 0) & (length >= max(EDGE_LEAST_PX, LONG_EDGE_SHARE * max(wide, high)))
            box = cv2.minAreaRect(contour)[1]
            fill = float(cv2.contourArea(contour)) / max(box[0] * box[1], 1.0)
            found.append(Outlined(class_id, bool(length[is_long].sum() >= STRAIGHT * length.sum()), fill))
    return found
