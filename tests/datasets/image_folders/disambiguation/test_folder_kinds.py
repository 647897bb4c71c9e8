"""A folder for each kind of object: one object, or a class each where a person asks for it."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from tests.support.drawn_layouts import SIZE_HW, Pixels, binary, ids, photo, save

KINDS = ("crack", "dent", "free")
AS_CLASSES = ReadOptions(masks="classes")


def _draw(root: Path, *, several_values: bool = False) -> None:
    for i, kind in enumerate(KINDS):
        for k in range(4):
            mask: Pixels = np.zeros(SIZE_HW, np.uint8)
            if kind != "free":
                mask = ids(k) if several_values else binary(k) * 255
            save(root / f"{kind}/imgs/p{i}{k}.jpg", photo(10 * i + k))
            save(root / f"{kind}/imgs/p{i}{k}.png", mask)


def test_folders_are_one_object_and_the_setting_is_said(tmp_path: Path) -> None:
    _draw(tmp_path)
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "object")
    said = " ".join(finding.evidence for finding in file_findings(data) if finding.code == "folder-reading")
    assert "`--set data.masks=classes` makes a class of each" in said


def test_asked_for_each_folder_is_a_class_but_the_one_without_objects(tmp_path: Path) -> None:
    _draw(tmp_path)
    data = open_dataset(tmp_path, options=AS_CLASSES)
    assert data.classes.names == ("background", "crack", "dent")
    assert len(data.annotated) == 12
    held = {sample.name.split("/")[0]: set(np.unique(data.mask(sample)).tolist()) for sample in data.samples}
    assert held == {"crack": {0, 1}, "dent": {0, 2}, "free": {0}}


@pytest.mark.parametrize("options", [ReadOptions(), AS_CLASSES])
def test_masks_of_several_values_keep_their_classes(tmp_path: Path, options: ReadOptions) -> None:
    _draw(tmp_path, several_values=True)
    assert open_dataset(tmp_path, options=options).classes.names == ("background", "class 1", "class 2")
