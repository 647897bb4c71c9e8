"""A second stage that destroys the first is named; one that gains, or jumps and comes back, is not."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.curves.second_stage import second_stage_findings
from maskwright.diagnosis.history.reading import read_history

FIRST = np.linspace(2.1, 0.5, 8)
LOST = np.r_[np.linspace(0.7, 1.8, 5), np.linspace(1.7, 0.9, 7)]
GAINS = np.linspace(0.5, 0.3, 12)
JUMPS = np.r_[0.6, 0.9, 0.7, np.linspace(0.5, 0.25, 9)]


@pytest.mark.parametrize("head", ["epoch,train_loss,val_loss", "epoch,loss,val_loss"])
@pytest.mark.parametrize(("second", "expected"), [(LOST, ["lr-too-high"]), (GAINS, []), (JUMPS, [])])
def test_only_a_stage_that_does_not_come_back_is_named(
    tmp_path: Path, head: str, second: np.ndarray, expected: list[str]
) -> None:
    rows = [f"{i},{loss:.4f},{0.9 * loss:.4f}" for part in (FIRST, second) for i, loss in enumerate(part)]
    log = tmp_path / "log.csv"
    log.write_text("\n".join([head, *rows]), encoding="utf-8")
    assert [f.code for f in second_stage_findings(read_history(log))] == expected
