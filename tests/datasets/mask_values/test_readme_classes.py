"""Classes that a README names: shown with the classes.csv to write."""

import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.mask_values.readme_classes import named_by_readme
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.mask_reader import colour_value
from tests.support.drawn_layouts import COLOURS, COUNT, ids, photo, save, text


@pytest.mark.parametrize(
    "said",
    [
        "- 0: background\n- 1: disc\n- 2: box\n",
        "Masks: 0 = background, 1 = disc, 2 = box.",
        "| id | class |\n|---|---|\n| 0 | background |\n| 1 | disc |\n| 2 | box |\n",
        "Masks hold background (0), disc (1) and box (2). Version 1: 2020. 9 photos.",
        "disc: 1\nbox: 2\nbackground: 0\n",
        "masks/ Pixel Annotations: 0: background 1:disc 2: box\n",
        "Set 0.1\n\nbackground 0, disc 1, box 2\n",
        "8-bit greyscale images: 0 - background, 1 - disc, 2 - box\n",
    ],
)
def test_numbers_are_named_and_the_command_is_right(tmp_path: Path, said: str) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", ids(k))
    text(tmp_path / "README.md", f"# Discs\n\n{said}")
    (guessed,) = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "class-guessed"]
    command = guessed.evidence.partition("if so, ")[2]
    subprocess.run(["bash", "-c", command], check=True)
    assert open_dataset(tmp_path).classes.names == ("background", "disc", "box")


def test_colours_are_named(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", COLOURS[ids(k)])
    text(tmp_path / "readme.txt", "background (0, 0, 0)\ndisc (0, 0, 255)\nbox #ff0000\n")
    (guessed,) = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "class-guessed"]
    subprocess.run(["bash", "-c", guessed.evidence.partition("if so, ")[2]], check=True)
    assert set(open_dataset(tmp_path).classes.names) == {"background", "disc", "box"}


def test_a_readme_of_other_numbers_is_not_shown(tmp_path: Path) -> None:
    text(tmp_path / "README.md", "Version 3: better. 12 photos: 8 for training.\n")
    assert named_by_readme([tmp_path], {0, 1, 2}) == ""


def test_colours_in_the_order_of_opencv_are_named_and_ignored_ones_marked(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", np.array([(60, 180, 75), (200, 30, 10), (255, 0, 255)], np.uint8)[ids(k)])
    text(tmp_path / "README.md", "(075, 180, 060) : TREES\n(010, 030, 200) : DISC\n(255, 000, 255) : IGNORE\n")
    (guessed,) = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "class-guessed"]
    subprocess.run(["bash", "-c", guessed.evidence.partition("if so, ")[2]], check=True)
    data = open_dataset(tmp_path)
    assert {"TREES", "DISC"} <= set(data.classes.names)
    assert "IGNORE" not in data.classes.names
    assert ((data.mask(data.samples[0]) == 255) == (ids(0) == 2)).all()


@pytest.mark.parametrize(
    "row",
    [
        "a" + " " * 60_000 + "b",
        "a" + "\n" * 60_000,
        "a " * 30_000,
        "a-" * 30_000,
        "*" * 60_000,
        "|a" * 30_000,
        "1 " * 30_000,
    ],
)
def test_long_rows_take_a_moment(tmp_path: Path, row: str) -> None:
    text(tmp_path / "README.md", row)
    begin = time.process_time()
    assert named_by_readme([tmp_path], {0, 1, 2}) == named_by_readme([tmp_path], {colour_value((255, 0, 1))}) == ""
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("said", ["- **disc**:   1\n- __box__ \t= 2\n", "|  `1`  |  *disc*  |\n|  `2`  |  box  |\n"])
def test_marks_around_names_are_no_part_of_them(tmp_path: Path, said: str) -> None:
    text(tmp_path / "README.md", said)
    assert "calls them 1 disc, 2 box" in named_by_readme([tmp_path], {0, 1, 2})


def test_a_sentence_beside_a_colour_is_no_name_and_a_slash_is_part_of_one(tmp_path: Path) -> None:
    said = "Tree (RGB: 0, 255, 0)\nClutter/background (RGB: 255, 0, 0)\nCar (RGB: 255, 255, 0)\n"
    said += "The eroded truth carries an additional value for undefined pixels: (RGB: 0, 0, 0).\n"
    text(tmp_path / "readme.txt", said)
    colours = [(0, 255, 0), (255, 0, 0), (255, 255, 0)]
    command = named_by_readme([tmp_path], [colour_value(colour) for colour in colours])
    assert "#ff0000 Clutter/background" in command
    assert "undefined,#000000,1" in command


def test_colours_of_a_public_code_are_shown_and_obeyed(tmp_path: Path) -> None:
    colours = np.array([(255, 0, 0), (255, 0, 255), (0, 0, 0)], np.uint8)
    for k in range(COUNT):
        save(tmp_path / f"images/{k}.png", photo(k))
        save(tmp_path / f"masks/{k}.png", colours[ids(k)])
    (guessed,) = [f for f in file_findings(open_dataset(tmp_path)) if f.code == "class-guessed"]
    assert "KITTI road calls them" in guessed.evidence
    subprocess.run(["bash", "-c", guessed.evidence.partition("if so, ")[2]], check=True)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "road")
    for k, sample in enumerate(data.samples):
        assert (data.mask(sample) == np.array([0, 1, 255])[ids(k)]).all()


def test_colours_that_no_code_has_alone_are_not_named() -> None:
    shared = [colour_value(colour) for colour in ((0, 255, 0), (0, 0, 255), (255, 255, 0))]
    assert named_by_readme([Path(__file__).parent], shared) == ""
