"""Photos without a mask that a list calls free of defects are background; flags of something else say nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, binary, photo, save, text


def textures(root: Path) -> Path:
    """Draw photos of two textures with the same names; every third has no defect and no mask."""
    for name in ("Class1", "Class2"):
        for k in range(COUNT):
            save(root / f"{name}/Train/{k:04}.PNG", photo(k))
            if k % 3:
                save(root / f"{name}/Train/Label/{k:04}_label.PNG", binary(k) * 255)
    return root


def row(k: int) -> str:
    return f"{k}\t{int(k % 3 > 0)}\t{k:04}.PNG\t0\t{f'{k:04}_label.PNG' if k % 3 else 0}\n"


def photos_with_some_masks(root: Path) -> None:
    """Draw photos of which every third has no mask."""
    for k in range(COUNT):
        save(root / f"images/p{k}.png", photo(k))
        if k % 3:
            save(root / f"masks/p{k}.png", binary(k) * 255)


def annotated(data: Dataset) -> int:
    return sum(sample.truth is not None for sample in data.samples)


def test_lists_of_flags_say_which_photos_show_nothing(tmp_path: Path) -> None:
    root = textures(tmp_path)
    assert annotated(open_dataset(root)) == 12
    for name in ("Class1", "Class2"):
        text(root / f"{name}/Train/Label/Labels.txt", "1\n" + "".join(map(row, range(COUNT))))
    data = open_dataset(root)
    assert annotated(data) == 2 * COUNT
    assert sum(not data.mask(sample).any() for sample in data.samples) == 6
    said = [remark.detail for remark in data.facts.remarks if remark.kind == "folder-reading"]
    assert any(
        "6 photos have no mask and are read as background alone: Class1/Train/Label/Labels.txt" in s for s in said
    )
    assert not [remark for remark in data.facts.remarks if remark.kind == "file-unused"]


@pytest.mark.parametrize(
    ("column", "empty"), [("defect", True), ("label", True), ("annotated", False), ("test", False)]
)
def test_columns_of_what_photos_show_count_and_others_do_not(tmp_path: Path, column: str, empty: bool) -> None:
    photos_with_some_masks(tmp_path)
    text(tmp_path / "meta.csv", f"image,{column}\n" + "".join(f"p{k}.png,{int(k % 3 > 0)}\n" for k in range(COUNT)))
    assert annotated(open_dataset(tmp_path)) == (COUNT if empty else 6)


@pytest.mark.parametrize(
    ("column", "flags", "empty"),
    [
        *(("has_label", "01", False), ("gt_available", "01", False), ("label_done", "01", False)),
        *(("label", ("no", "yes"), False), ("gt", ("False", "True"), False), ("has_defect", "01", True)),
        *(("defect", ("no", "yes"), True), ("label", ("good", "scratch"), True)),
        *(("label_count", "03", False), ("num_labels", "02", False), ("labels", "02", False)),
        *(("label", "02", True), ("defect_count", "03", True)),
    ],
)
def test_columns_of_whether_photos_are_labelled_say_nothing(
    tmp_path: Path, column: str, flags: Sequence[str], empty: bool
) -> None:
    photos_with_some_masks(tmp_path)
    rows = "".join(f"p{k}.png,{flags[k % 3 > 0]}\n" for k in range(COUNT))
    text(tmp_path / "meta.csv", f"image,{column}\n{rows}")
    assert annotated(open_dataset(tmp_path)) == (COUNT if empty else 6)


def test_a_flag_that_a_photo_with_a_mask_contradicts_says_nothing(tmp_path: Path) -> None:
    root = textures(tmp_path)
    lines = "".join(map(row, range(COUNT))).replace(
        row(1), row(1).replace("\t1\t", "\t0\t").replace("0001_label.PNG", "0")
    )
    text(root / "Class1/Train/Label/Labels.txt", lines)
    assert annotated(open_dataset(root)) == 12
