"""Masks painted in colours on white: white is the background, and one class may have two colours."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, Pixels, ids, numbered, photo, save, text

RED, OTHER_RED, BLUE, WHITE = (255, 0, 0), (237, 28, 36), (0, 0, 255), (255, 255, 255)


def painted(number: int, red: tuple[int, int, int], ground: tuple[int, int, int] = WHITE) -> Pixels:
    return np.array([ground, red, BLUE], dtype=np.uint8)[ids(number)]


def folder(root: Path, *, picked_anew: bool) -> None:
    for k in range(COUNT):
        save(root / f"a{k}.png", photo(k))
        save(root / f"a{k}_mask.png", painted(k, OTHER_RED if picked_anew and k > 4 else RED))


def test_white_that_covers_the_edges_is_the_background_of_colours(tmp_path: Path) -> None:
    folder(tmp_path, picked_anew=False)
    data = open_dataset(tmp_path)
    assert data.classes.background == 0
    assert len(data.classes) == 3
    assert all(np.array_equal(mask == 0, ids(k) == 0) for k, mask in numbered(data).items())
    assert data.facts.masks is not None
    assert "white covers the masks' edges" in data.facts.masks.guessed
    assert "nearly one colour" not in data.facts.masks.guessed


def test_a_colour_that_was_picked_anew_is_asked_about_and_joined_as_is_said(tmp_path: Path) -> None:
    folder(tmp_path, picked_anew=True)
    data = open_dataset(tmp_path)
    assert data.facts.masks is not None
    assert "#ed1c24 and #ff0000 are nearly one colour, and no mask holds much of both" in data.facts.masks.guessed
    rows = ["id,name,colour", "0,background,#ffffff", "1,disc,#ff0000", "1,disc,#ed1c24", "2,box,#0000ff"]
    text(tmp_path / "classes.csv", "\n".join(rows))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "disc", "box")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())


@pytest.mark.parametrize("ground", [(0, 0, 0), (90, 120, 60)])
def test_another_ground_stays_what_it_is(tmp_path: Path, ground: tuple[int, int, int]) -> None:
    for k in range(COUNT):
        save(tmp_path / f"a{k}.png", photo(k))
        save(tmp_path / f"a{k}_mask.png", painted(k, WHITE, ground))
    assert len(open_dataset(tmp_path).classes) == 3
