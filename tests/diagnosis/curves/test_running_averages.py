"""Training photos that score worse in evaluation mode; overfitting and honest jumps are something else."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.curves.running_averages import running_average_findings
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import _of_text
from tests.support.drawn_histories import falling

NAMES = ("train dice (model.eval())", "train_eval_dice", "train dice eval", "dice train (eval mode)", "eval_train_dice")


def log(name: str, *, again: float, batch: int = 0, noise: float = 0.02, seed: int = 0) -> History:
    """Return a log of prints whose training photos end at a Dice of 0.75, and at `again` in evaluation mode."""
    rng = np.random.default_rng(seed)
    rows = [f"batch_size={batch}"] if batch else []
    train = 0.75 - falling(20, first=0.6, last=0.0)
    for i in range(20):
        loss = 0.6 * np.exp(rng.normal(0, noise))
        text = f"Epoch {i + 1}/20 - train loss: {0.8 - train[i]:.4f} - train dice: {train[i]:.4f}"
        text += f" - {name}: {again + rng.normal(0, 0.02):.4f}" if name else ""
        rows.append(f"{text} - val loss: {loss:.4f} - val dice: {0.33 + rng.normal(0, 0.03):.4f}")
    return _of_text("\n".join(rows), Path("out.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_training_photos_that_are_worse_in_evaluation_mode_are_named(name: str) -> None:
    (named,) = running_average_findings(log(name, again=0.3))
    assert named.code == "bn-tiny-batch"
    assert "0.3" in named.evidence


@pytest.mark.parametrize("name", NAMES)
def test_training_photos_that_are_as_good_in_evaluation_mode_are_not(name: str) -> None:
    assert not running_average_findings(log(name, again=0.73))


@pytest.mark.parametrize(
    ("batch", "noise", "named"), [(1, 0.5, True), (2, 0.5, True), (8, 0.5, False), (1, 0.05, False)]
)
def test_a_validation_that_jumps_after_batches_of_one_or_two_is_named(batch: int, noise: float, named: bool) -> None:
    assert bool(running_average_findings(log("", again=0.0, batch=batch, noise=noise))) == named
