"""Commands that fixes print are complete: run as they are, they undo the fault in what is stored."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.field.cures.obey import run
from maskwright.diagnosis.evidence.evidence import Evidence, Storage
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.undo.fix_commands import (
    as_ids,
    cutting,
    inversion,
    lifted,
    renumbering,
    reordering,
    shifting,
)

MASK = np.array([[0, 1, 1], [0, 0, 1]], dtype=np.uint8)


@pytest.mark.parametrize("white", [1, 255])
def test_object_and_background_are_swapped_in_masks_of_1_and_of_255(white: int) -> None:
    prediction = (1 - MASK) * np.uint8(white)
    assert (run(inversion(Storage()), {"prediction": prediction})["prediction"] == MASK).all()


def test_probabilities_of_the_background_become_those_of_the_object() -> None:
    background = np.array([[1.0, 0.2], [0.9, 0.0]], dtype=np.float32)
    assert np.allclose(
        run(inversion(Storage("probabilities")), {"prediction": background})["prediction"], 1 - background
    )


def test_maps_of_8_bits_are_inverted_without_a_look_at_each_photos_maximum() -> None:
    faint = np.array([[0, 100]], np.uint8)
    line = inversion(Storage("probabilities", values=(0, 100, 255)))
    assert run(line, {"prediction": faint})["prediction"].tolist() == [[255, 155]]


@pytest.mark.parametrize("axis", [None, 0, 2])
def test_scores_become_class_ids_before_a_command_that_expects_ids(axis: int | None) -> None:
    mask = np.tile(MASK, (4, 4))
    chance = np.where(mask, 0.9, 0.2).astype(np.float32)
    stored = chance if axis is None else np.stack([1 - chance, chance], axis=axis)
    line = as_ids(read_pairs([(mask, stored)] * 2))
    assert (run(line, {"prediction": stored})["prediction"] == mask).all()
    assert as_ids(read_pairs([(mask, mask)] * 2)) == ""


def test_ids_are_read_by_a_lookup_and_others_stay() -> None:
    lookup = np.arange(256, dtype=np.uint8)
    lookup[[1, 2]] = [2, 1]
    done = run(renumbering(lookup), {"prediction": np.array([[0, 1, 2, 3, 255]], np.uint8)})["prediction"]
    assert done.tolist() == [[0, 2, 1, 3, 255]]


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 0], [4, 3, 2, 1, 0], [0, 3, 2, 1, 4], [2, 0, 1, 4, 3]])
def test_predictions_are_put_back_in_order(order: list[int]) -> None:
    line = reordering(np.array(order))
    assert run(line, {"predictions": list("abcde")})["predictions"] == ["abcde"[i] for i in order]


def test_a_long_list_without_a_rule_is_not_printed() -> None:
    assert reordering(np.random.default_rng(0).permutation(200)) == ""


@pytest.mark.parametrize(
    ("storage", "stored", "expected"),
    [
        (Storage("probabilities"), [[0.1, 0.3]], "(probability >= 0.2).astype(np.uint8)"),
        (
            Storage("probabilities", values=(0, 25, 77, 255)),
            [[25, 77]],
            "np.where(probability / 255 >= 0.2, 255, 0).astype(np.uint8)",
        ),
        (Storage("probabilities", values=(0, 9000)), [[6553, 20000]], "(probability / 65535 >= 0.2).astype(np.uint8)"),
        (Storage("logits"), [[-2.2, -0.8]], "(logits >= -1.39).astype(np.uint8)"),
    ],
    ids=["floats", "bytes", "16 bits", "logits"],
)
def test_scores_are_cut_on_the_scale_on_which_they_are_stored(
    storage: Storage, stored: list[list[float]], expected: str
) -> None:
    line = cutting(Evidence(storage=storage), 0.2)
    assert line == f"prediction = {expected}"
    scores = np.array(stored)
    cut = run(line, {"probability": scores, "logits": scores})["prediction"]
    assert (cut > 0).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("storage", "stored"),
    [
        (Storage("probabilities"), MASK * np.float32(0.9)),
        (Storage("probabilities", values=(0, 200)), (MASK * 200).astype(np.uint8)),
        (Storage("probabilities", values=(0, 40000)), MASK.astype(np.uint16) * 40000),
        (Storage("logits"), np.where(MASK, 2.0, -3.0)),
    ],
    ids=["floats", "bytes", "16 bits", "logits"],
)
def test_two_fixes_in_a_row_leave_the_object_where_one_does(storage: Storage, stored: np.ndarray) -> None:
    evidence = Evidence(storage=storage)
    line = as_ids(evidence)
    once = run(line, {"prediction": stored})["prediction"]
    assert ((once > 0) == (MASK > 0)).all()
    assert (run(line, {"prediction": once})["prediction"] == once).all()
    cut = run(cutting(evidence, 0.3), {"probability": stored, "logits": stored})["prediction"]
    assert ((run(line, {"prediction": cut})["prediction"] > 0) == (MASK > 0)).all()


def test_a_tiny_threshold_keeps_its_digits() -> None:
    assert cutting(Evidence(storage=Storage("probabilities")), 0.00342) == (
        "prediction = (probability >= 0.00342).astype(np.uint8)"
    )


def test_the_objects_channel_is_cut() -> None:
    maps = np.stack([1 - MASK * 0.7, MASK * 0.7]).astype(np.float32)
    two = read_pairs([(MASK, maps)] * 2)
    line = cutting(replace(two, storage=replace(two.storage, kind="probabilities", channels=2)), 0.4)
    assert (run(line, {"probability": maps})["prediction"] == (MASK > 0)).all()


@pytest.mark.parametrize("axis", [0, 2])
def test_logits_of_two_channels_are_cut_by_their_difference(axis: int) -> None:
    mask = np.tile(MASK, (4, 4))
    logits = np.stack([np.full(mask.shape, -3.0), np.where(mask, -1.0, -9.0)], axis=axis).astype(np.float32)
    evidence = read_pairs([(mask, logits)] * 2)
    assert (run(cutting(evidence, 0.2), {"logits": logits})["prediction"] == (mask > 0)).all()


def test_a_shift_is_undone_at_the_photos_size() -> None:
    truth = np.zeros((40, 60), np.uint8)
    truth[10:20, 10:30] = 1
    stored = np.roll(truth, (4, 6), axis=(0, 1))[::2, ::2]
    line = shifting(read_pairs([(truth, stored)] * 2), (6, 4))
    done = run(line, {"prediction": stored, "width": 60, "height": 40})["prediction"]
    assert (done == truth).all()


def test_truths_are_renumbered_and_ignored_pixels_stay() -> None:
    mask = np.array([[1, 2, 255]], np.uint8)
    assert run(lifted(-1), {"mask": mask})["mask"].tolist() == [[0, 1, 255]]
    assert run(lifted(1), {"mask": mask})["mask"].tolist() == [[2, 3, 255]]


def test_background_stays_where_the_other_ids_of_a_truth_are_raised() -> None:
    mask = np.array([[0, 1, 2, 255]], np.uint8)
    assert run(lifted(1, from_id=1), {"mask": mask})["mask"].tolist() == [[0, 2, 3, 255]]
