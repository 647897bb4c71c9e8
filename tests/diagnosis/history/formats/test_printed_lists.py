"""Lists that a script prints when it ends."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.history.formats.printed_lists import printed_lists
from maskwright.diagnosis.history.reading import read_history

LISTS = """train_losses = [0.7, 0.5, 0.4,
 0.3, 0.25]
val losses: [0.8, 0.6, 0.5, 0.5, 0.6]
val_iou = [np.float64(0.1), 0.2, 0.3, 0.4, nan]
"""


def test_lists_of_one_length_are_columns(tmp_path: Path) -> None:
    (tmp_path / "losses.txt").write_text(LISTS, encoding="utf-8")
    history = read_history(tmp_path / "losses.txt")
    np.testing.assert_allclose(history.train_loss, [0.7, 0.5, 0.4, 0.3, 0.25])
    np.testing.assert_allclose(history.validation_loss, [0.8, 0.6, 0.5, 0.5, 0.6])
    np.testing.assert_allclose(history.metrics["iou"].validation[:4], [0.1, 0.2, 0.3, 0.4])


def test_scores_by_class_are_no_epochs() -> None:
    assert printed_lists("IoU: [0.9, 0.8, 0.1, 0.2]\nAcc: [0.9, 0.8, 0.1, 0.3]") is None
    assert (
        printed_lists("epoch 1 loss 0.5 dice [0.1, 0.2, 0.3, 0.4]\nepoch 2 loss 0.4 dice [0.2, 0.2, 0.3, 0.4]") is None
    )


def epochs(count: int, *, before: str = "", after: str = "", line: str = "epoch {} train loss {} val loss {}") -> str:
    lines = [line.format(i + 1, round(0.7 * 0.9**i, 4), round(0.8 * 0.9**i, 4)) for i in range(count)]
    return "\n".join([before, *lines, after])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("loss weights: [1.0, 0.4, 0.4, 0.2]", ""),
        ("class_loss_weight = [1.0, 0.4, 0.4, 0.2]", ""),
        ("", "best losses = [0.5, 0.4, 0.3, 0.2, 0.1]"),
        ("", "fold val losses: [0.5, 0.4, 0.3, 0.2]"),
        ("", "losses of steps: [0.5, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]"),
    ],
)
def test_a_list_beside_the_lines_of_epochs_replaces_none_of_them(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "train.log").write_text(epochs(6, before=before, after=after), encoding="utf-8")
    history = read_history(tmp_path / "train.log")
    assert len(history) == 6
    np.testing.assert_allclose(history.validation_loss, [round(0.8 * 0.9**i, 4) for i in range(6)])


def test_a_list_of_class_counts_beside_lists_of_epochs_is_left_out() -> None:
    lists = printed_lists("train_losses: [0.9, 0.7, 0.5, 0.4]\nclass_counts: [100, 20, 30]")
    assert lists == {"train_losses": [0.9, 0.7, 0.5, 0.4]}


def test_the_name_of_a_list_is_looked_for_in_the_characters_just_before_it() -> None:
    padded = ("epoch 1 train loss 0.5".ljust(400) + "\n") * 50  # took minutes when the whole line was searched
    assert printed_lists(f"{padded}\nlosses: [0.7, 0.5, 0.4, 0.3]") == {"losses": [0.7, 0.5, 0.4, 0.3]}


def test_lists_after_the_progress_bars_of_epochs_are_the_history(tmp_path: Path) -> None:
    bars = "".join(f"Epoch {i}/5: 100%|####| 3/3\n" for i in range(1, 6))
    (tmp_path / "train.log").write_text(f"{bars}{LISTS}", encoding="utf-8")
    assert read_history(tmp_path / "train.log").train_loss.tolist() == [0.7, 0.5, 0.4, 0.3, 0.25]
