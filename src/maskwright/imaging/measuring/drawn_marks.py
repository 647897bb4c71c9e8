"""Coloured marks that somebody drew into a grey photo: rings, arrows, boxes."""

from dataclasses import dataclass

import cv2
import numpy as np

from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.photos import Photo

GREY, NEARLY_ALL = 24, 0.9
"""A photo is grey where its channels differ by less than the first in so many of its pixels."""
MIN_CHROMA = 50
"""Levels by which the channels of a mark differ."""
MIN_MARK_SHARE = 5e-4
"""Share of the photo that marks must cover."""
MAX_MARK_SHARE = 0.1
"""Share of the photo that marks may cover: more is the photo's own colour."""


@dataclass(frozen=True)
class DrawnMark:
    """A mark: its mean colour, the share of the photo in its hull, and the share of the object that the hull holds.

    `on_object` is the share of its own pixels that lie on the object. NaN where there is no object. `box` is where it
    begins and ends, left, top, right and bottom, as shares of the photo's sides.
    """

    colour: tuple[int, int, int]
    hull: float
    holds: float
    on_object: float
    box: tuple[float, float, float, float]


def is_grey(photo: Photo) -> bool:
    """Tell whether an HxWx3 photo has hardly any colour, marks aside."""
    return bool((_colourfulness(photo) < GREY).mean() >= NEARLY_ALL)


def drawn_mark(photo: Photo, objects: Bools) -> DrawnMark | None:
    """Return the coloured mark in a grey photo of the size of `objects`; None where there is none."""
    marked = _colourfulness(photo) >= MIN_CHROMA
    if not MIN_MARK_SHARE <= marked.mean() <= MAX_MARK_SHARE:
        return None
    points = np.argwhere(marked)[:, ::-1].astype(np.int32)
    hull = np.zeros(marked.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), (1,))
    inside = hull > 0
    has_object = bool(objects.any())
    height, width = marked.shape
    left, top = (points.min(axis=0) / (width, height)).tolist()
    right, bottom = (points.max(axis=0) / (width, height)).tolist()
    red, green, blue = photo[marked].mean(axis=0).round().astype(int).tolist()
    return DrawnMark(
        colour=(red, green, blue),
        hull=float(inside.mean()),
        holds=float(inside[objects].mean()) if has_object else float("nan"),
        on_object=float(objects[marked].mean()) if has_object else float("nan"),
        box=(left, top, right, bottom),
    )


def _colourfulness(photo: Photo) -> Photo:
    """Return by how much the channels of each pixel differ; channel by channel, as numpy is slow over a short axis."""
    red, green, blue = (photo[..., i] for i in range(3))
    spread: Photo = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return spread
