"""Reading photos: upright, RGB, eight bits, whatever the file holds. EXIF is applied here and nowhere else."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from maskwright.errors import DataError

Photo = NDArray[np.uint8]

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp")
FILMS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
MODES_8_BIT = ("RGB", "L", "P", "RGBA", "LA", "PA", "1", "RGBX")
MODES_16_BIT = ("I;16", "I;16B", "I;16L", "I")
EXIF_ORIENTATION = 0x0112
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


@dataclass(frozen=True)
class GreyRange:
    """The grey values of 16-bit photos that become 0 and 255; in between it is linear, beyond it is cut."""

    low: int
    high: int


def photo_size_hw(path: Path) -> tuple[int, int]:
    """Return height and width of the upright photo from its header alone; DataError where there is none."""
    return photo_header(path)[0]


def photo_header(path: Path) -> tuple[tuple[int, int], str]:
    """Return upright height and width, and the mode as Pillow names it, from the header alone."""
    with open_photo(path) as image:
        width, height = image.size
        turned = _orientation(image) in (5, 6, 7, 8)
        return ((width, height) if turned else (height, width)), image.mode


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that is still to be applied; 1 where there is none or it is garbage."""
    if image.format == "TIFF":  # Pillow turns these itself: their size is upright before a pixel is read
        return 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:  # not image.getexif(): for a PNG without EXIF in its header that decodes every pixel
            return int(Image.Image.getexif(image).get(EXIF_ORIENTATION, 1))
        except (OSError, ValueError, SyntaxError, TypeError, KeyError):
            return 1


@dataclass(frozen=True)
class PhotoTurn:
    """What an EXIF orientation (2 to 8) does to the stored pixels to bring them upright."""

    orientation: int

    def stored_hw(self, upright_hw: tuple[int, int]) -> tuple[int, int]:
        """Return height and width as stored, from those of the upright photo."""
        return upright_hw[::-1] if self.orientation >= 5 else upright_hw

    def upright(self, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return HxW values in the stored photo's places, turned as the photo is."""
        return np.asarray(Image.fromarray(stored).transpose(TURNS[self.orientation]))


def photo_turn(path: Path) -> PhotoTurn | None:
    """Return the EXIF turn of a photo, None where there is none to apply."""
    with open_photo(path) as image:
        orientation = _orientation(image)
    return PhotoTurn(orientation) if orientation in TURNS else None


def open_photo(path: Path) -> Image.Image:
    """Return the image file opened, its pixels not yet read; DataError says what is wrong with it."""
    try:
        return Image.open(path)
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there: restore the photo or remove it from the annotations") from error
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        raise DataError(f"{path} has more than {most} million pixels: reduce it, or cut it into several") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        if path.suffix.lower() in FILMS:
            raise DataError(
                f"{path} is a film: take its photos out first, as with `ffmpeg -i {path.name} frames/%05d.png`"
            ) from error
        raise DataError(f"{path} is not an image that can be read: save it again as JPEG or PNG") from error


def read_photo(path: Path, *, grey_range: GreyRange | None = None, long_side_px: int | None = None) -> Photo:
    """Return the photo upright as HxWx3 uint8 RGB, reduced to `long_side_px` if that is smaller.

    16-bit grey is scaled by `grey_range` (default: the photo's own 0.5 % and 99.5 % quantiles). Raises
    DataError for what cannot be decoded whole, and for depths and channel counts other than 8-bit grey,
    palette, RGB(A) and 16-bit grey.
    """
    with open_photo(path) as image:
        if image.mode not in MODES_8_BIT + MODES_16_BIT:
            raise DataError(f"{path} has pixels of mode {image.mode}: save it as 8-bit RGB or as 8- or 16-bit grey")
        if long_side_px is not None:
            image.draft("RGB", (2 * long_side_px, 2 * long_side_px))
        turn = TURNS.get(_orientation(image))
        try:
            pixels = _eight_bits(image if turn is None else image.transpose(turn), grey_range)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise DataError(f"{path} is damaged ({error}): save it again from the original") from error
    return reduce_photo(pixels, long_side_px)


def _eight_bits(image: Image.Image, grey_range: GreyRange | None) -> Photo:
    if image.mode in MODES_16_BIT:
        grey = np.asarray(image).astype(np.int64)
        return np.repeat(scale_grey(grey, grey_range or grey_range_of(grey))[:, :, None], 3, axis=2)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def grey_range_of(grey: NDArray[np.int64]) -> GreyRange:
    """Return the range from the 0.5 % to the 99.5 % quantile of the grey values."""
    low, high = np.quantile(grey, [0.005, 0.995])
    return GreyRange(int(low), max(int(high), int(low) + 1))


def scale_grey(grey: NDArray[np.int64], grey_range: GreyRange) -> NDArray[np.uint8]:
    """Return grey values as uint8: `low` becomes 0, `high` becomes 255."""
    scaled = (grey - grey_range.low) * (255.0 / (grey_range.high - grey_range.low))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)


def reduced_size_hw(size_hw: tuple[int, int], long_side_px: int | None) -> tuple[int, int]:
    """Return the size with the long side cut to `long_side_px`, proportions kept, each side at least 1."""
    if long_side_px is None or max(size_hw) <= long_side_px:
        return size_hw
    scale = long_side_px / max(size_hw)
    return max(1, round(size_hw[0] * scale)), max(1, round(size_hw[1] * scale))


def reduce_photo(photo: Photo, long_side_px: int | None) -> Photo:
    """Return the photo reduced to `long_side_px` by area averaging; unchanged if it is not larger."""
    size_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), long_side_px)
    if size_hw == photo.shape[:2]:
        return photo
    return np.asarray(cv2.resize(photo, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)
