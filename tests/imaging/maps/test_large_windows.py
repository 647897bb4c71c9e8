"""What can be read by windows, and what is refused with the command that makes it readable."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import is_turned
from maskwright.imaging.maps import large_windows
from maskwright.imaging.maps.large_windows import Window, large_scene, require_rows_fit
from tests.support.drawn_scenes import ORIGIN, SYSTEM, write_raster

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own


def image(path: Path, dtype: str = "uint8", **facts: object) -> Path:
    pixels = np.arange(3 * 60 * 80).reshape(3, 60, 80).astype(dtype)
    return write_raster(path, pixels, crs=SYSTEM, transform=ORIGIN, **facts)


def test_windows_of_a_file_in_rows_come_in_any_order(tmp_path: Path) -> None:
    path = image(tmp_path / "a.tif", "uint16", blockysize=1)
    whole = np.arange(3 * 60 * 80).reshape(3, 60, 80)
    with large_scene(path) as scene:
        for window in (Window(0, 0, 20, 30), Window(0, 50, 20, 30), Window(40, 9, 20, 7), Window(10, 0, 25, 80)):
            stored, valid = scene.read(window)
            rows, columns = (
                slice(window.top, window.top + window.height),
                slice(window.left, window.left + window.width),
            )
            assert (stored == whole[:, rows, columns]).all()
            assert valid is None


def test_what_is_no_photo_is_refused_with_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(DataError, match=r"holds float32 values.*gdal_translate -ot UInt16"),
        large_scene(image(tmp_path / "float.tif", "float32")),
    ):
        pass
    (tmp_path / "text.tif").write_text("no image")
    with pytest.raises(DataError, match="no image that can be read by windows"), large_scene(tmp_path / "text.tif"):
        pass
    Image.new("P", (20, 20)).save(tmp_path / "palette.png")
    with pytest.raises(DataError, match="has a palette"), large_scene(tmp_path / "palette.png"):
        pass
    monkeypatch.setattr(large_windows, "MOST_ROW_BYTES", 20 * 80 * 3 - 1)
    rows, tiles = image(tmp_path / "rows.tif"), image(tmp_path / "tiles.tif", tiled=True, blockxsize=16, blockysize=16)
    with pytest.raises(DataError, match=r"stored in rows of 80 pixels.*TILED=YES"):
        require_rows_fit(rows, 20)
    require_rows_fit(tiles, 20)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_an_image_that_is_stored_turned_is_refused_however_large_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    picture = Image.new("RGB", (40, 30))
    picture.save(tmp_path / f"plain{suffix}")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / f"turned{suffix}", exif=exif)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert not is_turned(tmp_path / f"plain{suffix}")
    assert is_turned(tmp_path / f"turned{suffix}")
    with pytest.raises(DataError, match="stored turned"), large_scene(tmp_path / f"turned{suffix}"):
        pass


def test_a_webp_file_beyond_the_limit_of_its_decoder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.webp")
    assert not is_turned(tmp_path / "a.webp")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match="WebP file of too many pixels: save it as TIFF or PNG"):
        is_turned(tmp_path / "a.webp")
