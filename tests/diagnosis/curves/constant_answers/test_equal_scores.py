"""A loss at ln n says that all scores are equal; one that passes there, or learns, says nothing."""

import math

import numpy as np
import pytest

from maskwright.diagnosis.curves.constant_answers.equal_scores import equal_scores_findings
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from tests.support.drawn_histories import Values, falling, healthy, history, noisy


def resting(cost: float, *, first: float = 0.9, rows: int = 24) -> Values:
    return cost + (first - cost) * np.exp(-np.arange(rows) / 0.8)


def warned(drawn: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=drawn)) if f.severity != "note"]


@pytest.mark.parametrize("first", [0.75, 1.4, 0.9])
@pytest.mark.parametrize("columns", [("train_loss", "val_loss", "val_dice"), ("loss", "val_loss", "val_iou")])
def test_a_loss_that_comes_to_rest_at_ln_2_is_no_score_that_is_minimised(
    first: float, columns: tuple[str, ...]
) -> None:
    loss, validation, score = columns
    falls = np.r_[[0.25, 0.16, 0.04], np.zeros(21)]
    cost = math.log(2)
    drawn = history(**{loss: resting(cost, first=first), validation: resting(cost, first=first), score: falls})
    assert warned(drawn)[0] == "loss-flat"
    assert "score-minimised" not in warned(drawn)
    (named,) = equal_scores_findings(drawn)
    assert "ln 2" in named.evidence
    assert "activation" in named.fix


@pytest.mark.parametrize("count", [3, 4, 11])
def test_equal_scores_of_more_classes_cost_ln_n(count: int) -> None:
    (named,) = equal_scores_findings(history(loss=resting(math.log(count), first=3.0), val_miou=np.full(24, 0.02)))
    assert f"ln {count}" in named.evidence


def test_a_score_that_rises_beside_ln_2_is_learned() -> None:
    rises = 0.8 - falling(24, first=0.7, last=0.0)
    assert not equal_scores_findings(history(loss=resting(math.log(2)), val_iou=rises))


def test_a_loss_that_falls_through_ln_2_is_none() -> None:
    loss = noisy(falling(24, first=0.9, last=0.6), np.random.default_rng(0), 0.01)
    assert not equal_scores_findings(history(loss=loss, val_iou=np.full(24, 0.02)))


@pytest.mark.parametrize("seed", range(20))
def test_healthy_trainings_have_no_equal_scores(seed: int) -> None:
    assert not equal_scores_findings(healthy(seed))
