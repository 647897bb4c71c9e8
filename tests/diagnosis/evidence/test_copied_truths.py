"""Predictions that are the masks themselves are said to be so; one wrong pixel makes them a model's."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.imaging.mask_geometry import Mask

COUNT = 5


def masks() -> list[Mask]:
    found = []
    for place in range(COUNT):
        mask = np.zeros((60, 80), np.uint8)
        mask[10 + place : 40, 5 + 3 * place : 50] = 1
        found.append(mask)
    return found


def written(folder: Path, drawn: list[Mask]) -> Path:
    folder.mkdir()
    for place, mask in enumerate(drawn):
        Image.fromarray(mask).save(folder / f"p{place}.png")
    return folder


def warned(truth: Path, prediction: Path) -> list[str]:
    return [f.code for f in diagnose(read_folders(truth, prediction)) if f.severity != "note"]


def test_the_masks_given_as_predictions_prove_nothing(tmp_path: Path) -> None:
    truth, copy = written(tmp_path / "masks", masks()), written(tmp_path / "predictions", masks())
    assert warned(truth, copy) == ["score-none"]


def test_one_pixel_beside_the_boundary_makes_a_model(tmp_path: Path) -> None:
    nearly = masks()
    nearly[2][12, 4] = 1
    assert warned(written(tmp_path / "masks", masks()), written(tmp_path / "predictions", nearly)) == []


def ringed(drawn: list[Mask]) -> list[Mask]:
    """Return masks whose boundaries are ignored, as VOC's are."""
    found = []
    for mask in drawn:
        ring = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8))
        found.append(np.where(ring > 0, 255, mask).astype(np.uint8))
    return found


def test_predictions_that_differ_only_where_boundaries_are_ignored_are_a_models(tmp_path: Path) -> None:
    drawn = [(mask * (1 + i % 2)).astype(np.uint8) for i, mask in enumerate(masks())]
    wide = [cv2.dilate(mask, np.ones((3, 3), np.uint8)).astype(np.uint8) for mask in drawn]
    truth = written(tmp_path / "masks", ringed(drawn))
    assert warned(truth, written(tmp_path / "predictions", wide)) == []
    assert warned(truth, written(tmp_path / "copies", ringed(drawn))) == ["score-none"]


def test_arrays_in_memory_are_not_accused() -> None:
    pairs = list(zip(masks(), masks(), strict=True))
    assert [f.code for f in diagnose(read_pairs(pairs)) if f.severity != "note"] == []
