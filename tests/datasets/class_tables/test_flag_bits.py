"""Colours that hold flags in blue are a question, whose classes.csv is obeyed; other dark colours are classes."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, ids, photo, save


def page(number: int) -> Pixels:
    """Return comment 2 as a disc, main text 8 as a box with two rows of both 2 and 8, and an edge of the page."""
    drawn = ids(number)
    blue = np.select([drawn == 1, drawn == 2], [2, 8], 1)
    blue[64:66, 80:90] = 10
    red = np.zeros_like(blue)
    red[0] = 128
    return np.dstack([red, blue * 0, blue]).astype(np.uint8)


def pages(root: Path, draw: object = page) -> Path:
    for k in range(COUNT):
        save(root / f"img/{k}.jpg", photo(k))
        save(root / f"gt/{k}.png", page(k) if draw is page else draw(k))  # type: ignore[operator]
    return root


def test_flags_are_asked_about_and_the_table_is_obeyed(tmp_path: Path) -> None:
    root = pages(tmp_path / "pages")
    with pytest.raises(DataError, match=r"holds flags, 1, 2, 8; #00000a are sums.*red of 128 marks") as asked:
        open_dataset(root)
    assert len(open_dataset(root, options=ReadOptions(objects="ids")).classes) == 5
    command = str(asked.value).split("of a sum: ")[1].split("; or --set")[0]
    subprocess.run(["bash", "-c", command], check=True)
    data = open_dataset(root)
    text = data.classes.names.index("flag 8")
    for k, sample in enumerate(data.samples):
        assert ((data.mask(sample) == text) == np.isin(page(k)[:, :, 2], (8, 10))).all()
        assert not data.mask(sample)[0].any()


def test_red_as_the_number_of_a_class_is_no_flag(tmp_path: Path) -> None:
    root = pages(tmp_path / "pages", lambda k: np.dstack([ids(k), ids(k) * 0, ids(k) * 0]).astype(np.uint8))
    assert len(open_dataset(root).classes) == 3
