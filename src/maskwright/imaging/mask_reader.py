"""Reading mask images: the values a file holds, and the rule that turns them into class ids."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from maskwright.classes import IGNORE, Colour
from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file, stored_arrays
from maskwright.imaging.decoders.image_files import open_image
from maskwright.imaging.decoders.mask_colours_16bit import colours_in_8_bits
from maskwright.imaging.decoders.stored_pixels import (
    ImageHeader,
    Page,
    header_of,
    image_header,
    pillow_reads,
    read_stored,
    require_one_frame,
)
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_layers import do_overlap, last_layers

RawMask = NDArray[np.integer[Any]]
"""HxW whole numbers as stored: grey or palette index, or COLOUR_BIT + red * 65536 + green * 256 + blue for colours.

1-bit masks hold 0 and 255, masks of 2 or 4 bits their small numbers; NOT_A_NUMBER stands for NaN. Of an array's layers
of 0 and 1, an object each, the last that has a pixel counts; `mask_layers` tells where pixels have several.
"""

COLOUR_BIT = 1 << 24
"""Tells the colour (0, 0, 5) from the grey value 5."""

NOT_A_NUMBER = -(1 << 31)
"""Stands for NaN in masks of floats."""

DIVIDED_MOST = 0.1
ROWS_AT_ONCE = 1024
VALUES_ONE_BY_ONE = 16
"""A rule of more values is looked up in a sorted list."""
PIXELS_MOST = 178_000_000
COLOUR_BYTES_MOST = 1_200_000_000
"""A mask that takes more memory than this while it is decoded is refused."""

CUTTING = "cut photo and mask into tiles: maskwright cut PHOTO --labels MASK --out tiles"
COLOUR_MODES = ("RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
TRANSPARENT_MODES = ("RGBA", "LA", "PA")
OPAQUE = 128


@dataclass(frozen=True)
class MaskRule:
    """How stored values become class ids, the same for every mask of a dataset.

    `values` pairs a stored value with its class id (255 = ignore). `threshold` is set for soft binary masks: what
    `values` does not name is `light` from there on and `dark` below. Without it, that becomes ignore. With
    `by_colour` palette masks give the colours of their palette, with `by_alpha` transparency is the mask.
    """

    values: tuple[tuple[int, int], ...] = ()
    threshold: int | None = None
    by_colour: bool = field(default=False, repr=False)
    by_alpha: bool = field(default=False, repr=False)
    dark: int = field(default=0, repr=False)
    light: int = field(default=1, repr=False)

    @property
    def is_plain(self) -> bool:
        """Tell whether the rule says no more than its values and threshold, which are all that its repr shows."""
        return self == MaskRule(self.values, self.threshold)


def read_raw_mask(path: Path, *, page: Page | None = None, by_colour: bool = False, by_alpha: bool = False) -> RawMask:
    """Return the values of a mask file as stored; DataError where it cannot be read whole.

    Palette images give their indices, or their colours with `by_colour`, never grey levels; 1-bit images give 0 and
    255; grey saved as RGB gives the grey value. With `by_alpha` the transparency is what is read.
    """
    try:
        return _read_raw(path, page, by_colour, by_alpha)
    except DataError as error:
        cause = error.__cause__
        if isinstance(cause, FileNotFoundError):
            raise DataError(f"mask {path} is not there: restore it or remove its photo") from cause
        if cause is None:
            raise DataError(f"mask {error}") from error
        if isinstance(cause, Image.DecompressionBombError):
            raise DataError(f"mask {path} has too many pixels: {CUTTING}") from cause
        raise DataError(f"mask {path} cannot be read ({str(cause)[:200]}): save it again as PNG") from cause
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise DataError(f"mask {path} cannot be read ({error}): save it again as PNG") from error


def _read_raw(path: Path, page: Page | None, by_colour: bool, by_alpha: bool) -> RawMask:
    if page is not None:
        return _raw_bands(read_stored(path, page))
    if not pillow_reads(path):
        header = image_header(path)
        _refuse_beyond_memory(header)
        if is_array_file(path) or header.mode == "bands":
            return _raw_array(path) if is_array_file(path) else _raw_bands(read_stored(path))
    with open_image(path) as image:
        header = header_of(path, image)
        require_one_frame(path, header)
        _refuse_beyond_memory(header)
        if header.bands < 3 or not header.is_deep:
            return _raw_values(image, header, by_colour, by_alpha)
    return _raw_bands(colours_in_8_bits(read_stored(path)))  # Pillow keeps the upper eight bits alone


def _refuse_beyond_memory(header: ImageHeader) -> None:
    """Refuse a mask by the size that its header declares, before anything is allocated for it."""
    pixels = header.size_hw[0] * header.size_hw[1]
    per_pixel = min(9, {1: 2, 2: 6}.get(header.bands, 9) * max(1, header.bits // 8))
    if header.kind == "numpy" and header.bands > 1:  # the layers, and what tells which of them are not 0
        per_pixel = header.bands * (max(1, header.bits // 8) + 2)
    if pixels > PIXELS_MOST or pixels * per_pixel > COLOUR_BYTES_MOST:
        raise ValueError(f"it has {pixels / 1e6:.0f} million pixels of {header.bands * header.bits} bits: {CUTTING}")


def is_divided(path: Path) -> bool:
    """Tell whether a mask file holds floats that are whole numbers divided by 255, none above a tenth."""
    try:
        with open_image(path) as image:
            return image.mode == "F" and divided_by_255(np.asarray(image))
    except (DataError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False


def divided_by_255(values: NDArray[Any]) -> bool:
    """Tell whether floats are class ids divided by 255: above 0, none above a tenth, whole once multiplied."""
    high = float(values.max(initial=0))
    if not 0 < high < DIVIDED_MOST or values.min() < 0:
        return False
    times = values * 255
    return bool(np.abs(times - np.rint(times)).max() < 0.01)


def _raw_values(image: Image.Image, header: ImageHeader, by_colour: bool, by_alpha: bool) -> RawMask:
    if by_alpha and image.mode in TRANSPARENT_MODES:
        return np.asarray(image.getchannel("A"))
    if image.mode in COLOUR_MODES:
        return _packed(np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGB")))
    if image.mode == "P" and by_colour:
        return np.asarray(palette_values(image)[np.asarray(image)])
    if image.mode in ("LA", "PA"):
        image = image.convert(image.mode[0])
    stored = np.asarray(image)
    if stored.dtype == np.bool_:
        return stored.astype(np.uint8) * 255
    if image.mode == "L" and header.bits in (2, 4):  # Pillow spreads these to 0..255
        return stored // np.uint8(255 // ((1 << header.bits) - 1))
    if image.mode == "L" and header.white_is_zero and header.bits == 8:  # Pillow turns these over: ImageJ's masks
        return np.uint8(255) - stored
    if stored.dtype.kind == "f":
        return _whole(stored)
    return np.asarray(stored, dtype=stored.dtype.newbyteorder("="))


def palette_values(image: Image.Image) -> NDArray[np.int32]:
    """Return the raw value of each palette index of a P image, as `colour_value` gives it; black beyond the palette."""
    flat = image.getpalette("RGB") or []
    values = np.zeros(256, dtype=np.int32)
    for index, colour in enumerate(zip(*[iter(flat)] * 3, strict=False)):
        values[index] = colour_value((colour[0], colour[1], colour[2]))
    return values


def _raw_bands(stored: NDArray[Any]) -> RawMask:
    """Return HxWxB stored values as one raw mask: one band, three or four of colour, or one-hot layers as ids."""
    bands = stored.shape[2]
    if bands == 1:
        plane = stored[:, :, 0]
        if plane.dtype.kind == "f":
            return _whole(plane)
        return plane.astype(np.uint8) * 255 if plane.dtype == np.bool_ else _native(plane)
    if bands in (3, 4) and stored.dtype == np.uint8 and not _is_one_hot(stored):
        return _packed(stored)
    if not _is_one_hot(stored):
        raise ValueError(f"its {bands} layers are neither colours nor one-hot")
    ids = np.argmax(stored, axis=2).astype(np.uint8)
    # Layers for the objects alone leave the background without a layer.
    return ids if bool(stored.any(axis=2).all()) else np.where(stored.any(axis=2), ids + 1, 0).astype(np.uint8)


def _is_one_hot(stored: NDArray[Any]) -> bool:
    """Tell whether each pixel has at most one layer that is not 0, and the same number there everywhere."""
    high = stored.max()
    return bool(high and ((stored == 0) | (stored == high)).all() and (stored != 0).sum(axis=2).max() == 1)


def _raw_array(path: Path) -> RawMask:
    """Return the values of one picture of an npy or npz; a lone layer of bools is 0 and 1, as one of several is."""
    stored = read_stored(path)
    if stored.dtype == np.bool_ and len(stored_arrays(path)[0].shape) > 2:
        stored = stored.view(np.uint8)
    return last_layers(stored) if do_overlap(stored) else _raw_bands(stored)


def _native(stored: NDArray[Any]) -> RawMask:
    """Return whole numbers in this machine's byte order, no wider than 32 bits."""
    if stored.dtype.itemsize > 4:
        if np.abs(stored).max(initial=0) >= 2**31:
            raise ValueError(f"it holds the number {int(np.abs(stored).max())}; store class ids as small numbers")
        return stored.astype(np.int32)
    return np.asarray(stored, dtype=stored.dtype.newbyteorder("="))


def _packed(colours: NDArray[np.uint8]) -> RawMask:
    """Return HxWx3 colours, or HxWx4 with transparent pixels as black, as raw values; in strips, to save memory."""
    if _is_grey(colours):
        return np.ascontiguousarray(colours[:, :, 0])
    packed = np.empty(colours.shape[:2], dtype=np.int32)
    for row in range(0, len(colours), ROWS_AT_ONCE):
        strip = colours[row : row + ROWS_AT_ONCE]
        red, green, blue = (strip[:, :, i].astype(np.int32) for i in range(3))
        values = (red << 16) | (green << 8) | blue | COLOUR_BIT
        np.copyto(values, red, where=(red == green) & (green == blue))
        if strip.shape[2] == 4:
            values[strip[:, :, 3] < OPAQUE] = 0
        packed[row : row + ROWS_AT_ONCE] = values
    return packed


def _is_grey(colours: NDArray[np.uint8]) -> bool:
    red, green, blue = colours[:, :, 0], colours[:, :, 1], colours[:, :, 2]
    opaque = colours.shape[2] == 3 or bool((colours[:, :, 3] >= OPAQUE).all())
    return opaque and np.array_equal(red, green) and np.array_equal(green, blue)


def _whole(values: NDArray[Any]) -> RawMask:
    """Return floats that hold whole numbers as int32, NaN and infinity as NOT_A_NUMBER."""
    known = np.isfinite(values)
    finite = values if known.all() else np.where(known, values, 0)
    if np.any(finite != np.rint(finite)) or np.abs(finite).max(initial=0) >= 2**31:
        raise ValueError(
            f"its values are fractions up to {finite.max():.4g}, as probabilities are; store class ids as whole numbers"
        )
    whole = np.asarray(finite, dtype=np.int32)
    if finite is not values:
        whole[~known] = NOT_A_NUMBER
    return whole


def apply_rule(raw: RawMask, rule: MaskRule) -> Mask:
    """Return raw values as HxW uint8 class ids; values that the rule does not know become 255 (ignore)."""
    if rule.threshold is not None:
        cut = np.where(raw >= rule.threshold, np.uint8(rule.light), np.uint8(rule.dark))
        for value, class_id in rule.values:
            cut[raw == value] = class_id
        return cut
    if raw.dtype.kind == "u" and raw.dtype.itemsize <= 2:
        table = np.full(int(np.iinfo(raw.dtype).max) + 1, IGNORE, dtype=np.uint8)
        for value, class_id in rule.values:
            if 0 <= value < len(table):
                table[value] = class_id
        return np.asarray(table[raw])
    if len(rule.values) > VALUES_ONE_BY_ONE:
        return _looked_up(raw, rule)
    ids = np.full(raw.shape, IGNORE, dtype=np.uint8)
    for value, class_id in rule.values:
        ids[raw == value] = class_id
    return ids


def _looked_up(raw: RawMask, rule: MaskRule) -> Mask:
    """Return the class ids of raw values by a search in the sorted values of a rule: edges may hold thousands."""
    values, class_ids = (np.array(column, dtype=np.int64) for column in zip(*sorted(rule.values), strict=True))
    ids = np.empty(raw.shape, dtype=np.uint8)
    for row in range(0, len(raw), ROWS_AT_ONCE):
        strip = raw[row : row + ROWS_AT_ONCE]
        places = np.minimum(np.searchsorted(values, strip), len(values) - 1)
        ids[row : row + ROWS_AT_ONCE] = np.where(values[places] == strip, class_ids[places], IGNORE)
    return ids


def read_mask_file(path: Path, rule: MaskRule, *, page: Page | None = None) -> Mask:
    """Return a mask file as HxW uint8 class ids, 255 = ignore."""
    return apply_rule(read_raw_mask(path, page=page, by_colour=rule.by_colour, by_alpha=rule.by_alpha), rule)


def colour_value(colour: Colour) -> int:
    """Return the raw value that `read_raw_mask` gives a colour (grey colours give the grey value)."""
    red, green, blue = colour
    return red if red == green == blue else COLOUR_BIT + red * 65536 + green * 256 + blue


def channels(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return red, green and blue of raw values along a new first axis; a grey value is all three."""
    grey = values < COLOUR_BIT
    return np.stack([np.where(grey, values, (values >> bits) & 255) for bits in (16, 8, 0)])
