"""Tiny datasets drawn by code, for tests: discs on noise."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from maskwright.classes import class_table
from maskwright.data.dataset import Dataset, Ellipse, Sample, Shapes


def disc_photos(folder: Path, *, count: int = 6, size_hw: tuple[int, int] = (96, 128), seed: int = 0) -> Dataset:
    """Draw photos with one bright disc each on dark noise; return them as a dataset of class "disc"."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    samples = []
    for index in range(count):
        radius = float(rng.uniform(0.15, 0.25) * min(size_hw))
        x, y = (float(rng.uniform(radius, length - radius)) for length in (size_hw[1], size_hw[0]))
        photo = rng.integers(0, 90, (*size_hw, 3), dtype=np.uint8)
        cv2.circle(photo, (round(x - 0.5), round(y - 0.5)), round(radius), (230, 200, 60), -1, cv2.LINE_AA)
        path = folder / f"disc{index:02d}.png"
        Image.fromarray(photo).save(path)
        truth = Shapes((Ellipse(1, (x, y), (radius, radius)),))
        samples.append(Sample(path.name, path, truth, size_hw))
    return Dataset(folder, "drawn", tuple(samples), class_table(("background", "disc")))
