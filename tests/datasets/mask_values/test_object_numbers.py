"""Values that may number single objects: multiplied ones are asked about, alike ones get a hint, other classes none."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.mask_faults import write_pair

COLOURS = ((60, 160, 200), (200, 80, 60), (80, 200, 90), (190, 190, 60), (150, 60, 190))


def written(root: Path, ids_of: Sequence[Sequence[int]], *, differ: str = "") -> Path:
    """Write photos with one disc for each id; discs of other ids differ in size or colour where `differ` says so."""
    rng = np.random.default_rng(3)
    for number, ids in enumerate(ids_of):
        mask = np.zeros((160, 160), np.uint8)
        photo = cv2.resize(rng.integers(70, 120, (10, 10, 3)).astype(np.uint8), (160, 160)).astype(np.int64)
        for place, value in enumerate(rng.permutation(ids).tolist()):
            centre = (20 + 40 * (place % 4), 40 + 60 * (place // 4))
            kind = value % 5
            radius = 6 + 3 * kind if differ == "size" else int(rng.integers(10, 16))
            cv2.circle(mask, centre, radius, (value,), -1)
            colour = COLOURS[kind if differ == "colour" else 0]
            photo[mask == value] = np.array(colour) + rng.integers(-15, 15, (int((mask == value).sum()), 3))
        write_pair(root, f"p{number:02d}", photo.astype(np.uint8), mask)
    return root


def subsets(count: int = 16) -> list[list[int]]:
    rng = np.random.default_rng(8)
    return [sorted(rng.choice(np.arange(1, 9), int(rng.integers(2, 6)), replace=False).tolist()) for _ in range(count)]


def hint(dataset: Dataset) -> str:
    assert dataset.facts.masks is not None
    return dataset.facts.masks.guessed


def test_numbers_that_were_multiplied_to_be_seen_are_asked_about(tmp_path: Path) -> None:
    counts = (2, 4, 3, 5, 2, 6, 3, 4)
    with pytest.raises(DataError, match="seem to number single objects"):
        open_dataset(written(tmp_path, [[10 * i for i in range(1, count + 1)] for count in counts]))


def test_numbers_with_gaps_of_objects_that_look_alike_get_a_hint(tmp_path: Path) -> None:
    assert "all look alike in size, shape and colour" in hint(open_dataset(written(tmp_path, subsets())))


@pytest.mark.parametrize("differ", ["size", "colour"])
def test_classes_that_differ_get_no_hint(tmp_path: Path, differ: str) -> None:
    assert "alike" not in hint(open_dataset(written(tmp_path, subsets(), differ=differ)))


@pytest.mark.parametrize("background", ["_background_", "Hintergrund"])
@pytest.mark.parametrize("name", ["labels.txt", "class_names.txt"])
def test_numbers_that_a_list_of_fewer_classes_contradicts_are_no_classes(
    tmp_path: Path, name: str, background: str
) -> None:
    root = written(tmp_path, [list(range(1, count + 1)) for count in (2, 4, 3, 5, 2, 8, 3, 4)])
    (root / name).write_text(f"{background}\ncar\nsign\npole\n")
    with pytest.raises(DataError, match=rf"{name} lists 3 classes.*SegmentationClass.*4 classes with the background"):
        open_dataset(root)


def test_numbers_of_one_listed_class_are_asked_about(tmp_path: Path) -> None:
    root = written(tmp_path, [list(range(1, count + 1)) for count in (2, 4, 3, 5, 2, 8, 3, 4)])
    (root / "labels.txt").write_text("_background_\ncar\n")
    with pytest.raises(DataError, match="seem to number single objects"):
        open_dataset(root)
