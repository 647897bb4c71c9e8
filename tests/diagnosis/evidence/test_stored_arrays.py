"""Predictions as people save them: one stack, tensors, channels in odd places, other names, exchanged folders."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import DataError

Masks = list[NDArray[np.uint8]]


def truths(tmp_path: Path, *, classes: int = 2, name: str = "img_{:03d}") -> Masks:
    rng = np.random.default_rng(3)
    masks = []
    (tmp_path / "masks").mkdir()
    for place in range(5):
        mask = np.zeros((24, 32), np.uint8)
        for value in range(1, classes):
            y, x = rng.integers(0, 14), rng.integers(0, 20)
            mask[y : y + 9, x : x + 11] = value
        masks.append(mask)
        Image.fromarray(mask).save(tmp_path / "masks" / f"{name.format(place)}.png")
    return masks


def test_one_stack_of_keras_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    masks = truths(tmp_path)
    np.save(tmp_path / "preds.npy", np.stack(masks)[..., None].astype(np.float32) * 0.8 + 0.1)
    evidence = read_folders(tmp_path / "masks", tmp_path / "preds.npy")
    assert len(evidence.cases) == 5
    assert iou_of(evidence) == 1.0
    assert evidence.cases[0].histogram is not None


def test_a_stack_in_npz_and_a_truth_in_a_stack_are_read_too(tmp_path: Path) -> None:
    masks = np.stack(truths(tmp_path))
    np.savez(tmp_path / "preds.npz", masks)
    np.save(tmp_path / "truth.npy", masks)
    assert iou_of(read_folders(tmp_path / "truth.npy", tmp_path / "preds.npz")) == 1.0


def test_a_stack_of_another_count_is_refused_with_both_counts(tmp_path: Path) -> None:
    masks = truths(tmp_path)
    np.save(tmp_path / "preds.npy", np.stack(masks[:3]))
    with pytest.raises(DataError, match=r"shape \(3, 24, 32\) for 5 truths: its first axis must count them"):
        read_folders(tmp_path / "masks", tmp_path / "preds.npy")


def test_tensors_are_read_and_pickled_code_is_not_run(tmp_path: Path) -> None:
    masks = truths(tmp_path)
    (tmp_path / "preds").mkdir()
    for place, mask in enumerate(masks):
        torch.save({"logits": torch.from_numpy(mask)[None].float() * 8 - 4}, tmp_path / "preds" / f"img_{place:03d}.pt")
    assert iou_of(read_folders(tmp_path / "masks", tmp_path / "preds")) == 1.0
    torch.save(torch.nn.Linear(1, 1), tmp_path / "model.pt")
    with pytest.raises(DataError, match="holds no plain tensor"):
        read_folders(tmp_path / "masks", tmp_path / "model.pt")


def one_hot(mask: NDArray[np.uint8], count: int) -> NDArray[np.float32]:
    return np.asarray(
        np.eye(count, dtype=np.float32)[np.minimum(mask, count - 1)].transpose(2, 0, 1) * 0.9 + 0.1 / count
    )


def test_channels_with_an_axis_of_one_between_are_read_as_nnunet_writes_them(tmp_path: Path) -> None:
    masks = truths(tmp_path, classes=4)
    pairs = [(mask, one_hot(mask, 4)[:, None]) for mask in masks]
    assert iou_of(read_pairs(pairs)) == 1.0


def test_an_id_without_a_channel_is_void_and_no_classes_are_swapped(tmp_path: Path) -> None:
    masks = truths(tmp_path, classes=4)  # id 3 is void: the network has channels for 0, 1 and 2
    pairs = [(mask, one_hot(np.where(mask == 3, 1, mask).astype(np.uint8), 3)) for mask in masks]
    for evidence in (read_pairs(pairs), read_pairs(pairs, classes=class_table(("sky", "road", "tree", "void")))):
        assert len(evidence.classes) == 3
        assert iou_of(evidence) == 1.0
        findings = examine(evidence).findings
        assert [f.code for f in findings if f.severity != "note"] == []
        assert "--set data.ignore=3" in next(f.fix for f in findings if f.code == "truth-void")


def test_channels_of_the_objects_alone_are_read_as_objects(tmp_path: Path) -> None:
    masks = truths(tmp_path, classes=4)
    pairs = [(mask, one_hot(mask, 4)[1:]) for mask in masks]
    evidence = read_pairs(pairs)
    assert (len(evidence.classes), evidence.void_value) == (4, None)
    assert iou_of(evidence) == 1.0


@pytest.mark.parametrize("name", ["pred_{}", "img_{:03d}_out_v2", "{:05d}", "IMG-{:03d}"])
def test_names_that_differ_by_prefix_suffix_or_padding_pair_up_and_that_is_said(tmp_path: Path, name: str) -> None:
    masks = truths(tmp_path)
    (tmp_path / "preds").mkdir()
    for place, mask in enumerate(masks):
        Image.fromarray(mask).save(tmp_path / "preds" / f"{name.format(place)}.png")
    evidence = read_folders(tmp_path / "masks", tmp_path / "preds")
    assert len(evidence.cases) == 5
    assert iou_of(evidence) == 1.0
    (note,) = (f for f in examine(evidence).findings if f.code == "pairs-unmatched")
    assert (note.severity, "such as img_000 with" in note.evidence) == ("note", True)


def test_numbers_that_do_not_tell_photos_apart_pair_nothing(tmp_path: Path) -> None:
    truths(tmp_path)
    (tmp_path / "preds").mkdir()
    for name in ("a1", "b1", "c1", "d1"):
        Image.fromarray(np.zeros((24, 32), np.uint8)).save(tmp_path / "preds" / f"{name}.png")
    with pytest.raises(DataError, match="is named like a truth"):
        read_folders(tmp_path / "masks", tmp_path / "preds")


def test_exchanged_truth_and_predictions_are_refused_with_the_right_command(tmp_path: Path) -> None:
    masks = truths(tmp_path)
    (tmp_path / "scores").mkdir()
    for place, mask in enumerate(masks):
        np.save(tmp_path / "scores" / f"img_{place:03d}.npy", mask * 0.7 + 0.1)
    with pytest.raises(DataError, match=r"if the two were exchanged, give --truth .*masks --pred .*scores"):
        read_folders(tmp_path / "scores", tmp_path / "masks")
    (tmp_path / "scores").rename(tmp_path / "predictions")
    with pytest.raises(DataError, match="exchanged"):
        read_folders(tmp_path / "predictions", tmp_path / "masks")
