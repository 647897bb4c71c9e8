"""Tables that number classes more than once: the column that masks agree with counts, and a tie is a question."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright import open_dataset
from maskwright.errors import DataError

TABLE = "id,raw_category,count,nyu40id,nyu40class\n1,wall,9,1,wall\n2,chair,8,5,chair\n3,floor,7,2,floor\n"
MORE = "4,office chair,6,5,chair\n5,lamp,5,35,lamp\n"


def _scenes(root: Path, values: tuple[int, ...]) -> Path:
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    for number in range(6):
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), np.uint8)).save(root / "images" / f"s{number}.jpg")
        mask = np.zeros((48, 64), np.uint8)
        for place, value in enumerate(values):
            mask[4 + 10 * place : 12 + 10 * place, 8 + number : 50] = value
        Image.fromarray(mask).save(root / "masks" / f"s{number}.png")
    return root


def test_masks_that_fit_two_columns_are_a_question_whose_commands_answer_it(tmp_path: Path) -> None:
    root = _scenes(tmp_path / "rooms", (1, 2, 5))
    (root / "labels.csv").write_text(TABLE.replace("raw_category", "category") + MORE)
    with pytest.raises(
        DataError, match="by id they are 1 wall, 2 chair, 5 lamp; by nyu40id they are 1 wall, 2 floor"
    ) as asked:
        open_dataset(root)
    subprocess.run(["bash", "-c", str(asked.value).split("of nyu40id, ")[1]], check=True)
    names = open_dataset(root).classes.names
    assert [names[value] for value in (1, 2, 5)] == ["wall", "floor", "chair"]


def test_the_column_that_has_all_values_counts(tmp_path: Path) -> None:
    root = _scenes(tmp_path / "rooms", (1, 2, 35))
    (root / "labels.csv").write_text(TABLE.replace("raw_category", "category") + MORE)
    dataset = open_dataset(root)
    assert "lamp" in dataset.classes.names
    assert "floor" in dataset.classes.names
    assert dataset.facts.masks is not None
    assert dataset.facts.masks.guessed == "labels.csv is read by its nyu40id"


def test_numbers_that_several_names_share_are_no_second_numbers(tmp_path: Path) -> None:
    root = _scenes(tmp_path / "rooms", (1, 2))
    (root / "labels.csv").write_text("id,name,supercategory_id\n1,wall,1\n2,chair,2\n3,table,2\n")
    assert open_dataset(root).classes.names[1:] == ("wall", "chair", "table")
