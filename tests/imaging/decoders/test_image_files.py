"""Only decoders of photos and masks are opened, and HEIC is called by its name."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders import image_files
from maskwright.imaging.decoders.image_files import is_heic, is_tiff, open_image
from maskwright.imaging.photos import read_photo

HEIC_START = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
PICTURE = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


@pytest.mark.parametrize(
    "suffix", [".jpg", ".jfif", ".jpe", ".png", ".tif", ".bmp", ".gif", ".webp", ".avif", ".jp2", ".ppm", ".tga"]
)
def test_every_photo_type_is_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo{suffix}"
    Image.fromarray(PICTURE).save(path, format={".jpe": "JPEG", ".jfif": "JPEG"}.get(suffix))
    assert read_photo(path).shape == (6, 8, 3)


def test_postscript_under_the_name_of_a_photo_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EOF\n")
    with pytest.raises(DataError, match="not an image that can be read"):
        open_image(path)


def test_heic_without_its_decoder_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(HEIC_START + bytes(200))
    assert is_heic(path)
    monkeypatch.setattr(image_files, "can_read_heic", lambda: False)
    with pytest.raises(DataError, match=r"is HEIC: pip install 'maskwright\[heic\]'"):
        open_image(path)


def test_a_damaged_heic_says_so(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = tmp_path / "IMG_1.heic"
    path.write_bytes(HEIC_START + bytes(200))
    with pytest.raises(DataError, match="is a HEIC file that cannot be read"):
        open_image(path)


def test_a_film_says_how_to_take_its_photos_out(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    with pytest.raises(DataError, match="ffmpeg -i clip"):
        open_image(tmp_path / "clip.mp4")


def test_tiffs_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "named.png", format="TIFF")
    Image.fromarray(PICTURE).save(tmp_path / "named.tif", format="PNG")
    assert is_tiff(tmp_path / "named.png")
    assert not is_tiff(tmp_path / "named.tif")
    assert not is_tiff(tmp_path / "absent.tif")
