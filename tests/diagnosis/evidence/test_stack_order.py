"""Pictures of a stack belong to names in the order of text or of numbers; arrays of one npz belong to their names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_folders import read_folders

COUNT = 12


def masks(folder: Path) -> list[np.ndarray]:
    """Write COUNT truths named 0.png, 1.png, ..., each with its rectangle in another place."""
    folder.mkdir()
    drawn = []
    for i in range(COUNT):
        mask = np.zeros((60, 80), np.uint8)
        mask[3 * i : 3 * i + 20, 5 * (i % 4) * 2 : 5 * (i % 4) * 2 + 25] = 1
        drawn.append(mask)
        Image.fromarray(mask).save(folder / f"{i}.png")
    return drawn


def codes(evidence: Evidence) -> list[str]:
    return [finding.code for finding in diagnose(evidence) if finding.severity != "note"]


@pytest.mark.parametrize("order", [list(range(COUNT)), sorted(range(COUNT), key=str)])
def test_a_stack_in_either_order_of_names_is_right(tmp_path: Path, order: list[int]) -> None:
    drawn = masks(tmp_path / "truth")
    np.save(tmp_path / "preds.npy", np.stack([drawn[i] for i in order]))
    assert "pred-shuffled" not in codes(read_folders(tmp_path / "truth", tmp_path / "preds.npy"))


def test_a_stack_in_no_order_of_names_is_still_named(tmp_path: Path) -> None:
    drawn = masks(tmp_path / "truth")
    np.save(tmp_path / "preds.npy", np.stack(drawn[5:] + drawn[:5]))
    assert codes(read_folders(tmp_path / "truth", tmp_path / "preds.npy"))[:1] == ["pred-shuffled"]


def test_a_stack_of_truths_follows_the_numbers_in_the_names_of_predictions(tmp_path: Path) -> None:
    drawn = masks(tmp_path / "pred")
    np.save(tmp_path / "truth.npy", np.stack(drawn))
    assert "pred-shuffled" not in codes(read_folders(tmp_path / "truth.npy", tmp_path / "pred"))


def test_arrays_of_one_npz_are_paired_by_their_names(tmp_path: Path) -> None:
    drawn = masks(tmp_path / "truth")
    arrays: dict[str, Any] = {f"{i}.png": drawn[i] for i in reversed(range(COUNT))}
    np.savez(tmp_path / "out.npz", **arrays)
    evidence = read_folders(tmp_path / "truth", tmp_path / "out.npz")
    assert len(evidence.cases) == COUNT
    assert "pred-shuffled" not in codes(evidence)
