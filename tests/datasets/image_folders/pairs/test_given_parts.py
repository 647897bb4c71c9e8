"""Columns, lists and folders of lists that give parts, and those that only look so."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.image_folders.pairs.split_columns import flagged_parts
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.part_names import JOINT, parts_named
from tests.support.drawn_layouts import COUNT, binary, photo, save, text


def draw(root: Path, name: Callable[[int], str] = "p{:02}".format) -> None:
    for k in range(COUNT):
        save(root / f"images/{name(k)}.png", photo(k))
        save(root / f"masks/{name(k)}.png", binary(k) * 255)


def readings(data: Dataset) -> str:
    return " ".join(finding.evidence for finding in file_findings(data) if finding.code == "folder-reading")


@pytest.mark.parametrize("column", ["valid", "test_result", "eval", "dev", "trained", "tested_positive"])
def test_a_column_of_something_else_gives_no_parts(tmp_path: Path, column: str) -> None:
    draw(tmp_path)
    text(tmp_path / "meta.csv", f"image,{column}\n" + "".join(f"p{k:02}.png,{k % 2}\n" for k in range(COUNT)))
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


@pytest.mark.parametrize(("others", "is_part"), [("car,bus", False), ("patient,age", True)])
def test_a_column_called_train_among_those_of_other_things_is_of_a_vehicle(
    tmp_path: Path, others: str, is_part: bool
) -> None:
    draw(tmp_path)
    cells = [f"{k % 2},{k % 2}" if not is_part else f"{k % 5},{40 + k}" for k in range(COUNT)]
    rows = "".join(f"p{k:02}.png,{cells[k]},{int(k > 5)}\n" for k in range(COUNT))
    text(tmp_path / "meta.csv", f"image,{others},train\n{rows}")
    assert ({sample.part for sample in open_dataset(tmp_path).samples} == {None}) != is_part


@pytest.mark.parametrize("name", ["train_labels", "eval_results", "valid_photos_rated"])
def test_a_list_of_something_else_gives_no_parts(tmp_path: Path, name: str) -> None:
    draw(tmp_path)
    text(tmp_path / f"{name}.txt", "".join(f"p{k:02}.png {k % 2}\n" for k in range(COUNT)))
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


@pytest.mark.parametrize(
    ("column", "part"),
    [("is_valid", "val"), ("in_dev", "val"), ("test", "test"), ("train_flag", "train"), ("train_val_split", "train")],
)
def test_names_of_flags_are_flags(column: str, part: str) -> None:
    assert flagged_parts(column, ["1", "0"])["1"] == part


def test_what_flags_stand_for_is_said(tmp_path: Path) -> None:
    draw(tmp_path)
    table = tmp_path / "meta.csv"
    text(table, "image,is_val\n" + "".join(f"p{k:02}.png,{int(k > 5)}\n" for k in range(COUNT)))
    assert "parts are read from column is_val of meta.csv: 1 is val, 0 is train" in readings(open_dataset(tmp_path))
    table.unlink()
    text(tmp_path / "train_test_split.txt", "".join(f"p{k:02}.png {int(k > 5)}\n" for k in range(COUNT)))
    assert "parts are read from train_test_split.txt: 1 is train, 0 is test" in readings(open_dataset(tmp_path))


def test_words_of_parts_are_no_choice_to_tell(tmp_path: Path) -> None:
    draw(tmp_path)
    text(
        tmp_path / "meta.csv", "image,split\n" + "".join(f"p{k:02}.png,{'train' if k else 'test'}\n" for k in range(9))
    )
    assert "parts are read" not in readings(open_dataset(tmp_path))


@pytest.mark.parametrize("names", ["犬猫鳥魚馬牛羊豚鶏", ("mask", *"abcdefgh")])
def test_the_first_photo_of_a_list_is_no_header(tmp_path: Path, names: tuple[str, ...]) -> None:
    draw(tmp_path, lambda k: names[k])
    text(tmp_path / "train.txt", "".join(f"{name}\n" for name in names[:6]))
    text(tmp_path / "test.txt", "".join(f"{name}\n" for name in names[6:]))
    parts = {sample.photo.stem: sample.part for sample in open_dataset(tmp_path).samples}
    assert [parts[name] for name in names] == ["train"] * 6 + ["test"] * 3


def test_the_fold_that_was_taken_is_named_and_another_can_be(tmp_path: Path) -> None:
    draw(tmp_path / "data")
    for fold in range(3):
        for part, held_out in (("train", False), ("val", True)):
            lines = [f"p{k:02}\n" for k in range(COUNT) if (k % 3 == fold) == held_out]
            text(tmp_path / f"data/splits/fold{fold}/{part}.txt", "".join(lines))
    said = readings(open_dataset(tmp_path / "data"))
    assert "parts are those of splits/fold2; splits/fold0, splits/fold1 divide the photos otherwise" in said
    assert f"move fold2 and the others out of {tmp_path / 'data'}" in said
    for fold in (1, 2):
        shutil.move(tmp_path / f"data/splits/fold{fold}", tmp_path / f"fold{fold}")
    data = open_dataset(tmp_path / "data")
    assert [sample.part for sample in data.samples] == ["val", "train", "train"] * 3
    assert "parts are those of" not in readings(data)


@pytest.mark.parametrize("name", ["valid", "eval", "dev_set"])
def test_a_list_that_says_of_each_photo_whether_it_is_valid_gives_no_parts(tmp_path: Path, name: str) -> None:
    draw(tmp_path)
    text(tmp_path / f"{name}.txt", "".join(f"p{k:02} {int(k != 4)}\n" for k in range(COUNT)))
    data = open_dataset(tmp_path)
    assert {sample.part for sample in data.samples} == {None}
    unused = [finding.evidence for finding in file_findings(data) if finding.code == "file-unused"]
    assert f"{name}.txt (names photos with 1, 0 beside them, not read" in " ".join(unused)


def test_labels_of_whole_photos_in_lists_of_both_parts_leave_the_parts(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "train.txt", "".join(f"p{k:02} {k % 2}\n" for k in range(6)))
    text(tmp_path / "valid.txt", "".join(f"p{k:02} {k % 2}\n" for k in range(6, COUNT)))
    assert [sample.part for sample in open_dataset(tmp_path).samples] == ["train"] * 6 + ["val"] * 3


def test_a_very_large_list_is_not_read_and_named(tmp_path: Path) -> None:
    draw(tmp_path)
    text(tmp_path / "train.txt", "p00\n" + "another_photo_00001\n" * (1 << 20))
    data = open_dataset(tmp_path)
    assert {sample.part for sample in data.samples} == {None}
    assert any("train.txt (over 16 MB, not read" in finding.evidence for finding in file_findings(data))


def test_lists_of_training_and_validation_together_are_known_alike() -> None:
    for name in (("trainval",), ("train", "val"), ("training", "validation", "list")):
        assert parts_named(name) == JOINT
    assert parts_named(("test", "dev", "list")) == {"test"}
    assert parts_named(("train", "val", "test")) == JOINT | {"test"}
    assert parts_named(("photos",)) == frozenset()


def _lists(root: Path, word: str) -> None:
    for name, numbers in ((f"{word}_train", range(6)), (f"{word}_val", range(6, COUNT))):
        text(root / f"{name}.txt", "".join(f"p{k:02}\n" for k in numbers))


def test_lists_of_one_more_word_give_parts_and_those_of_several_words_none(tmp_path: Path) -> None:
    draw(tmp_path)
    _lists(tmp_path, "cityv2")
    assert [sample.part for sample in open_dataset(tmp_path).samples] == ["train"] * 6 + ["val"] * 3
    _lists(tmp_path, "boats")
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("split.yaml", "train: [{train}]\ntest: [{test}]\n"),
        ("splits.yml", "train:\n- {trains}\ntest:\n- {tests}\n"),
        ("split.json", '{{"train": [{train}], "test": [{test}]}}'),
    ],
)
@pytest.mark.parametrize("by", ["number", "name"])
def test_lists_under_the_names_of_parts_give_parts(tmp_path: Path, file: str, content: str, by: str) -> None:
    draw(tmp_path, "{:03}_image".format)
    named = [str(k) if by == "number" else f'"{k:03}_image.png"' for k in range(COUNT)]
    held, others = named[:3], named[3:]
    written = content.format(
        train=", ".join(others), test=", ".join(held), trains="\n- ".join(others), tests="\n- ".join(held)
    )
    text(tmp_path / file, written)
    data = open_dataset(tmp_path)
    assert {sample.name[7:10] for sample in data.samples if sample.part == "test"} == {"000", "001", "002"}
    assert {sample.part for sample in data.samples} == {"train", "test"}
    assert not [f for f in file_findings(data) if f.code == "file-unused"]


@pytest.mark.parametrize(
    "content",
    [
        "train: images/train\nval: images/val\nnames: [a, b]\n",
        "train: [1, 2, 3]\ntest: [400, 500]\n",
        "train: [1, 2]\ntest: [5]\n",
        "train: {epochs: 3}\ntest: [fast, slow]\n",
    ],
)
def test_yaml_of_something_else_gives_no_parts(tmp_path: Path, content: str) -> None:
    draw(tmp_path)
    text(tmp_path / "config.yaml", content)
    assert {sample.part for sample in open_dataset(tmp_path).samples} == {None}


def _table(root: Path, columns: str, cells: Callable[[int], str]) -> Dataset:
    draw(root)
    text(root / "splits.csv", "\n".join([f"name;{columns}", *(f"p{k:02}.png;{cells(k)}" for k in range(COUNT))]))
    return open_dataset(root)


def test_columns_that_divide_photos_differently_give_no_parts_until_one_is_left(tmp_path: Path) -> None:
    data = _table(tmp_path, "fold1;fold2", lambda k: ("Test;Training", "Training;Test", "Training;Training")[k % 3])
    assert {sample.part for sample in data.samples} == {None}
    assert "columns fold1, fold2 of splits.csv divide the photos differently" in readings(data)
    assert not [f for f in file_findings(data) if f.code == "file-unused"]
    alone = _table(tmp_path, "fold2", lambda k: ("Training", "Test", "Training")[k % 3])
    assert {sample.part for sample in alone.samples} == {"train", "test"}


def test_columns_that_agree_give_the_parts(tmp_path: Path) -> None:
    data = _table(tmp_path, "set;subset;is_test", lambda k: "test;Testing;1" if k % 3 == 0 else "train;Training;0")
    assert {sample.part for sample in data.samples} == {"train", "test"}
