"""Tiles from QuPath: the script beside them names the numbers, and asks what lies outside of annotations."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import IGNORE
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.drawn_layouts import photo, save

SCRIPT = """
def labelServer = new LabeledImageServer.Builder(imageData)
    .backgroundLabel(0, ColorTools.WHITE)
    .downsample(downsample)
    .addLabel('Tumor', 1)
    .addLabel('Stroma, loose', 2)
//  .addLabel('Other', 3)
    .build()
"""


def tiles(root: Path, *, script: str = SCRIPT, values: int = 3) -> Path:
    for k in range(6):
        ids = np.kron(np.random.default_rng(k).integers(0, values, (4, 4)), np.ones((24, 32))).astype(np.uint8)
        save(root / f"tiles/slide_{k // 2} [x={k % 2 * 96},y=0,w=120,h=96].jpg", photo(k))
        save(root / f"tiles/slide_{k // 2} [x={k % 2 * 96},y=0,w=120,h=96].png", ids)
    (root / "scripts").mkdir()
    (root / "scripts/export_tiles.groovy").write_text(script, encoding="utf-8")
    return root


def commands(root: Path) -> list[str]:
    """Return the commands of the question, in order."""
    with pytest.raises(DataError, match=r"writes 1 Tumor, 2 .Stroma, loose., and 0 where") as refused:
        open_dataset(root)
    return re.findall(r"printf .*? > \S*classes\.csv", str(refused.value))


@pytest.mark.parametrize(("number", "ignored"), [(0, False), (1, True)])
def test_both_answers_are_commands_that_are_obeyed(tmp_path: Path, number: int, ignored: bool) -> None:
    root = tiles(tmp_path)
    subprocess.run(["sh", "-c", commands(root)[number]], check=True)
    data = open_dataset(root)
    assert list(data.classes.names[-2:]) == ["Tumor", "Stroma, loose"]
    truth = data.mask(data.samples[0])
    assert np.any(truth == IGNORE) == ignored
    assert np.any(truth == 0) != ignored


def test_numbers_that_the_script_does_not_name_are_not_asked_about_with_its_names(tmp_path: Path) -> None:
    assert len(open_dataset(tiles(tmp_path, values=5)).classes) == 5


def test_a_script_that_writes_no_labels_asks_nothing(tmp_path: Path) -> None:
    assert len(open_dataset(tiles(tmp_path, script="print 'hello'")).classes) == 3
