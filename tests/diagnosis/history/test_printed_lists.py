"""Lists that a script prints when it ends."""

from pathlib import Path

import numpy as np

from maskwright.diagnosis.history.printed_lists import printed_lists
from maskwright.diagnosis.history.read import read_history

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
