"""Masks with one piece of each class at most, and photos without the small objects that others show."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from tests.support.mask_faults import write_pair

Mask = NDArray[np.uint8]
SIDE = 200


def found(root: Path, code: str, masks: Sequence[Mask]) -> Finding | None:
    rng = np.random.default_rng(5)
    for number, mask in enumerate(masks):
        write_pair(root, f"p{number:02d}", rng.integers(0, 255, (*mask.shape, 3)).astype(np.uint8), mask)
    lines = ["id,name", "0,background", "1,car", "2,sign", "3,pole", "4,man"]
    (root / "classes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return next((f for f in check(open_dataset(root), working_long_side_px=SIDE) if f.code == code), None)


def scattered(rng: np.random.Generator, *, pieces: int, radius_px: int = 8) -> Mask:
    """Return a mask with up to so many pieces of four classes, and a photo in four without the last one."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    places = rng.permutation(64)
    for place in range(4 * pieces - int(rng.random() < 0.25)):
        y, x = divmod(int(places[place]), 8)
        cv2.circle(mask, (12 + 25 * x, 12 + 25 * y), radius_px, (1 + place % 4,), -1)
    return mask


def test_an_export_of_one_shape_a_label_is_noted(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    finding = found(tmp_path, "object-single", [scattered(rng, pieces=1) for _ in range(14)])
    assert finding is not None
    assert finding.severity == "note"
    assert "no mask of 14 holds two pieces of a class" in finding.evidence


@pytest.mark.parametrize("kind", ["some have two", "large parts", "few photos"])
def test_other_masks_are_not_noted(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(1)
    masks = [scattered(rng, pieces=1) for _ in range(6 if kind == "few photos" else 14)]
    if kind == "some have two":
        masks[3:5] = [scattered(rng, pieces=2) for _ in range(2)]
    if kind == "large parts":
        masks = [np.repeat(np.arange(1, 5, dtype=np.uint8), SIDE // 4)[None].repeat(SIDE, 0) for _ in range(14)]
        masks = [
            np.ascontiguousarray(np.where(np.arange(SIDE)[:, None] < 190, mask, 0).astype(np.uint8)) for mask in masks
        ]
    assert found(tmp_path, "object-single", masks) is None


def cells(rng: np.random.Generator, radii: Callable[[], int]) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for place in rng.permutation(36)[:18].tolist():
        y, x = divmod(place, 6)
        cv2.circle(mask, (17 + 33 * x, 17 + 33 * y), radii(), (1,), -1)
    return mask


def test_photos_without_the_small_objects_of_the_others_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    mixed, large = lambda: int(rng.choice((3, 4, 9, 10, 11))), lambda: int(rng.choice((9, 10, 11)))
    masks = [cells(rng, large if number in (1, 4, 7, 9) else mixed) for number in range(12)]
    finding = found(tmp_path, "object-skipped", masks)
    assert finding is not None
    assert {Path(name).stem for name in finding.photos} == {"p01", "p04", "p07", "p09"}


@pytest.mark.parametrize("kind", ["all mixed", "taken from nearer", "by and by"])
def test_photos_that_only_show_other_objects_are_not_named(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(2)

    def radius(number: int) -> int:
        if kind == "taken from nearer" and number % 3 == 0:
            return int(rng.choice((13, 14, 15)))
        small = rng.random() < (number / 24 if kind == "by and by" else 0.4)
        return int(rng.choice((3, 4) if small else (9, 10, 11)))

    masks = [cells(rng, partial(radius, number)) for number in range(12)]
    assert found(tmp_path, "object-skipped", masks) is None


def test_photos_with_three_objects_show_no_small_one_by_chance(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    masks = []
    for _ in range(40):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        for place in rng.permutation(36)[:4].tolist():
            cv2.circle(mask, (17 + 33 * (place % 6), 17 + 33 * (place // 6)), int(rng.integers(4, 12)), (1,), -1)
        masks.append(mask)
    assert found(tmp_path, "object-skipped", masks) is None
