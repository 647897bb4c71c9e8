"""The same photos lie in a folder for each of two tasks: their masks are two kinds, and one of them may be points."""

from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import COUNT, Pixels, binary, ids, photo, save


def points(number: int) -> Pixels:
    mask = binary(number) * 0
    mask[30 + 2 * number, 30 + 3 * number] = 255
    return mask


def two_tasks(root: Path) -> Path:
    for k in range(COUNT):
        save(root / f"regions/images/p{k}.png", photo(k))
        save(root / f"regions/masks/p{k}.png", binary(k) * 255)
        if k < 5:
            save(root / f"places/images/p{k}.png", photo(k))
            save(root / f"places/masks/p{k}.png", points(k))
    return root


def test_masks_of_two_tasks_are_asked_about_and_points_are_named(tmp_path: Path) -> None:
    root = two_tasks(tmp_path)
    with pytest.raises(DataError, match="places marks points of a few pixels, which are no regions: choose --set data"):
        open_dataset(root)
    data = open_dataset(root, options=ReadOptions(masks="masks"))
    assert [sample.name for sample in data.samples] == [f"regions/images/p{k}.png" for k in range(COUNT)]
    assert all((data.mask(sample) == binary(k)).all() for k, sample in enumerate(data.samples))
    unused = {remark.detail: len(remark.samples) for remark in data.facts.remarks if remark.kind == "file-unused"}
    repeats = (
        "repeats the photos of regions/images; where both kinds of masks count, the other 4 photos there show none of "
        "what these mark: put aside unseen ones"
    )
    assert unused == {repeats: 5, "another kind of masks was chosen": 1}


def test_a_class_in_a_folder_of_its_own_with_all_photos_is_a_class(tmp_path: Path) -> None:
    for k in range(COUNT):
        for name, number in (("crack", 1), ("rust", 2)):
            save(tmp_path / f"{name}/images/p{k}.png", photo(k))
            save(tmp_path / f"{name}/labels/p{k}.png", (ids(k) == number) * binary(k) * 255)
    data = open_dataset(tmp_path)
    assert len(data) == COUNT
    assert len(data.classes) == 3


def test_copies_in_two_parts_stay(tmp_path: Path) -> None:
    for k in range(COUNT):
        for part, mask in (("train", binary(k)), ("test", points(k))):
            save(tmp_path / f"{part}/images/p{k}.png", photo(k))
            save(tmp_path / f"{part}/masks/p{k}.png", mask)
    assert len(open_dataset(tmp_path)) == 2 * COUNT
