"""Masks as PNG files with a palette."""

import io
from collections.abc import Sequence

from PIL import Image

from maskwright.classes import Colour
from maskwright.imaging.mask_geometry import Mask


def palette_png(mask: Mask, colours: Sequence[Colour]) -> bytes:
    """Return HxW class ids as a PNG whose palette shows the colours of the classes; other ids are white."""
    palette = [*colours, *((255, 255, 255),) * (256 - len(colours))]
    image = Image.fromarray(mask)
    image.putpalette([value for colour in palette for value in colour])
    data = io.BytesIO()
    image.save(data, format="PNG")
    return data.getvalue()
