"""The curves that faults are read from, by side and by kind."""

import numpy as np

from maskwright.diagnosis.history.curve import both_sides, plain_accuracies, scores
from maskwright.diagnosis.history.history import history_from_columns
from maskwright.diagnosis.history.trend import second_half

ROWS = np.linspace(0.2, 0.8, 9).tolist()
HISTORY = history_from_columns(
    {
        "train_loss": [1 - row for row in ROWS],
        "train_dice": ROWS,
        "val_dice": [*ROWS[:6], *[np.nan] * 3],
        "val_iou": ROWS,
        "val_acc": ROWS,
        "val_mean_acc": ROWS,
    },
    source="here",
)


def test_scores_of_both_sides_are_those_with_rows_enough_on_each() -> None:
    pairs = both_sides(scores(HISTORY), fewest_rows=6)
    assert [(train.side, validation.side, train.name) for train, validation in pairs] == [
        ("train", "validation", "dice")
    ]
    assert both_sides(scores(HISTORY), fewest_rows=7) == []


def test_an_accuracy_that_is_a_mean_over_classes_is_no_plain_one() -> None:
    assert [curve.name for curve in plain_accuracies(HISTORY, "validation")] == ["acc"]


def test_the_middle_row_belongs_to_the_second_half() -> None:
    assert second_half(np.arange(5.0)).tolist() == [2, 3, 4]
    assert second_half(np.zeros(0)).tolist() == []
