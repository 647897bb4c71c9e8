"""Photos as cameras store them that were turned: the pixels lie, and EXIF says how to turn them."""

from pathlib import Path

from PIL import Image

from maskwright.imaging.decoders.image_files import EXIF_ORIENTATION

QUARTER_TURN = 6
"""The EXIF orientation of a photo that is to be turned clockwise by 90 degrees."""


def rotated_exif(orientation: int = QUARTER_TURN) -> bytes:
    """Return the EXIF of a photo with this orientation."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    return exif.tobytes()


def save_rotated(path: Path, photo: Image.Image, *, orientation: int = QUARTER_TURN) -> None:
    """Save a photo with this orientation in its EXIF; its pixels stay as they are."""
    photo.save(path, exif=rotated_exif(orientation))
