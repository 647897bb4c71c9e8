"""An id that is no class, a fall from training photos to others, objects missed by chance, and empty predictions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from maskwright.classes import IGNORE, class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.classes.permuted_ids import value_without_class_hypotheses
from maskwright.diagnosis.hypotheses.pairing.repeated_predictions import empty_prediction_hypotheses
from maskwright.diagnosis.hypotheses.scores.generalisation import generalisation_hypotheses
from maskwright.diagnosis.hypotheses.tiles.unpredicted_regions import unpredicted_region_hypotheses
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, three_objects

FOUR = class_table(("background", "bar", "box", "square"))
TRUTHS = three_objects()
SOUND = jittered(TRUTHS)


def evidence_of(truths: Sequence[Mask], predictions: Sequence[Mask]) -> Evidence:
    return read_pairs(list(zip(truths, predictions, strict=True)), classes=FOUR)


def lower_band(masks: Sequence[Mask], rows: int, value: int) -> list[Mask]:
    """Return the masks with their last rows set to one value."""
    return [np.concatenate([m[:-rows], np.full_like(m[-rows:], value)]) for m in masks]


@pytest.mark.parametrize("value", [4, IGNORE])
def test_an_id_that_is_no_class_is_named_with_its_share(value: int) -> None:
    (claim,) = value_without_class_hypotheses(evidence_of(TRUTHS, lower_band(SOUND, 20, value)))
    assert claim.finding.code == "truth-void"
    assert f"predicted as {value}" in claim.finding.evidence
    assert claim.finding.severity == "warning"


def test_an_ignored_part_that_is_predicted_as_ignored_and_a_slip_are_sound() -> None:
    assert value_without_class_hypotheses(evidence_of(lower_band(TRUTHS, 20, IGNORE), lower_band(SOUND, 20, 4))) == []
    slip = [m.copy() for m in SOUND]
    slip[0][0, :5] = 4
    assert value_without_class_hypotheses(evidence_of(TRUTHS, slip)) == []


def mixed(share: float) -> list[Mask]:
    """Return predictions in which a share of the pixels has a random class."""
    rng = np.random.default_rng(3)
    return [np.where(rng.random(m.shape) < share, rng.integers(0, 4, m.shape), m).astype(np.uint8) for m in SOUND]


def test_a_low_score_that_falls_much_further_is_no_model_that_fails_everywhere() -> None:
    training, others, alike = (evidence_of(TRUTHS, mixed(share)) for share in (0.3, 0.8, 0.35))
    (claim,) = generalisation_hypotheses(replace(others, train_cases=training.cases))
    assert claim.finding.code == "overfitting"
    assert "find_skew" in claim.finding.fix
    assert [c.finding.code for c in generalisation_hypotheses(replace(alike, train_cases=training.cases))] == [
        "underfitting"
    ]


def dots(rows: Sequence[int]) -> list[Mask]:
    masks = [np.zeros((100, 100), np.uint8) for _ in rows]
    for i, row in enumerate(rows):
        column = 37 * i % 96
        masks[i][row : row + 3, column : column + 3] = 1
    return masks


OUTSIDE, IN_BELT = (2, 8, 15, 22, 30, 60, 66, 72, 79, 85, 91, 96), (42, 44, 46, 48)


@pytest.mark.parametrize(("missed", "codes"), [({1, 4, 8, 10}, []), (set(), ["pred-unfinished"])])
def test_a_belt_of_missed_dots_proves_something_only_where_dots_are_found_elsewhere(
    missed: set[int], codes: list[str]
) -> None:
    truths = dots((*OUTSIDE, *IN_BELT))
    found = set(range(len(OUTSIDE))) - missed
    predictions = [truth if i in found else np.zeros_like(truth) for i, truth in enumerate(truths)]
    pairs = list(zip(truths, predictions, strict=True))
    assert [c.finding.code for c in unpredicted_region_hypotheses(read_pairs(pairs))] == codes


def test_outlines_that_are_a_little_too_tight_leave_no_belt_unpredicted() -> None:
    truths = [np.zeros((200, 200), np.uint8) for _ in range(8)]
    predictions = [np.zeros_like(truth) for truth in truths]
    for place, (truth, prediction) in enumerate(zip(truths, predictions, strict=True)):
        for left in (20, 80, 140):
            truth[30 + 9 * place : 70 + 9 * place, left : left + 40] = 1
            prediction[32 + 9 * place : 68 + 9 * place, left + 2 : left + 38] = 1
    assert unpredicted_region_hypotheses(read_pairs(list(zip(truths, predictions, strict=True)))) == []


def test_photos_of_unlike_sizes_and_few_rows_are_examined() -> None:
    rng = np.random.default_rng(0)
    sizes = [(20 + 7 * place, 300 - 9 * place) for place in range(10)]
    pairs = [(rng.integers(0, 3, size, dtype=np.uint8), rng.integers(0, 3, size, dtype=np.uint8)) for size in sizes]
    assert diagnose(read_pairs(pairs))


def emptied(count: int) -> list[Mask]:
    return [np.zeros_like(mask) if i < count else mask for i, mask in enumerate(SOUND)]


def test_predictions_that_were_never_made_are_named() -> None:
    (claim,) = empty_prediction_hypotheses(evidence_of(TRUTHS, emptied(3)))
    assert (claim.finding.code, len(claim.finding.photos)) == ("pred-constant", 3)
    assert "hold 0 alone" in claim.finding.evidence


def test_empty_masks_of_a_model_that_misses_objects_by_degrees_prove_nothing() -> None:
    weak = emptied(3)
    weak[4] = np.where(np.arange(weak[4].shape[1]) < weak[4].shape[1] // 4, weak[4], 0).astype(np.uint8)
    assert empty_prediction_hypotheses(evidence_of(TRUTHS, weak)) == []


def test_empty_masks_of_photos_without_objects_are_sound() -> None:
    truths = [np.zeros_like(t) if i < 3 else t for i, t in enumerate(TRUTHS)]
    assert empty_prediction_hypotheses(evidence_of(truths, emptied(3))) == []
