"""Masks that become empty in the first rows are no score that is minimised."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from tests.support.drawn_histories import falling, history, noisy


def warned(drawn: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=drawn)) if f.severity != "note"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("level", "first"), [(0.06, 0.7), (0.2, 0.7), (0.35, 1.1)])
def test_a_score_that_falls_with_a_cross_entropy_to_a_level_is_of_empty_masks(
    seed: int, level: float, first: float
) -> None:
    rng = np.random.default_rng(seed)
    loss = noisy(falling(24, first=first, last=level, pace=20), rng, 0.01)
    score = np.r_[[0.24, 0.11, 0.02], np.zeros(21)]
    found = warned(history(train_loss=loss, val_loss=noisy(loss, rng, 0.02), val_dice=score))
    assert found[:1] == ["training-collapse"]


def test_masks_that_are_empty_for_some_rows_only_are_not_named() -> None:
    score = np.r_[[0.2, 0.1, 0.0, 0.0, 0.0], 0.8 - falling(25, first=0.7, last=0.0)]
    assert not warned(history(loss=falling(30, first=0.7, last=0.1), val_loss=falling(30, first=0.7, last=0.12),
                              dice=score, val_dice=score))  # fmt: skip


def test_a_loss_that_still_falls_says_that_something_is_learned() -> None:
    score = np.r_[[0.2, 0.1], np.zeros(22)]
    assert "training-collapse" not in warned(history(loss=np.linspace(0.7, 0.2, 24), val_dice=score))
