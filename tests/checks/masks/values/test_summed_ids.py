"""Masks in which ids were added where objects overlap, and masks whose classes only happen to be sums."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.findings.python_commands import saving_beside

Mask = NDArray[np.uint8]
COUNT, SIDE = 12, 160


def disc(rng: np.random.Generator, radius_px: int = 24) -> Mask:
    place = rng.integers(radius_px, SIDE - radius_px, 2).tolist()
    return np.asarray(cv2.circle(np.zeros((SIDE, SIDE), np.uint8), place, radius_px, (1,), -1), np.uint8)


def written(root: Path, draw: Callable[[np.random.Generator], Mask]) -> Finding | None:
    rng = np.random.default_rng(4)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    for number in range(COUNT):
        mask = draw(rng)
        photo = (60 * mask[:, :, None] + rng.integers(0, 40, (SIDE, SIDE, 3))).astype(np.uint8)
        Image.fromarray(photo).save(root / "images" / f"{number:02d}.jpg")
        Image.fromarray(mask).save(root / "masks" / f"{number:02d}.png")
    return next((finding for finding in check(open_dataset(root)) if finding.code == "mask-sums"), None)


def discs(ids: tuple[int, ...], *, added: bool) -> Callable[[np.random.Generator], Mask]:
    def draw(rng: np.random.Generator) -> Mask:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        for _ in range(4):
            one, value = disc(rng), int(rng.choice(ids))
            mask = mask + one * np.uint8(value) if added else np.where(one > 0, np.uint8(value), mask)
        return np.asarray(mask, np.uint8)

    return draw


def ringed(rng: np.random.Generator) -> Mask:
    """Cells of 1 with a ring of 3 around a nucleus of 2: 3 always lies between 1 and 2."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for place in ((40, 40), (110, 50), (70, 115)):
        spot = tuple(int(v + rng.integers(-8, 8)) for v in place)
        for radius_px, value in ((28, 1), (18, 3), (9, 2)):
            cv2.circle(mask, spot, radius_px, (value,), -1)
    return mask


def layered(rng: np.random.Generator) -> Mask:
    """Layers across the photo, 3 between 1 and 2, as membranes are."""
    mask, top = np.zeros((SIDE, SIDE), np.uint8), int(rng.integers(30, 60))
    for value, thick_px in ((1, 20), (3, 14), (2, 22)):
        mask[top : top + thick_px] = value
        top += thick_px
    return mask


def nested(rng: np.random.Generator) -> Mask:
    """Nuclei of 2 inside of cells of 1."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for place in ((40, 40), (110, 50), (70, 115)):
        spot = tuple(int(v + rng.integers(-8, 8)) for v in place)
        cv2.circle(mask, spot, 26, (1,), -1)
        cv2.circle(mask, (spot[0] + 6, spot[1]), 12, (2,), -1)
    return mask


def turned(mask: Mask, rng: np.random.Generator) -> Mask:
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(rng.uniform(0, 360)), 1)
    return np.asarray(cv2.warpAffine(mask, turn, (SIDE, SIDE), flags=cv2.INTER_NEAREST), np.uint8)


def thin_layer(rng: np.random.Generator) -> Mask:
    """A thin 3 between 1 and 2 that ends where both do, as the separator of a cell."""
    mask, wide = np.zeros((SIDE, SIDE), np.uint8), int(rng.integers(25, 45))
    for value, top, bottom in ((1, 55, 80), (3, 80, 82), (2, 82, 105)):
        mask[top:bottom, 80 - wide : 80 + wide] = value
    return turned(mask, rng)


def vein(rng: np.random.Generator) -> Mask:
    """A line of 2 in a leaf of 1, nearly from one end to the other."""
    leaf, line = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(leaf, (80, 80), (55, int(rng.integers(22, 36))), 0, 0, 360, (1,), -1)
    cv2.line(line, (0, 80), (SIDE, 80 + int(rng.integers(-8, 8))), (1,), 3)
    return turned(leaf + line * cv2.erode(leaf, np.ones((3, 3), np.uint8)), rng)


@pytest.mark.parametrize("ids", [(11, 12, 14), (1, 2, 4), (1, 2)], ids=str)
def test_sums_that_are_no_class_are_named(tmp_path: Path, ids: tuple[int, ...]) -> None:
    finding = written(tmp_path / "data", discs(ids, added=True))
    assert finding is not None
    assert f"{ids[0]} + {ids[1]} = {ids[0] + ids[1]}" in finding.evidence


def test_a_sum_of_two_objects_of_one_id_is_named(tmp_path: Path) -> None:
    finding = written(tmp_path / "data", discs((7,), added=True))
    assert finding is not None
    assert "7 + 7 = 14" in finding.evidence


def test_the_command_runs_in_a_folder_of_any_name(tmp_path: Path) -> None:
    root = tmp_path / "it's a földer \N{GRINNING FACE}"
    finding = written(root, discs((11, 14), added=True))
    assert finding is not None
    command = finding.fix.split("`, and `--set data.masks")[0].split("`")[-1]
    words = shlex.split(command)
    subprocess.run([sys.executable, *words[1:]], check=True)
    made = [np.unique(np.asarray(Image.open(path))) for path in (root / "masks_without_sums").iterdir()]
    assert len(made) == COUNT
    assert set(np.concatenate(made).tolist()) == {0, 11, 14, 255}


def test_no_command_is_named_that_would_leave_out_some_masks(tmp_path: Path) -> None:
    photos, masks = [tmp_path / "images/1.jpg"], [tmp_path / "masks/1.png", tmp_path / "masks/2.tif"]
    code = "print({root}, {pattern}, {name}, {new})"
    assert saving_beside(code, masks, photos, root=tmp_path, ending="_new") is None
    assert saving_beside(code, [tmp_path / "images/1.png"], photos, root=tmp_path, ending="_new") is None
    command, new = saving_beside(code, masks[:1], photos, root=tmp_path, ending="_new") or ("", "")
    assert new == "masks_new"
    shown = subprocess.run([sys.executable, *shlex.split(command)[1:]], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == f"{tmp_path} *.png masks masks_new"


def test_sums_that_are_classes_elsewhere_are_named(tmp_path: Path) -> None:
    def draw(rng: np.random.Generator) -> Mask:
        mask = discs((1, 2), added=True)(rng)
        corner = np.zeros_like(mask)
        for place in ((14, 14), (145, 14), (14, 145), (145, 145)):
            cv2.circle(corner, place, 8, (1,), -1)
        return np.where((corner > 0) & (mask == 0), np.uint8(3), mask)

    assert written(tmp_path / "data", draw) is not None


@pytest.mark.parametrize(
    "draw",
    [discs((1, 2, 3), added=False), discs((11, 12, 23), added=False), ringed, layered, nested, thin_layer, vein],
    ids=["one over the other", "a class that is a sum", "rings", "layers", "nuclei", "thin layers", "veins"],
)
def test_classes_that_are_sums_by_chance_are_not_accused(
    tmp_path: Path, draw: Callable[[np.random.Generator], Mask]
) -> None:
    assert written(tmp_path / "data", draw) is None
