"""Classes of a list that are called void are named, with the setting that leaves them out."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.class_tables.void_names import is_void
from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, photo, save, text


def _draw(root: Path, names: str, file: str = "codes.txt") -> None:
    for k in range(COUNT):
        save(root / f"images/p{k}.png", photo(k))
        mask = np.zeros(photo(k).shape[:2], np.uint8)
        mask[:, 20:] = 1
        mask[: 6 + k % 3, 8:30] = 2
        save(root / f"labels/p{k}.png", mask)
    text(root / file, names)


def _said(root: Path, ignore: int | None = None) -> list[str]:
    found = file_findings(open_dataset(root, ignore=ignore))
    return [finding.evidence for finding in found if finding.code == "class-guessed"]


@pytest.mark.parametrize("name", ["Void", "void--unlabeled", "area (unlabelled)"])
def test_a_void_class_is_named_and_the_setting_leaves_it_out(tmp_path: Path, name: str) -> None:
    _draw(tmp_path, f"road\nsky\n{name}\n")
    assert any(f"{name} (" in said and "`--set data.ignore=2`" in said for said in _said(tmp_path))
    assert not any("data.ignore" in said for said in _said(tmp_path, ignore=2))
    assert name not in open_dataset(tmp_path, ignore=2).classes.names


def test_void_that_covers_most_as_a_background_is_nothing_to_tell(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"images/p{k}.png", photo(k))
        mask = np.zeros(photo(k).shape[:2], np.uint8)
        mask[5:15, 5:15] = 1 + k % 2
        save(tmp_path / f"labels/p{k}.png", mask)
    text(tmp_path / "codes.txt", "unlabeled\ncar\nbus\n")
    assert not any("data.ignore" in said for said in _said(tmp_path))


def test_a_list_that_can_say_so_is_not_questioned(tmp_path: Path) -> None:
    _draw(tmp_path, "id,name,ignore\n0,road,0\n1,sky,0\n2,void,0\n", "classes.csv")
    assert not any("data.ignore" in said for said in _said(tmp_path))


@pytest.mark.parametrize("name", ["avoid", "devoid", "other", "background"])
def test_other_names_are_no_void(name: str) -> None:
    assert not is_void(name)
