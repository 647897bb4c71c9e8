"""Headers tell bits, bands and pages; pixels come in the depth and with the bands that are stored."""

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import open_array, stored_arrays
from maskwright.imaging.decoders.stored_pixels import Page, image_header, read_stored
from maskwright.imaging.decoders.tiff_pages import read_tiff_page, tiff_layout
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import read_photo


def numbers(*shape: int, dtype: str = "uint16") -> NDArray[Any]:
    return np.random.default_rng(len(shape)).integers(0, 4000, shape).astype(dtype)


def png_of_depth_16(path: Path, pixels: NDArray[np.uint16]) -> Path:
    """Write HxWx3 as a PNG of 16-bit colours, which Pillow cannot."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def png_header_alone(path: Path, size_hw: tuple[int, int], *, bits: int, colour: int) -> Path:
    header = struct.pack(">IIBBBBB", size_hw[1], size_hw[0], bits, colour, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100)))]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_deep_colour_is_scaled_as_deep_grey_is(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 0], [4095, 2048, 0]]], dtype=np.uint16)
    path = png_of_depth_16(tmp_path / "deep.png", pixels)
    assert image_header(path).bits == 16
    assert np.array_equal(read_stored(path), pixels)
    assert read_photo(path, grey_range=GreyRange(0, 4096))[0].tolist() == [[0, 0, 0], [255, 128, 0]]


@pytest.mark.parametrize("bands", [4, 5, 13])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_any_three_bands_of_a_tiff_can_be_chosen(tmp_path: Path, bands: int, planes: str) -> None:
    pixels = numbers(6, 9, bands)
    stored = pixels if planes == "contig" else np.moveaxis(pixels, 2, 0)
    tifffile.imwrite(tmp_path / "b.tif", stored, photometric="minisblack", planarconfig=planes)
    header = image_header(tmp_path / "b.tif")
    assert (header.size_hw, header.bands, header.bits) == ((6, 9), bands, 16)
    whole = read_photo(tmp_path / "b.tif", grey_range=GreyRange(0, 4000), bands=(3, 1, 0))
    assert np.array_equal(whole, np.rint(pixels[:, :, [3, 1, 0]] * (255 / 4000)).astype(np.uint8))
    with pytest.raises(DataError, match=rf"has {bands} bands, and data\.bands asks for 20"):
        read_photo(tmp_path / "b.tif", bands=(0, 1, 19))


def test_pages_of_a_stack_are_pictures_and_imagej_channels_are_bands(tmp_path: Path) -> None:
    stack = numbers(4, 6, 9, dtype="uint8")
    tifffile.imwrite(tmp_path / "s.tif", stack, photometric="minisblack")
    assert (image_header(tmp_path / "s.tif").pages, image_header(tmp_path / "s.tif").bands) == (4, 1)
    assert np.array_equal(read_photo(tmp_path / "s.tif", page=Page(2))[:, :, 0], stack[2])
    tifffile.imwrite(tmp_path / "c.tif", stack[:3], imagej=True, metadata={"axes": "CYX"})
    assert (image_header(tmp_path / "c.tif").pages, image_header(tmp_path / "c.tif").bands) == (1, 3)
    assert np.array_equal(read_photo(tmp_path / "c.tif"), np.moveaxis(stack[:3], 0, 2))


@pytest.mark.parametrize("imagej", [True, False])
def test_a_hyperstack_is_read_page_by_page(tmp_path: Path, imagej: bool) -> None:
    stack = numbers(2, 3, 2, 6, 9)
    path = tmp_path / ("h.tif" if imagej else "h.ome.tif")
    tifffile.imwrite(path, stack, imagej=imagej, metadata={"axes": "TZCYX"})
    assert (tiff_layout(path).pages, tiff_layout(path).bands) == (6, 2)
    assert np.array_equal(read_tiff_page(path, 4), np.moveaxis(stack[1, 1], 0, 2))


def test_thumbnails_are_no_pages_and_other_sizes_are_counted(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "p.tif") as file:
        for side in (40, 30, 8):
            file.write(numbers(side, side, dtype="uint8"), metadata=None)
    layout = tiff_layout(tmp_path / "p.tif")
    assert (layout.size_hw, layout.pages, layout.more_series) == ((40, 40), 1, 1)


def test_lzw_pages_are_decoded(tmp_path: Path) -> None:
    pages = [Image.fromarray(page) for page in numbers(3, 6, 9, dtype="uint8")]
    pages[0].save(tmp_path / "l.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    assert np.array_equal(read_stored(tmp_path / "l.tif", Page(2))[:, :, 0], np.asarray(pages[2]))


@pytest.mark.parametrize("bits", [2, 4])
def test_masks_of_few_bits_give_their_numbers(tmp_path: Path, bits: int) -> None:
    ids = np.arange(4, dtype=np.uint8).reshape(1, 4)
    packed = sum(int(v) << (8 - bits * (i + 1)) for i, v in enumerate(ids[0, : 8 // bits])).to_bytes(1, "big")
    packed += b"" if bits == 2 else (2 << 4 | 3).to_bytes(1, "big")
    header = struct.pack(">IIBBBBB", 4, 1, bits, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" + packed)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    (tmp_path / "m.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    assert read_raw_mask(tmp_path / "m.png").tolist() == [[0, 1, 2, 3]]


def test_imagejs_inverted_masks_keep_their_stored_values(tmp_path: Path) -> None:
    stored = np.array([[0, 255]], dtype=np.uint8)
    tifffile.imwrite(tmp_path / "m.tif", stored, photometric="miniswhite")
    assert read_raw_mask(tmp_path / "m.tif").tolist() == [[0, 255]]


def test_palettes_give_indices_or_colours_and_transparency_can_be_the_mask(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8))
    image.putpalette([255, 255, 255, 0, 0, 0, 200, 10, 20])
    image.save(tmp_path / "p.png")
    assert read_raw_mask(tmp_path / "p.png").tolist() == [[0, 1, 2]]
    assert read_raw_mask(tmp_path / "p.png", by_colour=True).tolist() == [[255, 0, (1 << 24) + 0xC80A14]]
    clear = np.array([[[9, 9, 9, 0], [9, 9, 9, 255]]], dtype=np.uint8)
    Image.fromarray(clear).save(tmp_path / "a.png")
    assert read_raw_mask(tmp_path / "a.png", by_alpha=True).tolist() == [[0, 255]]


def test_nan_and_negative_numbers_are_kept_apart_from_classes(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "f.tif", np.array([[0, 1, np.nan, -9999]], dtype=np.float32))
    assert read_raw_mask(tmp_path / "f.tif").tolist() == [[0, 1, -(1 << 31), -9999]]
    tifffile.imwrite(tmp_path / "i.tif", np.array([[0, 1, -9999]], dtype=np.int16))
    assert read_raw_mask(tmp_path / "i.tif").tolist() == [[0, 1, -9999]]


def test_arrays_are_masks_and_photos(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", np.array([[0, 3], [1, 0]], dtype=np.int64))
    np.save(tmp_path / "hot.npy", np.eye(3, dtype=np.uint8)[None])
    np.save(tmp_path / "x.npy", np.moveaxis(numbers(5, 7, 3, dtype="uint8"), 2, 0))
    np.savez(tmp_path / "z.npz", mask=np.ones((4, 5), dtype=bool))
    assert read_raw_mask(tmp_path / "m.npy").tolist() == [[0, 3], [1, 0]]
    assert read_raw_mask(tmp_path / "hot.npy").tolist() == [[0, 1, 2]]
    assert read_raw_mask(tmp_path / "z.npz").max() == 255
    assert np.array_equal(read_photo(tmp_path / "x.npy"), numbers(5, 7, 3, dtype="uint8"))


def test_pickled_objects_are_never_unpacked(tmp_path: Path) -> None:
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert stored_arrays(tmp_path / "o.npy") == ()
    with pytest.raises(DataError, match="holds no array of numbers"):
        open_array(tmp_path / "o.npy")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_a_header_declares_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    deep = png_header_alone(tmp_path / "d.png", (13_000, 13_000), bits=16, colour=2)
    with pytest.raises(DataError, match="169 million pixels of 48 bits"):
        read_photo(deep)
    with pytest.raises(DataError, match="169 million pixels"):
        read_raw_mask(deep)
    with (tmp_path / "huge.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (70_000, 70_000)})
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.write(tmp_path / "huge.npy", "mask.npy")
    with pytest.raises(DataError, match=r"unpacks to 4\.9 GB"):
        open_array(tmp_path / "huge.npz", "mask")
    with pytest.raises(DataError, match="4900 million pixels"):
        read_raw_mask(tmp_path / "huge.npz")
    with pytest.raises(DataError, match="damaged"):
        open_array(tmp_path / "huge.npy")
