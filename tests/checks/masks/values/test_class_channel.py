"""A channel is proposed as the class where it tells something apart, and by a command that reads what is stored."""

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np

from maskwright.checks.check import file_findings
from maskwright.checks.masks.values.class_channel import channel_of_few_values
from maskwright.datasets.dataset import Sample
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.imaging.mask_reader import COLOUR_BIT
from tests.support.drawn_layouts import ids, photo, save


def samples(photos: str, masks: str) -> list[Sample]:
    return [Sample(f"{k}.png", Path(photos, f"{k}.png"), MaskFile(Path(masks, f"{k}.png")), (9, 9)) for k in range(2)]


def colours(red: int, green: int) -> list[int]:
    return [COLOUR_BIT + (r << 16) + (g << 8) for r in range(20, 20 + red) for g in range(40, 40 + green)]


def test_a_channel_of_one_value_is_never_the_class() -> None:
    assert channel_of_few_values(colours(60, 60), samples("images", "masks"), Path("data")) == ""


def test_the_channel_of_fewest_values_that_differ_is_named() -> None:
    assert "the channel R takes 5 values" in channel_of_few_values(colours(5, 60), samples("i", "m"), Path("data"))


def test_no_command_rewrites_photos_among_masks() -> None:
    assert "python -c" not in channel_of_few_values(colours(5, 60), samples("m", "m"), Path("data"))


def test_classes_in_tens_of_red_and_in_green_come_with_a_command_that_is_obeyed(tmp_path: Path) -> None:
    for k in range(6):
        save(tmp_path / f"p{k}.jpg", photo(k))
        red, green = np.where(ids(k) == 2, 70, 0), np.select([ids(k) == 0, ids(k) == 1], [12, 195], 53)
        blue = np.indices(ids(k).shape)[1] // 4 + k
        save(tmp_path / f"p{k}_seg.png", np.dstack([red, green, blue]).astype(np.uint8))
    found = next(finding for finding in file_findings(open_dataset(tmp_path)) if finding.code == "mask-values")
    assert "red takes multiples of 10 alone, as in ADE20K" in found.evidence
    command = shlex.split(found.evidence.split("`")[1])
    subprocess.run([sys.executable, *command[1:]], check=True)
    data = open_dataset(tmp_path, options=ReadOptions(masks="classid", objects="ids"))
    assert [name for name in data.classes.names if name != "background"] != []
    shown = [np.unique(data.mask(sample)).tolist() for sample in data.samples]
    assert all(len(values) == 3 for values in shown)
