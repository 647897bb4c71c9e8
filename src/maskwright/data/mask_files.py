"""Reading mask images: the values a file holds, and the rule that turns them into class ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from maskwright.classes import IGNORE, Colour
from maskwright.errors import DataError
from maskwright.pixels import Mask

RawMask = NDArray[np.int64]
"""HxW values as stored: grey or palette index, or red * 65536 + green * 256 + blue for colour masks."""


@dataclass(frozen=True)
class MaskRule:
    """How stored values become class ids, the same for every mask of a dataset.

    `values` pairs a stored value with its class id (255 = ignore). `threshold` is set for soft binary masks
    instead: values of at least that are class 1, smaller ones 0. Values in neither become ignore.
    """

    values: tuple[tuple[int, int], ...] = ()
    threshold: int | None = None


def read_raw_mask(path: Path) -> RawMask:
    """Return the values of a mask file as stored; DataError where it cannot be read whole.

    Palette images give their indices, never grey levels; 1-bit images give 0 and 1; grey saved as RGB gives
    the grey value.
    """
    try:
        with Image.open(path) as image:
            return _raw_values(image)
    except FileNotFoundError as error:
        raise DataError(f"mask {path} is not there: restore it or remove its photo") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DataError(f"mask {path} cannot be read ({error}): save it again as PNG") from error


def _raw_values(image: Image.Image) -> RawMask:
    if image.mode in ("RGB", "RGBA", "CMYK", "YCbCr"):
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(np.int64), 2, 0)
        if (red == green).all() and (green == blue).all():
            return np.asarray(red)
        return np.asarray(red * 65536 + green * 256 + blue)
    if image.mode == "F":
        raise ValueError("its values are floating-point numbers; store class ids as whole numbers")
    if image.mode in ("LA", "PA"):
        image = image.convert("L") if image.mode == "LA" else image.convert("P")
    return np.asarray(image).astype(np.int64)


def apply_rule(raw: RawMask, rule: MaskRule) -> Mask:
    """Return raw values as HxW uint8 class ids; values that the rule does not know become 255 (ignore)."""
    if rule.threshold is not None:
        return (raw >= rule.threshold).astype(np.uint8)
    found, where = np.unique(raw, return_inverse=True)
    known = dict(rule.values)
    ids = np.array([known.get(int(value), IGNORE) for value in found], dtype=np.uint8)
    return np.asarray(ids[where.reshape(raw.shape)])


def read_mask_file(path: Path, rule: MaskRule) -> Mask:
    """Return a mask file as HxW uint8 class ids, 255 = ignore."""
    return apply_rule(read_raw_mask(path), rule)


def colour_value(colour: Colour) -> int:
    """Return the raw value that `read_raw_mask` gives a colour (grey colours give the grey value)."""
    red, green, blue = colour
    return red if red == green == blue else red * 65536 + green * 256 + blue
