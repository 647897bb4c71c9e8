"""Pictures of a stack belong to names in the order of text or of numbers; arrays of one npz belong to their names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.evidence.stack_order import by_numbers

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


@pytest.mark.parametrize("names", [("y_pred", "y_true"), ("outputs", "names"), ("softmax", "files")])
def test_a_stack_beside_another_array_in_one_npz_is_read_as_the_stack(tmp_path: Path, names: tuple[str, str]) -> None:
    drawn = masks(tmp_path / "truth")
    arrays: dict[str, Any] = {names[0]: np.stack(drawn), names[1]: np.array([str(i) for i in range(COUNT)])}
    np.savez(tmp_path / "out.npz", **arrays)
    assert len(read_folders(tmp_path / "truth", tmp_path / "out.npz").cases) == COUNT


@pytest.mark.parametrize(
    ("truth", "array"),
    [("scan_1.{:02d}", "scan_1.{:02d}"), ("scan_1.{:02d}", "scan_1.{:02d}.png"), ("{}", "{}_mask"), ("{}", "{}.png")],
)
def test_every_array_of_an_npz_pairs_whatever_dots_its_name_has(tmp_path: Path, truth: str, array: str) -> None:
    drawn = masks(tmp_path / "drawn")
    (tmp_path / "truth").mkdir()
    for i, mask in enumerate(drawn):
        Image.fromarray(mask).save(tmp_path / "truth" / f"{truth.format(i)}.png")
    arrays: dict[str, Any] = {array.format(i): drawn[i] for i in reversed(range(COUNT))}
    np.savez(tmp_path / "out.npz", **arrays)
    evidence = read_folders(tmp_path / "truth", tmp_path / "out.npz")
    assert (len(evidence.cases), evidence.unmatched, evidence.paired_by) == (COUNT, (), "")
    assert "pred-shuffled" not in codes(evidence)


def test_two_stacks_pair_place_by_place(tmp_path: Path) -> None:
    drawn = np.stack(masks(tmp_path / "drawn"))
    np.save(tmp_path / "truth.npy", drawn)
    np.save(tmp_path / "pred.npy", drawn)
    evidence = read_folders(tmp_path / "truth.npy", tmp_path / "pred.npy")
    assert (evidence.paired_by, codes(evidence)) == ("", codes(read_folders(tmp_path / "drawn", tmp_path / "drawn")))
    assert all(not np.triu(case.counts, 1).any() for case in evidence.cases)


def test_a_superscript_in_a_name_is_no_number() -> None:
    assert by_numbers(["10", "5²", "2"]) == ["2", "5²", "10"]


@pytest.mark.parametrize("seed", range(6))
def test_predictions_of_chance_keep_the_order_of_names_as_text(tmp_path: Path, seed: int) -> None:
    masks(tmp_path / "truth")
    corners = np.random.default_rng(seed).integers(0, 40, (COUNT, 2))
    predictions = np.zeros((COUNT, 60, 80), np.uint8)
    for mask, (top, left) in zip(predictions, corners, strict=True):
        mask[top : top + 20, left : left + 25] = 1
    np.save(tmp_path / "pred.npy", predictions)
    assert read_folders(tmp_path / "truth", tmp_path / "pred.npy").paired_by == ""


def test_empty_masks_keep_the_order_of_names_as_text(tmp_path: Path) -> None:
    masks(tmp_path / "truth")
    for path in (tmp_path / "truth").iterdir():
        Image.fromarray(np.zeros((60, 80), np.uint8)).save(path)
    np.save(tmp_path / "pred.npy", np.zeros((COUNT, 60, 80), np.uint8))
    assert read_folders(tmp_path / "truth", tmp_path / "pred.npy").paired_by == ""
