"""Reading mask images: the values a file holds, and the rule that turns them into class ids."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from maskwright.classes import IGNORE, Colour
from maskwright.errors import DataError
from maskwright.imaging.geometry import Mask

RawMask = NDArray[np.integer[Any]]
"""HxW whole numbers as stored: grey or palette index, or COLOUR_BIT + red * 65536 + green * 256 + blue for colours."""

COLOUR_BIT = 1 << 24
"""Tells the colour (0, 0, 5) from the grey value 5."""

DIVIDED_MOST = 0.1

COLOUR_MODES = ("RGB", "RGBA", "CMYK", "YCbCr")


@dataclass(frozen=True)
class MaskRule:
    """How stored values become class ids, the same for every mask of a dataset.

    `values` pairs a stored value with its class id (255 = ignore). `threshold` is set for soft binary masks:
    what `values` does not name is class 1 from there on and 0 below. Without it, that becomes ignore.
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
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise DataError(f"mask {path} cannot be read ({error}): save it again as PNG") from error


def is_divided(path: Path) -> bool:
    """Tell whether a mask file holds floats that are whole numbers divided by 255, none above a tenth."""
    try:
        with Image.open(path) as image:
            return image.mode == "F" and divided_by_255(np.asarray(image))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False


def divided_by_255(values: NDArray[Any]) -> bool:
    """Tell whether floats are class ids divided by 255: above 0, none above a tenth, whole once multiplied."""
    high = float(values.max(initial=0))
    if not 0 < high < DIVIDED_MOST or values.min() < 0:
        return False
    times = values * 255
    return bool(np.abs(times - np.rint(times)).max() < 0.01)


def _raw_values(image: Image.Image) -> RawMask:
    if image.mode in COLOUR_MODES:
        return _packed(np.asarray(image.convert("RGB")))
    if image.mode in ("LA", "PA"):
        image = image.convert(image.mode[0])
    stored = np.asarray(image)
    if stored.dtype == np.bool_:
        return stored.astype(np.uint8)
    if stored.dtype.kind == "f":
        return _whole(stored)
    return np.asarray(stored, dtype=stored.dtype.newbyteorder("="))


def _packed(rgb: NDArray[np.uint8]) -> RawMask:
    red, green, blue = rgb[:, :, 0], rgb[:, :, 1], rgb[:, :, 2]
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return np.ascontiguousarray(red)
    packed = (red.astype(np.int32) << 16) | (green.astype(np.int32) << 8) | blue | COLOUR_BIT
    grey = (red == green) & (green == blue)
    np.copyto(packed, red, where=grey)
    return packed


def _whole(values: NDArray[Any]) -> RawMask:
    finite = bool(np.isfinite(values).all())
    if not finite or np.any(values != np.rint(values)) or np.abs(values).max(initial=0) >= 2**31:
        raise ValueError(f"its values are fractions up to {np.nanmax(values):.4g}; store class ids as whole numbers")
    return np.asarray(values, dtype=np.int32)


def apply_rule(raw: RawMask, rule: MaskRule) -> Mask:
    """Return raw values as HxW uint8 class ids; values that the rule does not know become 255 (ignore)."""
    if rule.threshold is not None:
        cut = (raw >= rule.threshold).astype(np.uint8)
        for value, class_id in rule.values:
            cut[raw == value] = class_id
        return cut
    if raw.dtype.kind == "u":
        table = np.full(int(np.iinfo(raw.dtype).max) + 1, IGNORE, dtype=np.uint8)
        for value, class_id in rule.values:
            if value < len(table):
                table[value] = class_id
        return np.asarray(table[raw])
    ids = np.full(raw.shape, IGNORE, dtype=np.uint8)
    for value, class_id in rule.values:
        ids[raw == value] = class_id
    return ids


def read_mask_file(path: Path, rule: MaskRule) -> Mask:
    """Return a mask file as HxW uint8 class ids, 255 = ignore."""
    return apply_rule(read_raw_mask(path), rule)


def colour_value(colour: Colour) -> int:
    """Return the raw value that `read_raw_mask` gives a colour (grey colours give the grey value)."""
    red, green, blue = colour
    return red if red == green == blue else COLOUR_BIT + red * 65536 + green * 256 + blue
