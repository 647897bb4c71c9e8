"""Masks as text: refused with the command that makes PNGs of them, which is obeyed here."""

import subprocess
import sys
from pathlib import Path
from shlex import split

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.unread_formats.text_masks import text_mask_sentence
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, ids, photo, save, text


def a_number_a_line(mask: Pixels) -> str:
    return f"{mask.shape[1]} {mask.shape[0]}\n" + "".join(f"{value}\n" for value in mask.ravel())


@pytest.mark.parametrize("name", ["texts", "it's a földer \N{GRINNING FACE}"])
def test_the_command_makes_masks_of_texts(tmp_path: Path, name: str) -> None:
    tmp_path /= name
    for k in range(COUNT):
        save(tmp_path / f"training/image{k}.png", photo(k))
        text(tmp_path / f"training/image{k}_mask.txt", a_number_a_line(ids(k)))
    text(tmp_path / "training/README.txt", "the number of each pixel\n")
    with pytest.raises(DataError, match=r"image0_mask\.txt holds a number for each pixel \(128x96\)") as refused:
        open_dataset(tmp_path)
    command = split(str(refused.value).partition("/masks: ")[2])
    subprocess.run([sys.executable, *command[1:]], check=True)
    data = open_dataset(tmp_path)
    assert all((data.mask(sample) == ids(k)).all() for k, sample in enumerate(data.samples))


@pytest.mark.parametrize("content", ["0 0.5 0.5 0.1 0.1\n" * 40, "1 2\n" + "3\n" * 40, "16 16\n" + "a\n" * 256, ""])
def test_other_texts_are_no_masks(tmp_path: Path, content: str) -> None:
    text(tmp_path / "a.txt", content)
    assert text_mask_sentence(tmp_path / "a.txt", tmp_path) == ""
