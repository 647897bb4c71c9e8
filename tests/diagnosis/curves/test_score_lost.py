"""A score that is gone for good: an overlap loss alone is flat there, one with cross-entropy is not."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History, history_from_columns
from tests.support.drawn_histories import Values

ROWS = 60
AT = np.arange(ROWS)


def named(columns: dict[str, Values]) -> list[tuple[str, str]]:
    history: History = history_from_columns({n: v.tolist() for n, v in columns.items()}, source="train.csv")
    return [(f.code, f.title) for f in history_findings(Evidence(history=history)) if f.severity != "note"]


def fallen(*, at: int, level: float) -> Values:
    """Return a Dice that rises to a level and is 0 from a row on."""
    return np.where(at > AT, level * (1 - np.exp(-(AT + 1) / 8)), 0.0)


@pytest.mark.parametrize("at", [12, 25, 45])
@pytest.mark.parametrize("negated", [True, False])
def test_a_dice_loss_alone_that_has_fallen_to_empty_masks_is_named(at: int, negated: bool) -> None:
    dice = fallen(at=at, level=0.6)
    loss = -dice - 0.003 if negated else 1 - dice
    columns = {"epoch": AT.astype(float), "train_dice_loss" if not negated else "train_loss": loss, "val_dice": dice}
    (code, title), *_ = named(columns)
    assert code == "training-collapse"
    assert "empty masks" in title


@pytest.mark.parametrize("at", [12, 25])
def test_a_sum_with_cross_entropy_that_falls_so_is_no_flat_loss(at: int) -> None:
    dice = fallen(at=at, level=0.6)
    cross_entropy = np.where(at > AT, 0.5 * np.exp(-AT / 10), 0.3)
    (code, _), *_ = named({"epoch": AT.astype(float), "train_loss": cross_entropy - dice, "val_dice": dice})
    assert code == "lr-too-high"


def test_a_score_that_stays_is_healthy() -> None:
    dice = 0.6 * (1 - np.exp(-(AT + 1) / 8))
    assert named({"epoch": AT.astype(float), "train_loss": -dice, "val_dice": dice}) == []
