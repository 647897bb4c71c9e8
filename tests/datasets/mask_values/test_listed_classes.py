"""Class lists beside masks: whether they name the stored values themselves, or the class numbers that these hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError

REDS = [(10, 0, 0), (20, 0, 0), (30, 0, 0)]
REGIONS = [17, 1001, 1002, 2001]


def draw(root: Path, values: Sequence[int | tuple[int, int, int]], dtype: type = np.uint8) -> None:
    """Write two photos, and masks with a bar of each value on a ground of zeros."""
    for name in ("a", "b"):
        photo = np.random.default_rng(ord(name)).integers(0, 256, (50, 40, 3), dtype=np.uint8)
        mask: NDArray[Any] = np.zeros((50, 40, *np.shape(values[0])), dtype)
        for i, value in enumerate(values):
            mask[5 + 10 * i : 12 + 10 * i, 5:30] = value
        for folder, pixels in (("images", photo), ("masks", mask)):
            (root / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f"{name}.png")


def names_of_bars(root: Path, count: int) -> list[str]:
    """Return the names of the classes that the bars of the first mask have; 255 shows as "ignored"."""
    data = open_dataset(root)
    ids = [int(data.mask(data.samples[0])[7 + 10 * i, 10]) for i in range(count)]
    return [data.classes.names[i] if i < len(data.classes) else "ignored" for i in ids]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("class_colours.csv", "name,r,g,b\nroad,10,0,0\ncar,20,0,0\ntree,30,0,0\n"),
        ("classes.csv", "id,name,colour\n1,road,10 0 0\n2,car,20 0 0\n3,tree,30 0 0\n"),
    ],
)
def test_a_list_by_colour_holds_where_its_colours_use_one_channel(tmp_path: Path, name: str, text: str) -> None:
    draw(tmp_path, REDS)
    (tmp_path / name).write_text(text)
    assert names_of_bars(tmp_path, 3) == ["road", "car", "tree"]


@pytest.mark.parametrize("name", ["labels.csv", "classes.csv"])
def test_listed_numbers_above_1000_are_classes_of_their_own(tmp_path: Path, name: str) -> None:
    draw(tmp_path, REGIONS, np.uint16)
    (tmp_path / name).write_text("id,name\n0,background\n17,deep\n1001,left rim\n1002,left lobe\n2001,right rim\n")
    assert names_of_bars(tmp_path, 4) == ["deep", "left rim", "left lobe", "right rim"]


def test_a_list_of_classes_names_objects_that_thousands_number(tmp_path: Path) -> None:
    draw(tmp_path, REGIONS[1:], np.uint16)
    (tmp_path / "labels.csv").write_text("id,name\n0,background\n1,leaf\n2,bug\n")
    assert names_of_bars(tmp_path, 3) == ["leaf", "leaf", "bug"]


def test_a_list_of_numbers_names_classes_in_one_channel(tmp_path: Path) -> None:
    draw(tmp_path, [(1, 0, 0), (2, 0, 0)])
    (tmp_path / "labels.csv").write_text("id,name,color\n1,leaf,200 30 40\n2,bug,30 60 200\n")
    assert names_of_bars(tmp_path, 2) == ["leaf", "bug"]


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("docs/metadata.txt", "Photos of a field near Bonn\nTaken by Anna\nCamera: some\n", ["class 1", "class 2"]),
        ("classification/class_names.txt", "sunny\nrainy\nnight\n", ["class 1", "class 2"]),
        ("docs/labels.txt", "1 leaf\n2 bug\n", ["leaf", "bug"]),
        ("masks/labels.txt", "leaf\nbug\n", ["leaf", "bug"]),
        ("labels.txt", "leaf\nbug\n", ["leaf", "bug"]),
    ],
)
def test_away_from_the_masks_a_list_needs_numbers(tmp_path: Path, path: str, text: str, names: list[str]) -> None:
    draw(tmp_path, [1, 2])
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    assert names_of_bars(tmp_path, 2) == names


@pytest.mark.parametrize(
    ("part", "text", "names"),
    [
        ("test", "id,name\n1,blowhole\n2,crack\n", ["blowhole", "crack"]),
        ("Validation", "id,name\n1,blowhole\n2,crack\n", ["blowhole", "crack"]),
        ("test", "id,name\n1,blowhole\n", ["class 1", "class 2"]),
        ("tiles", "id,name\n1,blowhole\n2,crack\n", ["class 1", "class 2"]),
    ],
)
def test_a_part_of_a_split_takes_the_classes_csv_beside_the_parts_if_that_lists_its_values(
    tmp_path: Path, part: str, text: str, names: list[str]
) -> None:
    (tmp_path / part).mkdir()
    draw(tmp_path / part, [1, 2])
    (tmp_path / "classes.csv").write_text(text)
    assert names_of_bars(tmp_path / part, 2) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1,blowhole\n2,crack\n", "object"),
        ("0,background\n1,crack\n", "crack"),
        ("0,background\n255,crack\n", "crack"),
    ],
)
def test_a_part_of_0_and_255_takes_a_list_beside_it_that_has_255_or_one_object(
    tmp_path: Path, text: str, name: str
) -> None:
    (tmp_path / "test").mkdir()
    draw(tmp_path / "test", [255])
    (tmp_path / "classes.csv").write_text(f"id,name\n{text}")
    assert names_of_bars(tmp_path / "test", 1) == [name]


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (("1 car\n2 tree\n3 sky\n", "1 car\n3 sky\n"), ["car", "tree", "sky"]),
        (("car\ntree\nsky\n", "background\ncar\ntree\nsky\n"), ["car", "tree", "sky"]),
        (("car\ntree\nsky\n", "car\ntree\n"), ["car", "tree", "sky"]),
    ],
)
def test_lists_of_folders_that_call_each_number_alike_are_read(
    tmp_path: Path, texts: tuple[str, str], names: list[str]
) -> None:
    two_lists(tmp_path, texts)
    assert names_of_bars(tmp_path, 3) == names


@pytest.mark.parametrize("texts", [("1 car\n2 tree\n3 sky\n", "1 car\n2 sky\n"), ("car\ntree\nsky\n", "car\nsky\n")])
def test_lists_of_folders_that_disagree_are_refused_and_a_classes_csv_settles_it(
    tmp_path: Path, texts: tuple[str, str]
) -> None:
    two_lists(tmp_path, texts)
    with pytest.raises(DataError, match=r"classes\.csv with the columns id,name"):
        open_dataset(tmp_path)
    (tmp_path / "classes.csv").write_text("id,name\n0,background\n1,car\n2,tree\n3,sky\n")
    assert names_of_bars(tmp_path, 3) == ["car", "tree", "sky"]


def test_a_list_in_the_root_counts_for_all_folders(tmp_path: Path) -> None:
    draw(tmp_path, [1, 2, 3])
    (tmp_path / "classes.txt").write_text("background\ncar\ntree\nsky\n")
    (tmp_path / "masks/classes.txt").write_text("tree\ncar\nsky\n")
    assert names_of_bars(tmp_path, 3) == ["car", "tree", "sky"]


def two_lists(root: Path, texts: tuple[str, str]) -> None:
    """Write two folders of photos and masks of the classes 1 to 3, with a list each."""
    for part, text in zip(("train", "val"), texts, strict=True):
        (root / part).mkdir()
        draw(root / part, [1, 2, 3])
        (root / part / "masks/labels.txt").write_text(text)


def test_the_classes_csv_of_a_part_itself_goes_before_the_one_beside_the_parts(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    draw(tmp_path / "test", [1, 2])
    (tmp_path / "classes.csv").write_text("id,name\n1,blowhole\n2,crack\n")
    (tmp_path / "test/classes.csv").write_text("id,name\n1,fray\n2,break\n")
    assert names_of_bars(tmp_path / "test", 2) == ["fray", "break"]


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("_class\nbackground\ntray\nfork\n", ["tray", "fork"], "rows are counted from 0, so 0 is background"),
        ("background\ntray\nfork\n", ["tray", "fork"], "rows are counted from 0, so 0 is background"),
        ("__background__\ntray\nfork\n", ["tray", "fork"], "rows are counted from 0, so 0 is background"),
        ("name\ntray\nfork\n", ["tray", "fork"], "counted from 1"),
    ],
)
def test_a_classes_csv_of_names_alone_is_read_in_order_and_said(
    tmp_path: Path, text: str, names: list[str], said: str
) -> None:
    draw(tmp_path, [1, 2])
    (tmp_path / "classes.csv").write_text(text)
    assert names_of_bars(tmp_path, 2) == names
    masks = open_dataset(tmp_path).facts.masks
    assert said in str(masks and masks.guessed)


def test_a_classes_csv_whose_only_column_is_no_known_word_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, [1, 2])
    (tmp_path / "classes.csv").write_text("tray\nfork\n")
    with pytest.raises(DataError, match="needs the columns id,name"):
        open_dataset(tmp_path)
