"""Truths in a folder for each city or patient, and predictions that are figures or shades."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.errors import DataError


def masks(count: int = 6) -> list[np.ndarray]:
    drawn = [np.zeros((48, 64), np.uint8) for _ in range(count)]
    for i, mask in enumerate(drawn):
        mask[4 + 3 * i : 20 + 3 * i, 6 : 30 + 4 * i] = 1
    return drawn


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def test_truths_in_a_folder_for_each_patient_are_paired_with_flat_predictions(tmp_path: Path) -> None:
    for i, mask in enumerate(masks()):
        save(tmp_path / "truth" / f"patient {i % 2}" / f"slice_{i}.png", mask)
        save(tmp_path / "pred" / f"slice_{i}.png", mask)
    evidence = read_folders(tmp_path / "truth", tmp_path / "pred")
    assert len(evidence.cases) == 6
    assert evidence.unmatched == ()


def test_a_folder_of_photos_alone_is_no_truth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i, mask in enumerate(masks()):
        save(tmp_path / "truth" / f"patient {i % 2}" / f"slice_{i}.png", rng.integers(0, 255, (48, 64, 3), np.uint8))
        save(tmp_path / "pred" / f"slice_{i}.png", mask)
    with pytest.raises(DataError, match="neither an annotation file nor masks"):
        read_folders(tmp_path / "truth", tmp_path / "pred")


def test_figures_with_white_margins_are_refused_and_scores_of_three_classes_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i, mask in enumerate(masks()):
        scores = rng.dirichlet((0.2, 0.2, 0.2), mask.shape) * 255
        figure = np.full((60, 80, 3), 255, np.uint8)
        figure[6:54, 8:72] = scores.astype(np.uint8)
        save(tmp_path / "truth" / f"{i}.png", mask)
        save(tmp_path / "figures" / f"{i}.png", figure)
        save(tmp_path / "scores" / f"{i}.png", np.rint(scores).astype(np.uint8))
    with pytest.raises(DataError, match="figures with white margins"):
        read_folders(tmp_path / "truth", tmp_path / "figures")
    assert len(read_folders(tmp_path / "truth", tmp_path / "scores").cases) == 6


def test_shades_as_the_truth_of_two_values_say_that_both_were_exchanged(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i, mask in enumerate(masks()):
        save(
            tmp_path / "a" / f"{i}.png",
            np.where(mask, 255 - rng.integers(0, 90, mask.shape), rng.integers(0, 90, mask.shape)).astype(np.uint8),
        )
        save(tmp_path / "b" / f"{i}.png", mask)
        many = np.kron(np.arange(150).reshape(10, 15), np.ones((4, 4))).astype(np.uint8)
        save(tmp_path / "scenes" / f"{i}.png", many)
        save(tmp_path / "collapsed" / f"{i}.png", np.zeros_like(many))
    with pytest.raises(DataError, match="exchanged"):
        read_folders(tmp_path / "a", tmp_path / "b")
    assert len(read_folders(tmp_path / "b", tmp_path / "a").cases) == 6
    assert len(read_folders(tmp_path / "scenes", tmp_path / "collapsed").cases) == 6
