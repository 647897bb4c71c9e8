"""Codes of classes get the names that a table puts beside them."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.datasets.class_tables.coded_names import coded_names
from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, photo, save, text


@pytest.mark.parametrize(
    "table",
    [
        "/m/0k4j,Car\n/m/07j7r,Tree\n/m/0h8n,Cat\n",
        "LabelName,DisplayName\n/m/0k4j,Car\n/m/07j7r,Tree\n",
        "id;code;word\n1;m/0k4j;Car\n2;m/07j7r;Tree\n",
    ],
)
def test_a_table_names_codes_in_whatever_columns(tmp_path: Path, table: str) -> None:
    text(tmp_path / "classes.csv", table)
    assert coded_names(tmp_path / "classes.csv", {"m/0k4j", "m/07j7r"}) == {"m/0k4j": "Car", "m/07j7r": "Tree"}


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("/m/0k4j,Car\n", {"m/0k4j", "m/07j7r"}),
        ("/m/0k4j,Car\n/m/07j7r,Car\n", {"m/0k4j", "m/07j7r"}),
        ("/m/0k4j,3\n/m/07j7r,4\n", {"m/0k4j", "m/07j7r"}),
        ("cat,red\ndog,blue\n", {"cat", "dog"}),
        ("/m/0k4j\n/m/07j7r\n", {"m/0k4j", "m/07j7r"}),
    ],
)
def test_other_tables_name_nothing(tmp_path: Path, table: str, codes: set[str]) -> None:
    text(tmp_path / "classes.csv", table)
    assert coded_names(tmp_path / "classes.csv", codes) == {}


def test_masks_of_codes_take_the_names(tmp_path: Path) -> None:
    lines = ["MaskPath,ImageID,LabelName"]
    for k in range(COUNT):
        save(tmp_path / f"data/p{k}.png", photo(k))
        for i, code in enumerate(("0k4j", "07j7r")):
            mask = np.zeros(photo(k).shape[:2], np.uint8)
            mask[5:15, 5 + 15 * i : 15 + 15 * i] = 255
            name = f"p{k}_m{code}_{k}{i}.png"
            save(tmp_path / f"labels/masks/{name}", mask)
            lines.append(f"{name},p{k},/m/{code}")
    text(tmp_path / "labels/segmentations.csv", "\n".join(lines))
    text(tmp_path / "metadata/classes.csv", "/m/0k4j,Car\n/m/07j7r,Tree\n/m/0h8n,Cat\n")
    assert set(open_dataset(tmp_path).classes.names) == {"background", "Car", "Tree"}
