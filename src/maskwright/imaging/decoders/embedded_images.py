"""Images inside text: PNG or JPEG bytes in base64, as annotation tools put them into json."""

import base64
import binascii
import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.errors import ShapeError
from maskwright.imaging.mask_geometry import Bools

FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
MOST_BYTES, MOST_PIXELS = 1 << 26, 1 << 27


def bytes_of(text: object, *, zipped: bool = False) -> bytes:
    """Return the bytes of base64 text, after an address as "data:image/png;base64," too; ValueError for anything else.

    With `zipped` they are unpacked with zlib, at most to 64 MB.
    """
    if not isinstance(text, str):
        raise ShapeError("has no image data")
    try:
        data = base64.b64decode(text.rsplit(",", 1)[-1], validate=False)
        return zlib.decompressobj().decompress(data, MOST_BYTES) if zipped else data
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ShapeError("has image data that is damaged") from error


def mask_of_bytes(data: bytes) -> Bools:
    """Return where an image is set: where it is not transparent, or, without transparency, where it is not black.

    ValueError where it cannot be read.
    """
    values = _pixels(data)
    if values.ndim == 3:
        return np.asarray(values[..., 3] > 0 if values.shape[2] == 4 else values.any(axis=2), dtype=np.bool_)
    return np.asarray(values > 0, dtype=np.bool_)


def _pixels(data: bytes) -> NDArray[Any]:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ShapeError("has an image of more pixels than any photo")
            if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
                return np.asarray(image.convert("RGBA"))
            return np.asarray(image.convert("RGB") if image.mode == "P" else image)
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ShapeError("has an image that cannot be read") from error


def png_text(mask: Bools, *, zipped: bool = False) -> str:
    """Return an HxW mask as a one-bit PNG in base64, white on black; with `zipped` transparent and packed with zlib."""
    image = Image.fromarray(mask)
    data = io.BytesIO()
    if zipped:
        image = Image.fromarray(mask.astype(np.uint8))
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.save(data, format="PNG", bits=1, transparency=0)
        return base64.b64encode(zlib.compress(data.getvalue())).decode()
    image.save(data, format="PNG")
    return base64.b64encode(data.getvalue()).decode()
