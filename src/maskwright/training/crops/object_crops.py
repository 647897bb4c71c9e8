"""Crops that show one object centred: the first stage of DeconvNet's training. Noh et al. 2015, section 4.2."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.imaging.mask_geometry import Mask
from maskwright.training.augmentation.geometry import Crop

ENLARGED = 1.2
"""How much larger than the object its box is, for context."""
JITTER = 250 / 224
"""The box is scaled to 250 px; the crop takes 224 of them at a random place."""
LEAST_PX = 16
"""Smaller patches, by area, are not used."""
LARGEST_ZOOM = 8.0

Objects = NDArray[np.int32]
"""One row an object: class id, left, top, right, bottom (exclusive), and x, y of one of its pixels."""


def objects_of(mask: Mask, classes: ClassTable) -> Objects:
    """Return the 8-connected objects of a HxW mask that have at least 16 px, class by class in scan order."""
    rows = []
    for class_id in classes.scored:
        count, labels, stats, _ = cv2.connectedComponentsWithStats((mask == class_id).astype(np.uint8), connectivity=8)
        for label in range(1, count):
            left, top, width, height, area = (int(v) for v in stats[label])
            if area >= LEAST_PX:
                x = left + int(np.argmax(labels[top, left : left + width] == label))
                rows.append((class_id, left, top, left + width, top + height, x, top))
    return np.array(rows, dtype=np.int32).reshape(-1, 7)


def draw_object(objects: Objects, rng: np.random.Generator) -> Objects:
    """Return one of the objects (a row): each class is equally likely, and so is each object of a class."""
    chosen = objects[objects[:, 0] == rng.choice(np.unique(objects[:, 0]))]
    row: Objects = chosen[int(rng.integers(len(chosen)))]
    return row


def crop_around(row: Objects, crop_px: int, rng: np.random.Generator) -> Crop:
    """Return the square crop of 1.2 times the object's box, moved as far as a 224-px crop within 250 px can be."""
    left, top, right, bottom = (int(v) for v in row[1:5])
    box_px = ENLARGED * max(right - left, bottom - top)
    zoom = min(crop_px * JITTER / box_px, LARGEST_ZOOM)
    reach = crop_px * (JITTER - 1) / 2 / zoom
    x, y = (left + right) / 2 + rng.uniform(-reach, reach), (top + bottom) / 2 + rng.uniform(-reach, reach)
    return Crop((float(x), float(y)), zoom, crop_px)


def alone(mask: Mask, row: Objects, classes: ClassTable) -> Mask:
    """Return the mask with this object only: the others are background; ignored pixels stay so.

    Without a background class the others are ignored.
    """
    class_id, left, top, right, bottom, x, y = (int(v) for v in row)
    inside = (mask[top:bottom, left:right] == class_id).astype(np.uint8)
    _, labels = cv2.connectedComponents(inside, connectivity=8)
    rest = IGNORE if classes.background is None else classes.background
    shown = np.where(mask == IGNORE, IGNORE, rest).astype(np.uint8)
    shown[top:bottom, left:right][labels == labels[y - top, x - left]] = class_id
    return shown
