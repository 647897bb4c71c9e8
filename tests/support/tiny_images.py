"""Files of 24x32 pixels that are a photo or a mask, at any path."""

from pathlib import Path

import numpy as np
from PIL import Image


def photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(sum(path.as_posix().encode())).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)


def mask(path: Path, *, top: int = 4, value: int = 255) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = np.zeros((24, 32), np.uint8)
    drawn[top : top + 6, 5:20] = value
    Image.fromarray(drawn).save(path)
