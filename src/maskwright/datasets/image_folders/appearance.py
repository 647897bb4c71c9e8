"""What an image looks like, photo or mask: how many values it holds and how often they change."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.image_folders.inventory import ImageFile
from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file
from maskwright.imaging.decoders.image_files import open_image
from maskwright.imaging.decoders.stored_pixels import Page, read_stored
from maskwright.imaging.mask_reader import TRANSPARENT_MODES

Pixels = NDArray[Any]

STRIPS, STRIP_PX = 8, 64
DRAFT_PX = 1024
MAX_MASK_BITS = 0.6
"""Bits of change a pixel up to which an image is a mask: masks have 0 to 0.2."""
MIN_PHOTO_BITS = 1.0
"""Bits of change a pixel above which an image is a photo: photos have 1.9 (a drawing) and more."""
MAX_BINARY_BITS = 2.0
"""The bound of masks of two values: as JPEG of 64 pixels they have up to 1.6."""
DARK, LIGHT = 16, 240
MIN_BINARY_SHARE = 0.9
"""Share of the pixels that must be dark or light in a mask of two values."""
MIN_MATTE_SHARE = 0.7
"""Share of the pixels that must be dark or light in a matte, which has soft edges."""
MIN_MATTE_SIDE = 0.02
"""Share of the pixels that must be dark, and that must be light, in a matte."""
FILLING_LEAST = 0.002


@dataclass(frozen=True)
class Appearance:
    """What an image looks like: `values` distinct ones, and the `bits` that change from one pixel to the next.

    `bits` is the share of neighbours that differ, along rows or columns, whichever is lower, times the logarithm of
    the number of values. `binary`: nearly all pixels are dark or light. `matte`: most are, as in the soft edges of an
    alpha matte.
    """

    values: int
    bits: float
    binary: bool = False
    matte: bool = False

    @property
    def is_blank(self) -> bool:
        """Tell whether there is one value only, which says neither photo nor mask."""
        return self.values <= 1

    @property
    def is_mask(self) -> bool:
        """Tell whether the image is made of patches of few values."""
        return not self.is_blank and self.bits <= (MAX_BINARY_BITS if self.binary else MAX_MASK_BITS)

    @property
    def is_photo(self) -> bool:
        """Tell whether the image changes from pixel to pixel as photos do."""
        return self.bits > MIN_PHOTO_BITS and not self.is_mask


def appearance_of(file: ImageFile) -> Appearance | None:
    """Return what an image looks like, from some of its rows; None where it cannot be decoded."""
    try:
        return appearance_of_pixels(_pixels(file))
    except (DataError, OSError, ValueError, SyntaxError, EOFError):
        return None


def appearance_of_pixels(pixels: Pixels) -> Appearance:
    """Return what HxWxB pixels look like, from some of their rows."""
    pixels = _some_rows(pixels)
    keys = _keys(pixels)
    values = len(np.unique(keys))
    if values <= 1:
        return Appearance(values, 0.0)
    changes = [float((keys[:, 1:] != keys[:, :-1]).mean()) if keys.shape[1] > 1 else 1.0]
    changes += [float((keys[1:] != keys[:-1]).mean()) if keys.shape[0] > 1 else 1.0]
    bits = min(changes) * float(np.log2(values))
    dark, light = _extremes(pixels)
    both = dark > 0 and light > 0
    is_matte = min(dark, light) >= MIN_MATTE_SIDE and dark + light >= MIN_MATTE_SHARE
    return Appearance(values, bits, both and dark + light >= MIN_BINARY_SHARE, is_matte)


def transparency_of(file: ImageFile) -> Appearance | None:
    """Return what the transparency of an image looks like; None where it has none."""
    if file.header is None or file.header.mode not in TRANSPARENT_MODES:
        return None
    try:
        with open_image(file.path) as image:
            return appearance_of_pixels(np.asarray(image.getchannel("A"))[:, :, None])
    except (DataError, OSError, ValueError, SyntaxError, EOFError):
        return None


def is_cut_away(file: ImageFile) -> bool:
    """Tell whether the transparent pixels of an image all have one colour: the picture behind the object is gone."""
    with open_image(file.path) as image:
        pixels = np.asarray(image.convert("RGBA"))
    hidden = pixels[pixels[:, :, 3] == 0]
    return len(hidden) == 0 or bool((hidden == hidden[0]).all())


def filling_values(file: ImageFile) -> frozenset[int]:
    """Return the values, a number each, that fill parts of an image; none where it cannot be decoded."""
    keys = _keys_of(file)
    values, counts = np.unique(keys, return_counts=True)
    return frozenset(values[counts >= FILLING_LEAST * keys.size].tolist())


def share_of_values(file: ImageFile, values: frozenset[int]) -> float:
    """Return the share of an image's pixels that have one of some values; 0 where it cannot be decoded."""
    keys = _keys_of(file)
    return float(np.isin(keys, np.array(sorted(values), np.int64)).mean()) if keys.size else 0.0


def _keys_of(file: ImageFile) -> NDArray[np.int64]:
    try:
        return _keys(_some_rows(_pixels(file)))
    except (DataError, OSError, ValueError, SyntaxError, EOFError):
        return np.zeros((0, 0), np.int64)


def _pixels(file: ImageFile) -> Pixels:
    if file.header is None:
        raise DataError(file.error)
    deep_colours = file.header.bands > 2 and file.header.is_deep  # Pillow keeps their upper eight bits alone
    if is_array_file(file.path) or file.header.mode == "bands" or deep_colours:
        return read_stored(file.path, Page(file.header.pages // 2) if file.header.pages > 1 else None)
    with open_image(file.path) as image:
        image.draft("RGB" if image.mode == "RGB" else "L", (DRAFT_PX, DRAFT_PX))
        stored = np.asarray(image)
    return stored if stored.ndim == 3 else stored[:, :, None]


def _some_rows(pixels: Pixels) -> Pixels:
    """Return strips of neighbouring rows, spread over the image: enlarging or reducing would make values up."""
    if len(pixels) <= STRIPS * STRIP_PX:
        return pixels
    starts = np.linspace(0, len(pixels) - STRIP_PX, STRIPS).astype(int)
    return np.concatenate([pixels[start : start + STRIP_PX] for start in starts])


def _keys(pixels: Pixels) -> NDArray[np.int64]:
    """Return one number a pixel, the same for the same values in all bands."""
    times = 255 if _is_fraction(pixels) else 1
    keys = np.zeros(pixels.shape[:2], np.int64)
    for band in range(pixels.shape[2]):  # one by one: an array may have dozens
        keys = keys * 65_599 + _whole_numbers(pixels[:, :, band], times)
    return keys


def _whole_numbers(band: Pixels, times: int) -> NDArray[np.int64]:
    if band.dtype.kind in "bui":
        return band.astype(np.int64)
    return np.asarray(np.nan_to_num(band.astype(np.float64) * times).astype(np.int64))


def _is_fraction(pixels: Pixels) -> bool:
    return pixels.dtype.kind == "f" and bool(np.nanmax(np.abs(pixels), initial=0) <= 1)


def _extremes(pixels: Pixels) -> tuple[float, float]:
    """Return the shares of dark and of light pixels among grey values; 0 each where pixels have colours."""
    grey = pixels[:, :, 0]
    if grey.dtype != np.uint8 or not all(np.array_equal(grey, pixels[:, :, i]) for i in range(1, pixels.shape[2])):
        return 0.0, 0.0
    return float((grey < DARK).mean()), float((grey >= LIGHT).mean())
