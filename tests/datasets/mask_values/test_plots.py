"""Masks that were saved as a plot have the lowest colour of its map as background."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset

VIOLET, TEAL, YELLOW = (68, 1, 84, 255), (33, 145, 140, 255), (253, 231, 36, 255)


def opened(root: Path, *colours: tuple[int, ...]) -> Dataset:
    """Write six photos with masks in colours, the first of which is the ground; the last mask holds nothing else."""
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir()
    for k in range(6):
        Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(root / f"images/p{k}.jpg")
        mask = np.full((40, 60, len(colours[0])), colours[0], np.uint8)
        for i, colour in enumerate(colours[1:] if k < 5 else ()):
            mask[5 : 12 + k, 5 + 20 * i : 15 + 20 * i] = colour
        Image.fromarray(mask).save(root / f"masks/p{k}.png")
    return open_dataset(root)


def test_violet_is_the_background_of_a_plot(tmp_path: Path) -> None:
    data = opened(tmp_path, VIOLET, YELLOW)
    assert data.classes.names == ("background", "object")
    assert [int((data.mask(sample) == 1).sum()) for sample in data.samples] == [70, 80, 90, 100, 110, 0]


def test_colours_between_are_classes(tmp_path: Path) -> None:
    data = opened(tmp_path, VIOLET, TEAL, YELLOW)
    assert data.classes.background == 0
    assert np.unique(data.mask(data.samples[0])).tolist() == [0, 1, 2]


@pytest.mark.parametrize("colours", [(VIOLET, (255, 0, 0, 255)), ((10, 80, 160, 255), YELLOW)])
def test_other_colours_are_classes_as_before(tmp_path: Path, colours: tuple[tuple[int, ...], ...]) -> None:
    assert opened(tmp_path, *colours).classes.background is None
