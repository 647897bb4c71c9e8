"""Masks in which every pixel is 1 or 2, as ilastik writes them: which is the background is asked."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, binary, ids, numbered, photo, save, text


def folder(root: Path, values: list[int]) -> None:
    for k in range(COUNT):
        save(root / f"images/a{k}.png", photo(k))
        save(root / f"masks/a{k}.png", np.array(values, dtype=np.uint8)[binary(k)])


@pytest.mark.parametrize("values", [[2, 1], [1, 2]])
def test_which_of_two_numbers_is_the_background_is_asked_and_a_list_says_it(tmp_path: Path, values: list[int]) -> None:
    folder(tmp_path, values)
    lines = [f"{value},{'background' if value == values[0] else 'NAME'}" for value in (1, 2)]
    with pytest.raises(DataError, match=f"the lines `id,name`, `{lines[0]}` and `{lines[1]}`"):
        open_dataset(tmp_path)
    text(tmp_path / "classes.csv", "\n".join(["id,name", *lines]))
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "NAME")
    assert all(np.array_equal(mask, binary(k)) for k, mask in numbered(data).items())


def test_the_question_says_what_a_readme_calls_the_two(tmp_path: Path) -> None:
    folder(tmp_path, [2, 1])
    text(tmp_path / "README.md", "Mask values: 1 = road, 2 = background.\n")
    with pytest.raises(DataError, match=r"README\.md calls them 1 road, 2 background: if so, printf"):
        open_dataset(tmp_path)


def test_two_numbers_that_are_both_named_are_two_classes(tmp_path: Path) -> None:
    folder(tmp_path, [1, 2])
    text(tmp_path / "classes.csv", "id,name\n1,soil\n2,plant\n")
    assert open_dataset(tmp_path).classes.names == ("background", "soil", "plant")


@pytest.mark.parametrize("values", [[0, 1], [0, 255], [1, 255], [7, 26]])
def test_other_numbers_are_not_asked_about(tmp_path: Path, values: list[int]) -> None:
    folder(tmp_path, values)
    assert len(open_dataset(tmp_path)) == COUNT


def test_a_number_that_is_ignored_is_not_asked_about(tmp_path: Path) -> None:
    folder(tmp_path, [1, 2])
    data = open_dataset(tmp_path, options=ReadOptions(ignore=2))
    assert all(np.array_equal(mask == 255, binary(k) == 1) for k, mask in numbered(data).items())


def test_a_background_that_is_listed_with_another_number_is_the_background_where_no_pixel_is_0(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/a{k}.png", photo(k))
        save(tmp_path / f"masks/a{k}.png", ids(k) + 1)
    text(tmp_path / "classes.csv", "id,name\n1,background\n2,disc\n3,box\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "disc", "box")
    assert all(np.array_equal(mask, ids(k)) for k, mask in numbered(data).items())
