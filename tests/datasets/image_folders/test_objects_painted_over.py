"""Photos beside copies on which the objects were painted over: the refusal has the command that makes masks of them."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import binary_erosion

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, binary, numbered, photo


def folder(root: Path, ending: str, colour: tuple[int, int, int]) -> None:
    for k in range(COUNT):
        pixels = photo(k)
        Image.fromarray(pixels).save(root / f"P10{k}.jpg", quality=92)
        pixels[binary(k) == 1] = colour
        Image.fromarray(pixels).save(root / f"P10{k}{ending}.jpg", quality=90)


@pytest.mark.parametrize(("ending", "colour"), [(" - Kopie", (237, 28, 36)), ("_painted", (255, 255, 0))])
def test_masks_are_made_of_photos_and_their_painted_copies(
    tmp_path: Path, ending: str, colour: tuple[int, int, int]
) -> None:
    folder(tmp_path, ending, colour)
    with pytest.raises(DataError, match=r"repeats P100\.jpg with the colour .*\(9 such pictures\)") as refused:
        open_dataset(tmp_path)
    command = re.search(r"python -c '.*'(?=; then move)", str(refused.value), re.DOTALL)
    assert command is not None
    subprocess.run([sys.executable, *shlex.split(command[0])[1:]], check=True)
    for path in tmp_path.glob(f"*{ending}.jpg"):
        path.unlink()
    masks = numbered(open_dataset(tmp_path))
    assert len(masks) == COUNT
    assert all(np.mean(mask != binary(k)) < 0.01 for k, mask in masks.items())


def test_two_photos_of_one_view_are_not_painted(tmp_path: Path) -> None:
    for k in range(COUNT):
        Image.fromarray(photo(k)).save(tmp_path / f"P10{k}.jpg")
        Image.fromarray(np.clip(photo(k) * 1.4, 0, 255).astype(np.uint8)).save(tmp_path / f"P10{k}_bright.jpg")
    with pytest.raises(DataError, match="neither an annotation file nor masks"):
        open_dataset(tmp_path)


def outlined(root: Path, other: str, ending: str) -> None:
    """Write photos, and copies in another folder on which a red line goes round each object."""
    for folder_of in ("Fotos", other):
        (root / folder_of).mkdir()
    for k in range(COUNT + 2):
        pixels = np.kron(photo(k), np.ones((3, 3, 1), np.uint8))
        Image.fromarray(pixels).save(root / f"Fotos/P10{k}.jpg", quality=92)
        if k < COUNT:
            inside = np.kron(binary(k), np.ones((3, 3), np.uint8)) == 1
            pixels[inside & ~binary_erosion(inside, iterations=3)] = (237, 28, 36)
            Image.fromarray(pixels).save(root / f"{other}/P10{k}{ending}.jpg", quality=90)


@pytest.mark.parametrize(("other", "ending"), [("Fotos markiert", "_markiert"), ("marked", "")])
def test_lines_round_objects_on_copies_in_another_folder_are_filled(tmp_path: Path, other: str, ending: str) -> None:
    outlined(tmp_path, other, ending)
    with pytest.raises(DataError, match=r"If what its lines enclose, lines included, is the object") as refused:
        open_dataset(tmp_path)
    command = re.search(rf"python -c '.*'(?=; then move the folder {other} out)", str(refused.value), re.DOTALL)
    assert command is not None
    subprocess.run([sys.executable, *shlex.split(command[0])[1:]], check=True)
    (tmp_path / other).rename(tmp_path.parent / f"{tmp_path.name}_{other}")
    data = open_dataset(tmp_path)
    assert (len(data.samples), len(data.annotated.samples)) == (COUNT + 2, COUNT)
    for sample in data.annotated.samples:
        k = int(Path(sample.name).stem.removeprefix("P10"))
        assert np.mean(data.mask(sample) != np.kron(binary(k), np.ones((3, 3), np.uint8))) < 0.02
