"""Colours called Car 1 and Car 2 beside other names are a question; numbers of kinds and of parts are names."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, ids, photo, save, text

COLOURS = np.array([(20, 20, 20), (255, 0, 0), (200, 0, 0)], np.uint8)


def drive(root: Path, names: tuple[str, ...]) -> Path:
    for k in range(COUNT):
        save(root / f"camera/{k}.png", photo(k))
        save(root / f"label/{k}.png", COLOURS[ids(k)])
    hexes = ("#141414", "#ff0000", "#c80000", "#00ff00")
    text(root / "class_list.json", json.dumps(dict(zip(hexes, names, strict=True))))
    return root


def test_numbered_names_are_asked_about_and_both_answers_are_obeyed(tmp_path: Path) -> None:
    root = drive(tmp_path / "drive", ("Road", "Car 1", "Car 2", "Sky"))
    with pytest.raises(DataError, match="colours of the masks are called Car 1 and Car 2: the numbers may") as asked:
        open_dataset(root)
    each = open_dataset(root, options=ReadOptions(objects="ids"))
    assert {"Car 1", "Car 2", "Road"} <= set(each.classes.names)
    command = str(asked.value).split("of one name: ")[1]
    assert command.startswith("printf ")
    subprocess.run(["bash", "-c", command], check=True)
    data = open_dataset(root)
    cars = data.classes.names.index("Car")
    assert all(((data.mask(sample) == cars) == (ids(k) > 0)).all() for k, sample in enumerate(data.samples))


@pytest.mark.parametrize(
    "names",
    [("Road", "Grade 3", "Grade 4", "Sky"), ("background", "Car 1", "Car 2", "Sky"), ("Road", "T1", "T2", "Sky")],
)
def test_numbers_of_kinds_and_names_alone_are_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    data = open_dataset(drive(tmp_path / "drive", names))
    assert set(names[1:3]) <= set(data.classes.names)
