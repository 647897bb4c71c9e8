"""One photo with its mask, as a person and a torch DataLoader take them from a dataset."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.imaging.drawing import draw_overlay, encode_jpeg
from maskwright.imaging.mask_geometry import Mask, reduce_photo, resize_mask
from maskwright.imaging.photos import Photo
from maskwright.notebook.html import box, figures
from maskwright.notebook.show import show

PICTURE_PX = 240
"""The long side of a picture in a notebook."""


class Example(NamedTuple):
    """A photo (HxWx3 uint8 RGB, upright) and its mask (HxW uint8 class ids, 255 = ignore).

    It unpacks, as in `photo, mask = dataset[0]`.

        >>> example = mw.open_dataset("photos")["disc00.png"]
        >>> example.photo.shape, np.unique(example.mask).tolist()
        ((96, 128, 3), [0, 1])
    """

    photo: Photo
    mask: Mask

    def __repr__(self) -> str:
        height, width = self.mask.shape[-2:]
        return f"<Example: photo {width}x{height} px, class ids {np.unique(self.mask).tolist()}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the photo with its mask, in the colours of the palette."""
        known = [int(value) for value in np.unique(self.mask) if value != IGNORE]
        names = tuple(f"class {class_id}" for class_id in range(max(known, default=0) + 1))
        height, width = self.mask.shape[-2:]
        jpeg = picture(self.photo, self.mask, class_table(names))
        return box(f"{width}x{height} px", figures([(jpeg, f"class ids {', '.join(map(str, known))}")]))

    def show(self) -> Path | None:
        """Show the photo with its mask in a notebook, or in the browser; return the page, None in a notebook."""
        return show(self)


def picture(photo: Photo, mask: Mask | None, classes: ClassTable) -> bytes:
    """Return a small JPEG of the photo, with the mask drawn on it where one is given."""
    small = reduce_photo(photo, PICTURE_PX)
    if mask is None:
        return encode_jpeg(small, 85)
    return encode_jpeg(draw_overlay(small, resize_mask(mask, (small.shape[0], small.shape[1])), classes), 85)
