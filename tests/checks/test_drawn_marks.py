"""Marks that were drawn around the objects of grey photos."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.photos import Photo
from tests.support.scenes import save

SIZE = (240, 200)
Mark = Callable[[Photo, tuple[int, int]], None]


def ring(photo: Photo, at: tuple[int, int]) -> None:
    cv2.ellipse(photo, at, (38, 30), 10, 0, 360, (210, 60, 70), 2, cv2.LINE_AA)


def box(photo: Photo, at: tuple[int, int]) -> None:
    cv2.rectangle(photo, (at[0] - 34, at[1] - 28), (at[0] + 34, at[1] + 28), (40, 210, 60), 2)


def date(photo: Photo, _at: tuple[int, int]) -> None:
    cv2.putText(photo, "12:04", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (230, 160, 20), 2)


def region(photo: Photo, _at: tuple[int, int]) -> None:
    cv2.rectangle(photo, (30, 45), (170, 195), (40, 210, 60), 2)


def codes(folder: Path, mark: Mark | None, *, empty: int = 5, also_empty: bool = False) -> list[str]:
    for i in range(14):
        rng = np.random.default_rng(i)
        grey = 120 + 25 * cv2.resize(rng.normal(size=(12, 10)), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
        grey = (grey + rng.normal(0, 4, SIZE)).clip(0, 255)
        mask, at = np.zeros(SIZE, np.uint8), (int(rng.integers(60, 140)), int(rng.integers(60, 180)))
        shows = i >= empty
        if shows:
            cv2.ellipse(mask, at, (20, 8), int(rng.integers(0, 180)), 0, 360, (255,), -1)
            grey[mask > 0] -= 60
        photo = np.stack([grey.clip(0, 255).astype(np.uint8)] * 3, axis=2)
        if mark is not None and (shows or also_empty):
            mark(photo, at)
        save(folder / "images" / f"{i:02d}.jpg", photo)
        save(folder / "masks" / f"{i:02d}.png", mask)
    return [f.code for f in check(open_dataset(folder))]


@pytest.mark.parametrize("mark", [ring, box])
@pytest.mark.parametrize("empty", [0, 5])
def test_marks_around_the_objects_are_named(tmp_path: Path, mark: Mark, empty: int) -> None:
    assert "photo-marked" in codes(tmp_path, mark, empty=empty)


@pytest.mark.parametrize(("mark", "also_empty"), [(None, False), (date, True), (date, False), (ring, True)])
def test_photos_without_marks_or_with_marks_that_tell_nothing_are_not(
    tmp_path: Path, mark: Mark | None, also_empty: bool
) -> None:
    assert "photo-marked" not in codes(tmp_path, mark, also_empty=also_empty)


def test_the_frame_of_one_region_in_all_photos_is_not(tmp_path: Path) -> None:
    assert "photo-marked" not in codes(tmp_path, region, empty=0)
