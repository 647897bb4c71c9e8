"""Real photos that ship with scikit-image: a cat, and places to paste it into."""

import cv2
import numpy as np
from skimage import data

from maskwright.imaging.photos import Photo


def photo_of(name: str) -> Photo:
    """Return "chelsea" (a cat), "coffee", "astronaut" or "rocket" as HxWx3."""
    return np.asarray(getattr(data, name)(), dtype=np.uint8)


def with_cat(background: Photo, *, y: int, x: int, side_px: int = 180) -> Photo:
    """Return the photo with the cat's head pasted at row y and column x."""
    photo = background.copy()
    cat = cv2.resize(photo_of("chelsea")[:, 80:380], (side_px, side_px), interpolation=cv2.INTER_AREA)
    photo[y : y + side_px, x : x + side_px] = cat
    return photo
