"""Reading photos: upright, RGB, eight bits, whatever the file holds. EXIF is applied here and nowhere else."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file
from maskwright.imaging.decoders.image_files import (
    IMAGE_SUFFIXES,
    SIDEWAYS,
    exif_orientation,
    open_image,
    too_large_way,
)
from maskwright.imaging.decoders.stored_pixels import (
    ImageHeader,
    Page,
    header_of,
    image_header,
    pillow_reads,
    read_stored,
    require_one_frame,
)
from maskwright.imaging.grey_range import GreyRange, eight_bits
from maskwright.imaging.mask_geometry import reduce_photo

Photo = NDArray[np.uint8]
Bands = tuple[int, int, int]
"""The bands of a file, counted from 0, that are taken for red, green and blue."""

PHOTO_SUFFIXES = IMAGE_SUFFIXES
MODES_8_BIT = ("RGB", "L", "P", "RGBA", "LA", "PA", "1", "RGBX")
MODES_16_BIT = ("I;16", "I;16B", "I;16L", "I")
MODES_OF_BANDS = ("bands", "array")
WHOLE_DTYPES = "bui"
BYTES_MOST = 1_400_000_000
"""A photo that takes more memory than this while it is decoded is refused."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a photo of each EXIF orientation upright."""


def photo_size_hw(path: Path) -> tuple[int, int]:
    """Return height and width of the upright photo from its header alone; DataError where there is none."""
    return photo_header(path)[0]


def photo_header(path: Path) -> tuple[tuple[int, int], str]:
    """Return upright height and width, and the mode as Pillow names it, from the header alone."""
    header = photo_facts(path)
    return header.size_hw, header.mode


def photo_facts(path: Path) -> ImageHeader:
    """Return what the header of a photo says, its size upright; DataError where there is none."""
    return upright_facts(path, _stored_header(path))


def upright_facts(path: Path, stored: ImageHeader) -> ImageHeader:
    """Return what the header of a photo says, its size upright, from the header as stored; see `photo_facts`."""
    header = replace(stored, size_hw=stored.size_hw[::-1]) if stored.is_sideways else stored
    if 0 in header.size_hw:
        raise DataError(f"{path} says in its header that it has no pixels: save it again, or leave it out")
    require_one_frame(path, header)
    return header


def _stored_header(path: Path) -> ImageHeader:
    if not pillow_reads(path):  # Pillow turns TIFFs itself, and so their size
        return image_header(path)
    with open_image(path) as image:
        return replace(header_of(path, image), is_sideways=exif_orientation(image) in SIDEWAYS)


def can_be_photo(header: ImageHeader) -> bool:
    """Tell whether photos of this mode are read: grey, palette and colour of whole numbers."""
    return header.mode in MODES_8_BIT + MODES_16_BIT + MODES_OF_BANDS


@dataclass(frozen=True)
class PhotoOrientation:
    """What an EXIF orientation (2 to 8) does to the stored pixels to bring them upright."""

    orientation: int

    def stored_hw(self, upright_hw: tuple[int, int]) -> tuple[int, int]:
        """Return height and width as stored, from those of the upright photo."""
        return upright_hw[::-1] if self.orientation >= 5 else upright_hw

    def upright(self, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return HxW values in the stored photo's places, turned as the photo is."""
        return np.asarray(Image.fromarray(stored).transpose(TURNS[self.orientation]))


def photo_orientation(path: Path) -> PhotoOrientation | None:
    """Return the EXIF turn of a photo, None where there is none to apply."""
    if not pillow_reads(path):  # those come upright, and Pillow cannot open every one of them
        return None
    with open_photo(path) as image:
        orientation = exif_orientation(image)
    return PhotoOrientation(orientation) if orientation in TURNS else None


def open_photo(path: Path) -> Image.Image:
    """Return the image file opened, its pixels not yet read; DataError says what is wrong with it."""
    return open_image(path)


def read_photo(
    path: Path | str,
    *,
    grey_range: GreyRange | None = None,
    long_side_px: int | None = None,
    page: Page | None = None,
    bands: Bands | None = None,
) -> Photo:
    """Return the photo upright as HxWx3 uint8 RGB, reduced to `long_side_px` if that is smaller.

    Values of more than eight bits are scaled by `grey_range` (default: the photo's own 0.5 % and 99.5 % quantiles).
    `page` is the picture of a stack, `bands` are those taken for red, green and blue (default: the first three).
    Raises DataError for what cannot be decoded whole, and for depths that are neither whole numbers nor colours.

        >>> mw.read_photo("photos/disc00.png", long_side_px=64).shape
        (48, 64, 3)
    """
    path = Path(path)
    pixels = None
    if page is None and not pillow_reads(path):
        header = image_header(path)
        _require_photo(path, header)
        plain = not header.is_banded
    else:
        plain = page is None
    if plain and bands is None:
        with open_image(path) as image:
            pixels = _by_pillow(path, image, long_side_px)
    if pixels is None:
        pixels = photo_bands(path, page=page, bands=bands)
    return _three_bands(reduce_photo(eight_bits(pixels, grey_range), long_side_px))


def _by_pillow(path: Path, image: Image.Image, long_side_px: int | None) -> NDArray[Any] | None:
    """Return the pixels of an opened photo, upright; None where Pillow would cut its colours to eight bits."""
    header = header_of(path, image)
    _require_photo(path, header)
    if header.is_banded:
        return None
    if long_side_px is not None:
        image.draft("RGB", (2 * long_side_px, 2 * long_side_px))
    return _upright_pixels(image, str(path))


def _require_photo(path: Path, header: ImageHeader) -> None:
    """Raise DataError for what is no photo by its header, or too large to be decoded."""
    if not can_be_photo(header):
        raise DataError(f"{path} has pixels of mode {header.mode}: save it as 8-bit RGB or as 8- or 16-bit grey")
    require_one_frame(path, header)
    _refuse_beyond_memory(path, header)


def photo_of_image(image: Image.Image, *, grey_range: GreyRange | None = None, where: str) -> Photo:
    """Return an opened image as a photo: upright, HxWx3 uint8 RGB. `where` names it in errors.

    Raises DataError for pixels that are not grey, palette or colour of whole numbers, or that cannot be decoded.
    """
    if image.mode not in MODES_8_BIT + MODES_16_BIT:
        raise DataError(f'{where} has pixels of mode {image.mode}: convert it, as in image.convert("RGB")')
    return _three_bands(eight_bits(_upright_pixels(image, where), grey_range))


def _upright_pixels(image: Image.Image, where: str) -> NDArray[Any]:
    turn = TURNS.get(exif_orientation(image))
    try:
        return _decoded(image if turn is None else image.transpose(turn))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise DataError(f"{where} is damaged ({error}): save it again from the original") from error


def _decoded(image: Image.Image) -> NDArray[Any]:
    """Return the pixels as HxWx1 or HxWx3; palettes and odd modes become colours, transparency is left out."""
    if image.mode in ("L", "LA", "RGB", "RGBA", "RGBX", *MODES_16_BIT):
        stored = np.asarray(image)
        return stored[:, :, None] if stored.ndim == 2 else stored[:, :, : 1 if image.mode == "LA" else 3]
    return np.asarray(image.convert("RGB"))


def photo_bands(path: Path, *, page: Page | None = None, bands: Bands | None = None) -> NDArray[Any]:
    """Return the bands of a photo that make its picture, upright, as HxWx1 or HxWx3 in their own depth."""
    header = None if is_array_file(path) else image_header(path)
    stored = read_stored(path, page)
    if stored.dtype.kind not in WHOLE_DTYPES:
        raise DataError(f"{path} holds {stored.dtype} values: save it as 8- or 16-bit whole numbers")
    if bands is not None and max(bands) >= stored.shape[2]:
        raise DataError(
            f"{path} has {stored.shape[2]} bands, and data.bands asks for {max(bands) + 1}: "
            "choose three of them, as in --set data.bands=1,2,3"
        )
    chosen = bands or default_bands(stored.shape[2] - bool(header and header.alpha))
    picked = stored if chosen == tuple(range(stored.shape[2])) else stored[:, :, list(chosen)]
    if header and header.white_is_zero and picked.dtype.kind == "u":
        picked = np.iinfo(picked.dtype).max - picked
    if header is None or header.kind == "TIFF":
        return picked
    with open_image(path) as image:
        return _turned(picked, exif_orientation(image))


def default_bands(count: int) -> tuple[int, ...]:
    """Return the bands that make a picture where nobody chose them: the first three, of two the second twice."""
    return (0,) if count <= 1 else (0, 1, 1) if count == 2 else (0, 1, 2)


def _turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return HxWxB pixels of any depth turned by an EXIF orientation."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _refuse_beyond_memory(path: Path, header: ImageHeader) -> None:
    """Refuse a photo by the size that its header declares, before anything is allocated for it."""
    pixels = header.size_hw[0] * header.size_hw[1]
    band_bytes = max(1, header.bits // 8)
    # Measured: Pillow keeps colours in four bytes, and numpy's copy is made twice.
    per_pixel = 3 * band_bytes if header.bands == 1 else 4 + 2 * header.bands * band_bytes
    if header.kind != "JPEG" and pixels * per_pixel > BYTES_MOST:
        raise DataError(
            f"{path} has {pixels / 1e6:.0f} million pixels of {header.bands * header.bits} bits: {too_large_way(path)}"
        )


def _three_bands(pixels: Photo) -> Photo:
    """Return HxW, HxWx1 or HxWx3 pixels as HxWx3; a reduced photo of one band has lost its last axis."""
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
