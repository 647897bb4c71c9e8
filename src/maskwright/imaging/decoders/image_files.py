"""Image files: which kinds are opened, by which decoder, and what is wrong with one that cannot be opened.

Only decoders of photos and masks are ever used: a PostScript file named photo.png would start Ghostscript.
"""

import logging
import warnings
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from maskwright.errors import DataError

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp", ".avif"),
    *(".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".heic", ".heif"),
)
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
DECODERS = ("JPEG", "PNG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "AVIF", "JPEG2000", "PPM")
FILMS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
EXIF_ORIENTATION, SIDEWAYS = 0x0112, (5, 6, 7, 8)
"""The tag of the orientation, and the orientations by which width and height are exchanged."""
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def open_image(path: Path) -> Image.Image:
    """Return the image file opened, its pixels not yet read; DataError says what is wrong with it."""
    logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL + 1)  # our error says it, in one line
    try:
        # TGA has no magic number: any file could be taken for one.
        return Image.open(path, formats=("TGA",) if path.suffix.lower() == ".tga" else DECODERS)
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there: restore the photo or remove it from the annotations") from error
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        raise DataError(f"{path} has more than {most} million pixels: {too_large_way(path)}") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, OverflowError) as error:
        if path.suffix.lower() in FILMS:
            raise DataError(
                f"{path} is a film: take its photos out first, as with `ffmpeg -i {path.name} frames/%05d.png`"
            ) from error
        if is_heic(path):
            return _open_heic(path)
        raise DataError(f"{path} is not an image that can be read: save it again as JPEG or PNG") from error


def too_large_way(path: Path) -> str:
    """Return what to do with a photo that does not fit into memory."""
    tiles = quote(f"{path.stem}-tiles")
    return (
        "reduce it; or cut it into tiles, to train on: "
        f"maskwright cut {quote(str(path))} --labels LABELS --out {tiles}; or predict it with --huge"
    )


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that is still to be applied; 1 where there is none or it is garbage."""
    if image.format == "TIFF":  # Pillow turns these itself: their size is upright before a pixel is read
        return 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:  # not image.getexif(): for a PNG without EXIF in its header that decodes every pixel
            return int(Image.Image.getexif(image).get(EXIF_ORIENTATION, 1))
        except (OSError, ValueError, SyntaxError, TypeError, KeyError):
            return 1


def is_turned(path: Path) -> bool:
    """Tell whether EXIF says that a JPEG, PNG or WebP file is stored turned, however many pixels it has."""
    for kind in (JpegImageFile, PngImageFile, WebPImageFile):  # Image.open refuses large ones
        try:
            with kind(path) as image:
                return exif_orientation(image) != 1
        except Image.DecompressionBombError as error:  # of these three WebP alone has a limit of its own
            raise DataError(f"{path} is a WebP file of too many pixels: save it as TIFF or PNG") from error
        except (OSError, ValueError, SyntaxError):
            continue
    return False


def is_heic(path: Path) -> bool:
    """Tell whether a file is HEIC, whatever it is called."""
    start = first_bytes(path, 12)
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


def is_tiff(path: Path) -> bool:
    """Tell whether a file is TIFF, whatever it is called."""
    return first_bytes(path, 4) in TIFF_MAGIC


def first_bytes(path: Path, count: int) -> bytes:
    """Return the first bytes of a file, none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


def can_read_heic() -> bool:
    """Tell whether the decoder of the extra `heic` is installed."""
    return find_spec("pi_heif") is not None


def _open_heic(path: Path) -> Image.Image:
    if not can_read_heic():
        raise DataError(f"{path} is HEIC: pip install 'maskwright[heic]' reads it, or save it as JPEG")
    from pi_heif import HeifImageFile  # an extra, imported only where there is a HEIC file

    try:
        opened: Image.Image = HeifImageFile(path)
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise DataError(f"{path} is a HEIC file that cannot be read ({error}): save it as JPEG") from error
    return opened
