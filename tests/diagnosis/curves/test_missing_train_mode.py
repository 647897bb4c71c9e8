"""model.train() that is missing after a validation in the middle of an epoch."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.curves.missing_train_mode import evaluation_mode_findings
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history


def log(path: Path, *, batches: int, every: int, factor: float, fall: float = 0.01, epochs: int = 10) -> History:
    """Write a csv of batches; after the first validation in an epoch the training loss is `factor` times as high."""
    rng = np.random.default_rng(0)
    lines, step = ["epoch,iteration,train/loss,valid/loss,valid/mean_iu"], 0
    for epoch in range(epochs):
        mode = 1.0
        for _ in range(batches):
            if step % every == 0 and step:
                lines.append(
                    f"{epoch},{step},,{0.4 + np.exp(-step * fall / 4):.4f},{0.6 - 0.5 * np.exp(-step * fall / 4):.4f}"
                )
                mode = factor
            level = 0.2 + 1.5 * np.exp(-step * fall)
            lines.append(f"{epoch},{step},{mode * level * rng.normal(1, 0.15):.4f},,")
            step += 1
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_history(path)


@pytest.mark.parametrize(("batches", "every"), [(66, 25), (130, 50), (45, 20), (90, 70)])
def test_training_in_evaluation_mode_is_named_by_its_steps(tmp_path: Path, batches: int, every: int) -> None:
    (finding,) = evaluation_mode_findings(
        log(tmp_path / "log.csv", batches=batches, every=every, factor=0.6, fall=0.004)
    )
    assert "evaluation mode" in finding.title
    assert "model.train()" in finding.fix


@pytest.mark.parametrize("fall", [0.001, 0.01, 0.05])
@pytest.mark.parametrize(("batches", "every"), [(66, 25), (40, 20)])
def test_a_loss_that_falls_on_is_no_such_step(tmp_path: Path, fall: float, batches: int, every: int) -> None:
    assert not evaluation_mode_findings(log(tmp_path / "log.csv", batches=batches, every=every, factor=1.0, fall=fall))


def test_validation_at_the_end_of_each_epoch_shows_nothing(tmp_path: Path) -> None:
    assert not evaluation_mode_findings(log(tmp_path / "log.csv", batches=50, every=50, factor=0.6))
