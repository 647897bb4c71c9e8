"""Photos with a disc and a box, their masks, and how they are saved in folders laid out like public datasets."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.dataset import Dataset

Pixels = NDArray[Any]
COUNT, SIZE_HW = 9, (96, 128)
VOC = [0, 0, 0, 128, 0, 0, 0, 128, 0]
COLOURS = np.array([(0, 0, 0), (0, 0, 255), (255, 0, 0)], dtype=np.uint8)


def photo(number: int) -> Pixels:
    """Return a textured picture with a bright disc and a dark box where `ids` has 1 and 2."""
    rng = np.random.default_rng(number)
    small = rng.integers(60, 190, (12, 16, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(small).resize(SIZE_HW[::-1], Image.Resampling.BICUBIC)).astype(np.int16)
    picture = picture + rng.integers(-6, 7, (*SIZE_HW, 3))
    drawn = ids(number)
    picture[drawn == 1] += 60
    picture[drawn == 2] -= 60
    return np.clip(picture, 0, 255).astype(np.uint8)


def ids(number: int) -> Pixels:
    """Return the truth: a disc of class 1 and a box of class 2, elsewhere on each photo."""
    mask = np.zeros(SIZE_HW, dtype=np.uint8)
    cv2.circle(mask, (30 + 3 * number, 30 + 2 * number), 14, (1,), -1)
    mask[60 : 80 + number, 70 + 4 * number : 100 + 3 * number] = 2
    return mask


def binary(number: int) -> Pixels:
    return (ids(number) > 0).astype(np.uint8)


def save(path: Path, pixels: Pixels, palette: list[int] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if palette:
        image.putpalette(palette + [0] * (768 - len(palette)))
    image.save(path)


def text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def part(number: int) -> str:
    return "train" if number < 6 else "val"


def numbered(data: Dataset) -> dict[int, Pixels]:
    """Return the masks by the last number in the names of their photos (the one before a channel or a hash)."""
    found = {}
    for sample in data.samples:
        number = next(k for k in range(COUNT) if np.abs(data.photo(sample).astype(int) - photo(k)).mean() < 12)
        found[number] = data.mask(sample)
    return found
