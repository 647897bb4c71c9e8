"""Masks whose colours have 16 bits."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.errors import DataError
from maskwright.imaging.mask_reader import COLOUR_BIT, read_raw_mask


def written(path: Path, colours: list[tuple[int, int, int]]) -> Path:
    """Write a mask of 16 bits with a column of each colour."""
    pixels = np.repeat(np.array([colours], dtype=np.uint16), 6, axis=0)
    cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., ::-1]))
    return path


@pytest.mark.parametrize("factor", [1, 256, 257])
def test_flat_colours_of_16_bits_are_those_of_8(tmp_path: Path, factor: int) -> None:
    colours = [(0, 0, 0), (128 * factor, 0, 0), (0, 7 * factor, 255 * factor)]
    raw = read_raw_mask(written(tmp_path / "a.png", colours))
    assert raw[0].tolist() == [0, COLOUR_BIT + 0x800000, COLOUR_BIT + 0x0007FF]


def test_colours_of_16_bits_that_8_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="16 bits"):
        read_raw_mask(written(tmp_path / "a.png", [(0, 0, 0), (4000, 0, 0), (4001, 0, 0)]))
