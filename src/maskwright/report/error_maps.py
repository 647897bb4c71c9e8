"""Filled maps of what is wrong on a photo: a crop around the objects, and overlays of errors, truth and prediction."""

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from maskwright.classes import IGNORE, ClassTable, Colour
from maskwright.imaging.mask_geometry import Bools, Mask
from maskwright.imaging.photos import Photo

MISSED = (0, 136, 224)
EXTRA = (255, 120, 20)
WRONG = (190, 40, 150)
"""Blue, orange and purple differ also for people who see few colours."""
CROP_PX = 720
"""Long side of a crop, at most."""
ASPECT = 4 / 3
"""Ratio of the sides of a crop, at most."""
MARGIN = 0.12
"""Around the objects, on each side, of their size."""
LEAST_SHARE = 0.3
"""Of the photo's sides that a crop shows, at least."""
STRONG = 215
"""Opacity of an error, 0..255."""
LIGHT = 150
"""Opacity of an object, 0..255."""


@dataclass(frozen=True)
class Maps:
    """The crop of a photo (RGB) and overlays of the same size as PNG with transparency."""

    crop: Photo
    errors: bytes
    truth: bytes
    prediction: bytes


def error_maps(photo: Photo, truth: Mask, prediction: Mask, classes: ClassTable, *, whole: bool = False) -> Maps:
    """Return the maps of one photo: photo HxWx3 RGB, truth and prediction HxW class ids, 255 in the truth = ignore.

    They are cropped to the objects, unless the `whole` photo is to be shown.
    """
    shown = np.isin(truth, classes.scored) | (np.isin(prediction, classes.scored) & (truth != IGNORE))
    top, bottom, left, right = (0, truth.shape[0], 0, truth.shape[1]) if whole else crop_box(shown)
    place = np.s_[top:bottom, left:right]
    factor = min(1.0, CROP_PX / max(bottom - top, right - left))
    size_wh = (max(1, round((right - left) * factor)), max(1, round((bottom - top) * factor)))
    crop = np.asarray(cv2.resize(photo[place], size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    true, predicted = (
        np.asarray(cv2.resize(mask[place], size_wh, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
        for mask in (truth, prediction)
    )
    colours = [classes.colours[c] for c in range(len(classes))]
    alphas = [LIGHT if c in classes.scored else 0 for c in range(len(classes))]
    return Maps(
        crop,
        _overlay(errors(true, predicted, classes), [(0, 0, 0), MISSED, EXTRA, WRONG], [0, STRONG, STRONG, STRONG]),
        _overlay(true, colours, alphas),
        _overlay(np.where(true == IGNORE, IGNORE, predicted).astype(np.uint8), colours, alphas),
    )


def errors(truth: Mask, prediction: Mask, classes: ClassTable) -> Mask:
    """Return HxW: 0 right or ignored, 1 missed, 2 extra, 3 one object class taken for another."""
    objects, painted = np.isin(truth, classes.scored), np.isin(prediction, classes.scored)
    counted = truth != IGNORE
    kinds = np.zeros(truth.shape, dtype=np.uint8)
    kinds[objects & ~painted] = 1
    kinds[painted & ~objects & counted] = 2
    kinds[objects & painted & (truth != prediction)] = 3
    return kinds


def crop_box(shown: Bools) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right around what is shown (HxW bools), with a margin, 4:3 where the photo allows.

    The whole photo where nothing is shown.
    """
    height, width = shown.shape
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(rows):
        return 0, height, 0, width
    high = max((rows[-1] - rows[0] + 1) * (1 + 2 * MARGIN), LEAST_SHARE * height)
    wide = max((columns[-1] - columns[0] + 1) * (1 + 2 * MARGIN), LEAST_SHARE * width)
    high, wide = max(high, wide / ASPECT), max(wide, high * ASPECT)
    top, bottom = _span((rows[0] + rows[-1] + 1) / 2, high, height)
    left, right = _span((columns[0] + columns[-1] + 1) / 2, wide, width)
    return top, bottom, left, right


def _span(middle: float, length: float, limit: int) -> tuple[int, int]:
    """Return the ends of a span of this length around the middle, moved to lie within 0 and the limit."""
    whole = min(limit, max(1, round(length)))
    start = int(np.clip(round(middle - whole / 2), 0, limit - whole))
    return start, start + whole


def _overlay(values: Mask, colours: list[Colour], alphas: list[int]) -> bytes:
    """Return a PNG that shows each value in its colour; values beyond the table are transparent."""
    image = Image.fromarray(values, "P")
    image.putpalette([channel for colour in colours for channel in colour] + [0] * (768 - 3 * len(colours)))
    data = BytesIO()
    image.save(data, "PNG", transparency=bytes([*alphas, *[0] * (256 - len(alphas))]), optimize=True)
    return data.getvalue()
