"""Stacks of masks whose layers number the objects of a class each, in folders of their own, and what saves classes."""

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, ids, photo


def layers(number: int, *, ground: bool) -> Pixels:
    """Return six layers: the disc as an object of the second, the box as 7 of the fourth; the last may be the rest."""
    drawn = ids(number)
    planes = [
        drawn * 0,
        (drawn == 1) * (number + 1),
        drawn * 0,
        (drawn == 2) * 7,
        drawn * 0,
        (drawn == 0) * int(ground),
    ]
    return np.dstack(planes).astype(np.float64)


def fold(root: Path, *, ground: bool = True) -> Path:
    for name in ("images", "masks"):
        (root / f"Fold 1/{name}/fold1").mkdir(parents=True)
    np.save(root / "Fold 1/images/fold1/images.npy", np.stack([photo(k) for k in range(COUNT)]))
    np.save(root / "Fold 1/masks/fold1/masks.npy", np.stack([layers(k, ground=ground) for k in range(COUNT)]))
    return root


@pytest.mark.parametrize("ground", [True, False])
def test_layers_that_number_objects_are_refused_and_the_command_saves_classes(tmp_path: Path, ground: bool) -> None:
    root = fold(tmp_path / "nuclei", ground=ground)
    with pytest.raises(DataError, match="has 6 layers a picture; a pixel has one of them") as refusal:
        open_dataset(root)
    command = shlex.split(str(refusal.value).split("and so on: ")[1].split("; then move")[0])
    subprocess.run([sys.executable, *command[1:]], check=True)
    (root / "Fold 1/masks/fold1/masks.npy").rename(tmp_path / "masks.npy")
    data = open_dataset(root)
    assert len(data) == COUNT
    held = {0: 0, 1: 2, 2: 4}
    for k, sample in enumerate(data.samples):
        assert all(((data.mask(sample) == number) == (ids(k) == value)).all() for value, number in held.items())


def test_an_array_a_photo_in_folders_is_no_stack(tmp_path: Path) -> None:
    for name, draw in (("images", photo), ("masks", ids)):
        (tmp_path / name).mkdir()
        for k in range(COUNT):
            np.save(tmp_path / name / f"{k}.npy", draw(k))
    assert len(open_dataset(tmp_path)) == COUNT
