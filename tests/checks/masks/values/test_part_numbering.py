"""Parts that number their classes differently, and parts that only show other photos."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.check import check
from maskwright.checks.masks.values.part_numbering import _exchanged, _Part
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from tests.support.scenes import save

Pixels = NDArray[np.uint8]
COLOURS = np.array([[90, 90, 90], [200, 210, 250], [150, 60, 50], [60, 60, 70], [40, 130, 40]])
"""Of 0 other things, 1 sky, 2 houses, 3 roads and 4 trees."""


def scene(seed: int, *, light: float) -> tuple[Pixels, Pixels]:
    """Return a photo and its mask: sky above houses and trees above a road, all of changing sizes."""
    rng = np.random.default_rng(seed)
    ids = np.zeros((120, 160), np.uint8)
    sky, road = int(rng.integers(25, 45)), int(rng.integers(75, 95))
    ids[:sky], ids[road:] = 1, 3
    for left in range(0, 160, 40):
        width = int(rng.integers(15, 35))
        ids[sky - 8 : road, left : left + width] = 2 if rng.random() < 0.5 else 4
    ids[sky - 8 : road, :12], ids[sky - 8 : road, 148:] = 2, 4
    photo = light * COLOURS[ids] + rng.normal(0, 14, (120, 160, 3))
    return photo.clip(0, 255).astype(np.uint8), ids


def numbered(folder: Path, table: list[int], *, held_out: int = 6, light: float = 1.0, listed: bool = True) -> Path:
    """Write 14 photos of train, and some of val whose classes are numbered by the table."""
    for part, count in (("train", 14), ("val", held_out)):
        for i in range(count):
            photo, ids = scene(100 * (part == "val") + i, light=light if part == "val" else 1.0)
            save(folder / part / "images" / f"{part}{i:02d}.png", photo)
            mask = np.array(table, np.uint8)[ids] if part == "val" else ids
            save(folder / part / "masks" / f"{part}{i:02d}.png", mask)
    if listed:
        (folder / "classes.csv").write_text("id,name\n0,other\n1,sky\n2,house\n3,road\n4,tree\n")
    return folder


def named(folder: Path) -> list[Finding]:
    return [f for f in check(open_dataset(folder)) if "Two parts" in f.title]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("table", [[0, 4, 1, 3, 2], [0, 3, 2, 1, 4], [1, 2, 3, 4, 0]])
def test_classes_that_a_part_numbers_in_another_order_are_named_with_a_table(
    tmp_path: Path, table: list[int], listed: bool
) -> None:
    (finding,) = named(numbered(tmp_path, table, listed=listed))
    mended = np.arange(256)
    own, other = finding.fix.partition("table[")[2].partition("; ")[0].split("] = ")
    mended[[int(value) for value in own.strip("[]").split(", ")]] = [
        int(value) for value in other.strip("[]").split(", ")
    ]
    assert [int(mended[value]) for value in table] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("light", [1.0, 0.6])
def test_parts_of_one_numbering_are_not_named(tmp_path: Path, light: float) -> None:
    assert not named(numbered(tmp_path, [0, 1, 2, 3, 4], light=light))


def test_three_photos_prove_nothing(tmp_path: Path) -> None:
    assert not named(numbered(tmp_path, [0, 4, 1, 3, 2], held_out=3))


@pytest.mark.parametrize("table", [[0, 4, 1, 3, 2], [0, 1, 2, 3, 4]])
def test_photos_of_two_persons_in_one_folder_are_told_by_their_names(tmp_path: Path, table: list[int]) -> None:
    for person, count in (("anna", 14), ("jonas", 7)):
        for i in range(count):
            photo, ids = scene(100 * (person == "jonas") + i, light=1.0)
            save(tmp_path / "images" / f"{person}_{i:02d}.png", photo)
            save(tmp_path / "masks" / f"{person}_{i:02d}.png", np.array(table, np.uint8)[ids] if count == 7 else ids)
    found = named(tmp_path)
    assert bool(found) == (table != [0, 1, 2, 3, 4])
    assert all("classes of images/jonas look like others of images/anna" in finding.evidence for finding in found)


@pytest.mark.parametrize("others", [2, 0])
def test_a_class_that_few_photos_of_the_other_part_show_is_compared_with_these(others: int) -> None:
    """Four classes one step apart; the second part lacks the last, lies half a step on, and shows the first in full."""
    looks = np.full((5, 4, 6), np.nan)
    looks[:] = 0.3 * np.arange(4)[None, :, None]
    first, second = looks.copy(), looks + 0.15
    first[others:, 0] = second[:, 3] = np.nan
    exchanged = _exchanged(_Part("creek", first, np.array([1, 2, 3])), _Part("village", second, np.array([0, 1, 2])))
    assert exchanged == ({} if others else {0: 1, 1: 2, 2: 3})
