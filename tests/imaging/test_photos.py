"""Photos come upright, in RGB and in eight bits, or with one line that says why not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.grey_range import GreyRange, scale_grey
from maskwright.imaging.mask_geometry import reduce_photo, reduced_size_hw
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import photo_header, photo_size_hw, read_photo
from tests.support.rotated_photos import save_rotated

# The photo as it should be seen: red top left, green top right, blue bottom left, white bottom right.
UPRIGHT = np.zeros((24, 40, 3), dtype=np.uint8)
UPRIGHT[:12, :20], UPRIGHT[:12, 20:], UPRIGHT[12:, :20], UPRIGHT[12:, 20:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), 255

# How a camera that is held otherwise stores it, by EXIF orientation.
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: np.rot90(UPRIGHT, 1),
    7: UPRIGHT.transpose(1, 0, 2)[::-1, ::-1],
    8: np.rot90(UPRIGHT, -1),
}


def save_turned(path: Path, orientation: int) -> Path:
    save_rotated(path, Image.fromarray(np.ascontiguousarray(STORED[orientation])), orientation=orientation)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_every_orientation_comes_out_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = save_turned(tmp_path / f"photo{suffix}", orientation)
    assert photo_size_hw(path) == (24, 40)
    np.testing.assert_array_equal(read_photo(path), UPRIGHT)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_comes_out_upright(tmp_path: Path, orientation: int) -> None:
    path = save_turned(tmp_path / "photo.jpg", orientation)
    assert photo_size_hw(path) == (24, 40)
    corners = read_photo(path)[[4, 4, 20, 20], [4, 36, 4, 36]].astype(int)
    assert np.abs(corners - UPRIGHT[[4, 4, 20, 20], [4, 36, 4, 36]]).max() < 60


@pytest.mark.parametrize("garbage", [b"Exif\0\0garbage!!!!", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"])
def test_garbage_in_place_of_exif_is_no_orientation(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(UPRIGHT).save(path, exif=garbage)
    assert photo_size_hw(path) == (24, 40)
    np.testing.assert_array_equal(read_photo(path), UPRIGHT)


def test_the_size_of_a_png_is_read_without_its_pixels(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:400])
    assert photo_size_hw(path) == (60, 80)
    with pytest.raises(DataError, match="damaged"):
        read_photo(path)


def test_a_truncated_jpeg_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match=r"photo\.jpg is damaged.*save it again"):
        read_photo(path)


def test_text_named_jpg_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_text("no image")
    with pytest.raises(DataError, match="not an image"):
        photo_size_hw(path)


def test_a_missing_photo_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"photo\.jpg is not there"):
        read_photo(tmp_path / "photo.jpg")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_eight_bit_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (9, 5), (255, 255, 255)).convert(mode).save(path)
    photo = read_photo(path)
    assert photo.shape == (5, 9, 3)
    assert photo.dtype == np.uint8
    assert (photo == 255).all()


def test_floating_point_and_cmyk_are_refused_in_one_line(tmp_path: Path) -> None:
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tif")
    Image.new("CMYK", (4, 4)).save(tmp_path / "print.jpg")
    assert photo_header(tmp_path / "print.jpg") == ((4, 4), "CMYK")
    for name in ("float.tif", "print.jpg"):
        with pytest.raises(DataError, match="save it as 8-bit RGB"):
            read_photo(tmp_path / name)


def test_deep_grey_is_scaled_by_the_range_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[1000, 2000, 3000, 60000]], dtype=np.uint16)).save(path)
    photo = read_photo(path, grey_range=GreyRange(1000, 3000))
    assert photo[0, :, 0].tolist() == [0, 128, 255, 255]
    assert (photo[..., 0] == photo[..., 2]).all()


def test_deep_grey_without_a_range_takes_its_own(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.linspace(5000, 9000, 400).astype(np.uint16).reshape(20, 20)).save(path)
    photo = read_photo(path)
    assert photo.min() == 0
    assert photo.max() == 255


def test_a_uniform_deep_photo_does_not_divide_by_zero(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((4, 4), 700, dtype=np.uint16)).save(path)
    assert not read_photo(path).any()


def test_values_beyond_the_range_are_cut() -> None:
    assert scale_grey(np.array([0, 10, 20, 99]), GreyRange(10, 20)).tolist() == [0, 0, 255, 255]


def test_a_photo_is_reduced_but_never_enlarged() -> None:
    assert reduced_size_hw((3000, 4000), 400) == (300, 400)
    assert reduced_size_hw((30, 40), 400) == (30, 40)
    assert reduced_size_hw((1, 4000), 40) == (1, 40)
    assert reduce_photo(UPRIGHT, 20).shape == (12, 20, 3)
    assert reduce_photo(UPRIGHT, 100) is UPRIGHT


def test_a_large_jpeg_is_reduced_to_the_same_picture(tmp_path: Path) -> None:
    path = save_turned(tmp_path / "photo.jpg", 6)
    photo = read_photo(path, long_side_px=10)
    assert photo.shape == (6, 10, 3)
    assert photo[1, 1].argmax() == 0
    assert photo[1, 8].argmax() == 1


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
@pytest.mark.parametrize("read", [read_photo, photo_size_hw, read_raw_mask])
def test_an_animation_is_refused_and_one_frame_of_it_is_read(
    tmp_path: Path, suffix: str, read: Callable[[Path], object]
) -> None:
    first, second = Image.new("RGB", (20, 12), "red"), Image.new("RGB", (20, 12), "blue")
    first.save(tmp_path / f"still.{suffix}")
    read(tmp_path / f"still.{suffix}")
    first.save(tmp_path / f"moving.{suffix}", save_all=True, append_images=[second])
    with pytest.raises(DataError, match=r"is an animation of 2 frames: save the frame that is meant as PNG"):
        read(tmp_path / f"moving.{suffix}")
