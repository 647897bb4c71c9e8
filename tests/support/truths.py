"""What a dataset says about pixels, for tests of readers and writers."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset, Sample


def draw_photos(folder: Path, *names: str, size_hw: tuple[int, int] = (30, 40)) -> None:
    """Write grey photos of one size."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size_hw[::-1], (90, 90, 90)).save(path)


def pixels(data: Dataset, index: int = 0) -> dict[str, int]:
    """Return the pixel count of each class of one photo but the background, "ignored" for 255."""
    counts = np.bincount(data.mask(data.samples[index]).ravel(), minlength=256)
    names = {i: name for i, name in enumerate(data.classes.names) if i != data.classes.background} | {255: "ignored"}
    return {name: int(counts[i]) for i, name in names.items() if counts[i]}


def named_pixels(data: Dataset, sample: Sample) -> NDArray[np.object_]:
    """Return the class name of every pixel, "" for background and "ignored" for 255: alike whatever the ids are."""
    names = np.full(256, "ignored", dtype=object)
    shown = ["" if i == data.classes.background else name for i, name in enumerate(data.classes.names)]
    names[: len(shown)] = shown
    assert len(shown) <= IGNORE
    return np.asarray(names[data.mask(sample)])
