"""A metric that was not reset gives the mean over all evaluations so far."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.running_means import running_mean_findings
from maskwright.diagnosis.history.history import History, history_from_columns
from tests.support.drawn_histories import Values

SEEDS = range(6)


def curves(seed: int, rows: int, turn: float) -> tuple[Values, Values, Values]:
    """Return both losses and a Dice of a training that overfits from a row on."""
    rng = np.random.default_rng(seed)
    at = np.arange(rows, dtype=float)
    late = np.maximum(at - turn, 0) / rows
    loss = 0.1 + 0.8 * np.exp(-at / (rows / 8)) + 0.5 * late + rng.normal(0, 0.02, rows)
    dice = 0.88 - 0.8 * np.exp(-at / (rows / 8)) - 0.35 * late + rng.normal(0, 0.02, rows)
    return 0.6 * np.exp(-at / (rows / 4)) + 0.05, loss, dice.clip(0, 1)


def history(train: Values, loss: Values, dice: Values) -> History:
    columns = {"epoch": np.arange(len(loss)), "train_loss": train, "val_loss": loss, "val_dice": dice}
    return history_from_columns({n: v.tolist() for n, v in columns.items()}, source="log.csv")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rows", "turn"), [(60, 25), (80, 35), (160, 60)])
def test_a_mean_over_all_epochs_is_named_with_the_best_of_its_single_scores(seed: int, rows: int, turn: float) -> None:
    train, loss, dice = curves(seed, rows, turn)
    mean = np.cumsum(dice) / np.arange(1, rows + 1)
    (finding,) = running_mean_findings(history(train, loss, mean))
    assert "mean over all evaluations" in finding.title
    assert abs(int(finding.fix.rpartition("epoch ")[2].strip(".")) - turn) < rows / 5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("turn", [35, 200])
def test_single_scores_and_moving_averages_are_no_such_means(seed: int, turn: float) -> None:
    train, loss, dice = curves(seed, 80, turn)
    moving = dice.copy()
    for i in range(1, len(dice)):
        moving[i] = 0.9 * moving[i - 1] + 0.1 * dice[i]
    calm = dice[0] + (dice - dice[0]) * 1.0 + np.random.default_rng(seed).normal(0, 0.05, 80) / np.arange(1, 81)
    for score in (dice, moving, calm, np.maximum.accumulate(dice)):
        assert running_mean_findings(history(train, loss, score)) == []
