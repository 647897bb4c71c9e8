"""The pixels of image files in the depth and with the bands that they are stored in, and what headers say of them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file, open_array, stored_arrays
from maskwright.imaging.decoders.image_files import SIDEWAYS, exif_orientation, is_tiff, open_image
from maskwright.imaging.decoders.tiff_pages import (
    SAMPLES_PER_PIXEL,
    TiffLayout,
    frame_count,
    read_tiff_page,
    samples_per_pixel,
    tiff_layout,
)

Pixels = NDArray[Any]
MODE_BITS = {"1": 1, "I": 32, "F": 32, "I;16": 16, "I;16B": 16, "I;16L": 16}
BITS_PER_SAMPLE, PHOTOMETRIC = 258, 262
PILLOW_BANDS_MOST = 4
CHANNELS_MOST = 64
POINT_NUMBERS_MOST = 4


@dataclass(frozen=True)
class Page:
    """A place in a stack: the number of the picture, from 0, and in an npz the name of the array that holds it."""

    index: int
    array: str = ""


@dataclass(frozen=True)
class ImageHeader:
    """What the header of an image file says, without its pixels.

    `size_hw` as stored, `mode` as Pillow names it ("array" for npy, "bands" for TIFFs that Pillow cannot open), `bits`
    of one band, `bands` with transparency counted, `pages` of a TIFF or an array stack. `frames`: of an animation, of
    which the first is read. `white_is_zero`: the lowest value is shown as white. `is_sideways`: EXIF exchanges width
    and height.
    """

    size_hw: tuple[int, int]
    kind: str
    mode: str
    bits: int = 8
    bands: int = 1
    pages: int = 1
    frames: int = 1
    alpha: bool = False
    white_is_zero: bool = False
    more_series: int = 0
    is_sideways: bool = False

    @property
    def is_deep(self) -> bool:
        """Tell whether a band has more than eight bits."""
        return self.bits > 8

    @property
    def is_banded(self) -> bool:
        """Tell whether Pillow would lose bits or bands of this file, or knows nothing of its pages."""
        return self.kind == "numpy" or self.mode == "bands" or self.pages > 1 or (self.bands > 2 and self.is_deep)


def image_header(path: Path) -> ImageHeader:
    """Return what the header of an image file says; DataError where it is none."""
    if is_array_file(path):
        return _array_header(path)
    try:
        with open_image(path) as image:
            if image.format == "TIFF" and samples_per_pixel(path) > PILLOW_BANDS_MOST:
                return _from_layout(tiff_layout(path), "bands")
            return replace(header_of(path, image), is_sideways=exif_orientation(image) in SIDEWAYS)
    except DataError:
        layout = _layout_or_none(path) if is_tiff(path) else None
        if layout is None:
            raise
        return _from_layout(layout, "bands")


def pillow_reads(path: Path) -> bool:
    """Tell whether Pillow alone knows what a file holds: no array, and no TIFF with its pages and bands."""
    return not is_array_file(path) and not is_tiff(path)


def _layout_or_none(path: Path) -> TiffLayout | None:
    try:
        return tiff_layout(path)
    except DataError:
        return None


def header_of(path: Path, image: Image.Image) -> ImageHeader:
    """Return what the header of an opened image says."""
    size_hw, mode = (image.height, image.width), image.mode
    bands, bits = len(image.getbands()), _bits(image)
    kind = image.format or ""
    if kind != "TIFF":
        frames = frame_count(image) if kind in ("GIF", "WEBP", "PNG", "AVIF") else 1
        return ImageHeader(size_hw, kind, mode, bits, bands, frames=frames, alpha=mode in ("RGBA", "LA", "PA"))
    tags = image.tag_v2  # type: ignore[attr-defined]  # Pillow's TIFF images have it
    samples = int(tags.get(SAMPLES_PER_PIXEL, 1))
    if frame_count(image) > 1 or samples > 3 or (samples > 1 and bits > 8):
        layout = tiff_layout(path)
        plain = layout.pages == 1 and layout.bands <= 4 and (layout.bands == bands or layout.alpha)
        return _from_layout(layout, mode if plain else "bands")
    inverted = tags.get(PHOTOMETRIC) == 0
    return ImageHeader(size_hw, kind, mode, bits, bands, alpha=mode in ("RGBA", "LA"), white_is_zero=inverted)


def require_one_frame(path: Path, header: ImageHeader) -> None:
    """Raise DataError for an animation: which of its frames is meant is not known."""
    if header.frames > 1:
        raise DataError(f"{path} is an animation of {header.frames} frames: save the frame that is meant as PNG")


def _bits(image: Image.Image) -> int:
    """Return the bits of a band as stored, which the mode does not tell of 2-bit grey and 16-bit colour."""
    if image.format == "TIFF":
        stored = image.tag_v2.get(BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
        return int(stored[0])
    if image.format == "PNG" and getattr(image, "tile", None):
        layout = str(image.tile[0][3])  # type: ignore[attr-defined]
        digits = "".join(c for c in layout.partition(";")[2] if c.isdigit())
        return int(digits) if digits else MODE_BITS.get(image.mode, 8)
    return MODE_BITS.get(image.mode, 8)


def _from_layout(layout: TiffLayout, mode: str) -> ImageHeader:
    bits = 1 if layout.dtype == "bool" else np.dtype(layout.dtype).itemsize * 8
    return ImageHeader(
        layout.size_hw,
        "TIFF",
        mode,
        bits,
        layout.bands,
        pages=layout.pages,
        alpha=layout.alpha,
        white_is_zero=layout.white_is_zero,
        more_series=layout.more_series,
    )


def _array_header(path: Path) -> ImageHeader:
    arrays = stored_arrays(path)
    if len(arrays) != 1:
        held = ", ".join(array.key for array in arrays[:5]) or "none"
        raise DataError(f"{path} must hold one array to be one photo or mask; it holds {len(arrays)} ({held})")
    shape = arrays[0].shape
    plane = picture_shape(shape)
    if plane is None:
        raise DataError(f"{path} has the shape {shape}: a photo or mask is HxW, or HxWxC")
    bits = 1 if arrays[0].dtype.kind == "b" else arrays[0].dtype.itemsize * 8
    mode = "F" if arrays[0].dtype.kind == "f" else "array"
    return ImageHeader(plane[:2], "numpy", mode, bits, plane[2])


def holds_other_numbers(path: Path) -> bool:
    """Tell whether an array file can be read and holds points, a table or texts, and no pictures or stacks of them."""
    try:
        arrays = stored_arrays(path)
    except DataError:
        return False
    return all(len(array.shape) < 3 and picture_shape(array.shape) is None for array in arrays)


def picture_shape(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Return height, width and bands of an array HW, HWC or CHW; None where it is no single picture.

    A list of points or of numbers, Nx3 or Nx4, is none.
    """
    if len(shape) == 2 and min(shape) > 0 and not shape[1] <= POINT_NUMBERS_MOST < shape[0]:
        return shape[0], shape[1], 1
    if len(shape) != 3 or min(shape) < 1:
        return None
    if shape[2] <= 4 or (shape[2] <= CHANNELS_MOST and shape[2] < shape[0]):
        return shape
    return (shape[1], shape[2], shape[0]) if shape[0] <= CHANNELS_MOST else None


def read_stored(path: Path, page: Page | None = None) -> Pixels:
    """Return an image file, or one page of it, as HxWxB in the depth it is stored in.

    DataError where it cannot be read.
    """
    if is_array_file(path):
        return _stored_array(path, page)
    if is_tiff(path):
        return read_tiff_page(path, page.index) if page else read_all_bands(path)
    with open_image(path) as image:
        bits = _bits(image)
        try:
            image.load()  # cv2 says nothing of a truncated file
            stored = _by_cv2(path) if bits > 8 and len(image.getbands()) > 2 else np.asarray(image)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise DataError(f"{path} is damaged ({error}): save it again from the original") from error
    return stored if stored.ndim == 3 else stored[:, :, None]


def read_all_bands(path: Path) -> Pixels:
    """Return a TIFF as HxWxB, its pages one behind the other as bands: for a stack that is one picture."""
    pages = min(tiff_layout(path).pages, CHANNELS_MOST)
    return np.concatenate([read_tiff_page(path, page) for page in range(pages)], axis=2)


def _stored_array(path: Path, page: Page | None) -> Pixels:
    if page is not None:
        return array_picture(np.asarray(open_array(path, page.array)[page.index]))
    arrays = stored_arrays(path)
    return array_picture(np.asarray(open_array(path, arrays[0].key if arrays else "")))


def array_picture(array: Pixels) -> Pixels:
    """Return an array HW, HWC or CHW as HxWxC."""
    plane = picture_shape(array.shape)
    if plane is None:
        raise DataError(f"an array of shape {array.shape} is neither HxW nor HxWxC: give one picture")
    if array.ndim == 2:
        return np.asarray(array[:, :, None])
    return np.asarray(array if array.shape == plane else np.moveaxis(array, 0, 2))


def _by_cv2(path: Path) -> Pixels:
    """Return 16-bit colour, which Pillow cuts to eight bits, as HxWx3 or HxWx4 in RGB order."""
    stored = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ValueError("its 16-bit colours cannot be decoded")
    colours = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    return np.asarray(cv2.cvtColor(stored, colours[stored.shape[2]]) if stored.ndim == 3 else stored)
