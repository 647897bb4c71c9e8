"""TIFF files as stacks: how many pages and bands a file holds, and the pixels of one page.

Axes come from tifffile, which knows ImageJ's and OME's descriptions: Y and X are the picture, S and C its bands,
every other axis (Z, T, pages without a description) counts pages.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import open_image

Pixels = NDArray[Any]
BAND_AXES = "SC"
CLASSIC, SAMPLES_PER_PIXEL = 42, 277
WHOLE_FILE_BYTES_MOST = 1 << 29
"""A stack whose pages cannot be read one by one is read whole up to here."""


@dataclass(frozen=True)
class TiffLayout:
    """What a TIFF holds: `pages` pictures of `bands` bands each; with `alpha` the last band is transparency.

    `white_is_zero`: the lowest value is shown as white. `more_series`: stacks of other sizes in the file that are
    not read, thumbnails and pyramid levels not counted.
    """

    size_hw: tuple[int, int]
    pages: int
    bands: int
    dtype: str
    alpha: bool = False
    white_is_zero: bool = False
    more_series: int = 0


def samples_per_pixel(path: Path) -> int:
    """Return the bands of a TIFF's first page, by its directory; 1 where that cannot be said."""
    with path.open("rb") as file:
        order: Literal["little", "big"] = "little" if file.read(2) == b"II" else "big"
        if int.from_bytes(file.read(2), order) != CLASSIC:
            return 1
        file.seek(int.from_bytes(file.read(4), order))
        for _ in range(int.from_bytes(file.read(2), order)):
            entry = file.read(12)
            if int.from_bytes(entry[:2], order) == SAMPLES_PER_PIXEL:
                return int.from_bytes(entry[8:10], order)
    return 1


def tiff_layout(path: Path) -> TiffLayout:
    """Return what a TIFF file holds, from its headers alone; DataError where it is no TIFF that can be read."""
    try:
        with _open(path) as file:
            series = file.series[0]
            sizes = dict(zip(series.axes, series.shape, strict=True))
            if not {"X", "Y"} <= set(sizes):
                raise DataError(f"{path} has the axes {series.axes}: save it as PNG, or as a TIFF of pictures")
            bands = _product(sizes[axis] for axis in sizes if axis in BAND_AXES)
            pages = _product(sizes[axis] for axis in sizes if axis not in BAND_AXES + "YX")
            alpha = any(int(extra) in (1, 2) for extra in series.keyframe.extrasamples)
            size_hw = (int(sizes["Y"]), int(sizes["X"]))
            inverted = int(series.keyframe.photometric) == 0
            return TiffLayout(size_hw, pages, bands, str(series.dtype), alpha, inverted, _others(file))
    except DataError:
        raise
    except Exception as error:  # tifffile raises whatever damage makes its parsers raise
        raise DataError(
            f"{path} is no TIFF that can be read ({_short(error)}): save it again as TIFF or PNG"
        ) from error


def _open(path: Path) -> tifffile.TiffFile:
    """Open a TIFF; what tifffile would log about damage is said in our error, in one line."""
    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)
    return tifffile.TiffFile(path)


def _others(file: tifffile.TiffFile) -> int:
    base = file.series[0]
    smaller = [s for s in file.series[1:] if s.size < base.size / 4]
    return len(file.series) - 1 - len(smaller)


def _product(sizes: Iterable[int]) -> int:
    return int(np.prod(list(sizes), dtype=np.int64))


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def read_tiff_page(path: Path, page: int = 0) -> Pixels:
    """Return one page as HxWxB in the depth it is stored in, bands last; DataError where it cannot be decoded."""
    try:
        with _open(path) as file:
            series = file.series[0]
            leading = [i for i, axis in enumerate(series.axes) if axis not in "YX" + BAND_AXES]
            shape = [series.shape[i] for i in leading]
            places = np.unravel_index(page, shape) if shape else ()
            where: list[Any] = [slice(None)] * len(series.shape)
            for axis, place in zip(leading, places, strict=True):
                where[axis] = int(place)
            picture = _part(path, series, tuple(where))
            axes = "".join(axis for axis in series.axes if axis in "YX" + BAND_AXES)
            return _bands_last(picture, axes)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be decoded ({_short(error)}): save it again as TIFF or PNG") from error


def _part(path: Path, series: tifffile.TiffPageSeries, where: tuple[Any, ...]) -> Pixels:
    """Return a part of a series: the pages that hold it alone where each has its own directory, else from the whole."""
    inner = len(series.keyframe.shape)
    outer = series.shape[: len(series.shape) - inner]
    if len(series.pages) == max(1, int(np.prod(outer, dtype=np.int64))):
        numbers = np.arange(len(series.pages)).reshape(outer or (1,))[where[: len(outer)] or 0]
        pages = [_one_page(path, series.pages[int(n)]) for n in np.atleast_1d(numbers).ravel()]
        stacked = np.stack(pages).reshape(*np.shape(numbers), *pages[0].shape)
        return np.asarray(stacked[(..., *where[len(outer) :])])
    in_one_block = series.dataoffset is not None
    if series.nbytes > WHOLE_FILE_BYTES_MOST and not in_one_block:
        raise DataError(f"{path} is one block of {series.nbytes / 1e9:.1f} GB: save its pages one by one")
    whole = tifffile.memmap(path, mode="r") if in_one_block else series.asarray()
    return np.array(whole.reshape(series.shape)[where])


def _one_page(path: Path, page: Any) -> Pixels:  # noqa: ANN401  # tifffile's pages and frames share no base class
    """Return the pixels of one directory; LZW, JPEG and fax codes, which tifffile leaves to others, by Pillow."""
    try:
        return np.asarray(page.asarray()).reshape(page.shape)
    except (ValueError, ImportError) as error:
        keyframe = page.keyframe
        deep_colour = keyframe.samplesperpixel > 1 and keyframe.bitspersample > 8
        if keyframe.samplesperpixel > 4 or keyframe.bitspersample > 16 or deep_colour:
            raise DataError(f"{path} is compressed with {keyframe.compression!s}: save it with DEFLATE") from error
    with open_image(path) as image:
        image.seek(page.index)
        stored: Pixels = np.asarray(image if image.mode in _PLAIN else image.convert("RGB"))
    if keyframe.photometric == 0 and stored.dtype == np.uint8:  # Pillow turns these over
        stored = 255 - stored
    return stored.reshape(page.shape)


_PLAIN = ("1", "L", "P", "I;16", "I;16B", "I", "F", "RGB", "RGBA", "CMYK")


def _bands_last(picture: Pixels, axes: str) -> Pixels:
    order = [axes.index("Y"), axes.index("X"), *(i for i, axis in enumerate(axes) if axis in BAND_AXES)]
    turned = np.transpose(picture, order)
    return np.ascontiguousarray(turned.reshape(turned.shape[0], turned.shape[1], -1))


def frame_count(image: Image.Image) -> int:
    """Return how many frames an opened image has; 1 where that cannot be said."""
    try:
        return int(getattr(image, "n_frames", 1))
    except (OSError, EOFError, ValueError, SyntaxError, KeyError):
        return 1
