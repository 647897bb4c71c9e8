"""Charts of one run are read together, those of others left alone."""

from pathlib import Path

import pytest

from maskwright.diagnosis.history.reading import read_history
from maskwright.errors import DataError


def wandb(folder: Path, run: str, metric: str, *, steps: range = range(8)) -> Path:
    header = f'"Step","{run} - {metric}","{run} - {metric}__MIN","{run} - {metric}__MAX"'
    path = folder / f"wandb_export_{run}_{metric}.csv"
    rows = [f'"{i}","{v}","{v}","{v}"' for i in steps for v in [1 / (i + 2)]]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def test_charts_of_one_run_are_one_history(tmp_path: Path) -> None:
    one = wandb(tmp_path, "azure-1", "train_loss")
    wandb(tmp_path, "azure-1", "val_loss")
    wandb(tmp_path, "azure-1", "val_iou")
    for history in (read_history(one), read_history(tmp_path)):
        assert len(history.train_loss) == len(history.validation_loss) == 8
        assert list(history.metrics) == ["iou"]
        assert "read together" in history.reading


def test_charts_with_other_steps_are_joined_step_by_step(tmp_path: Path) -> None:
    one = wandb(tmp_path, "azure-1", "train_loss")
    wandb(tmp_path, "azure-1", "val_loss", steps=range(0, 8, 2))
    history = read_history(one)
    assert len(history) == 8
    assert (history.validation_loss == history.validation_loss).sum() == 4


def test_charts_of_another_run_are_left_alone(tmp_path: Path) -> None:
    one = wandb(tmp_path, "azure-1", "train_loss")
    wandb(tmp_path, "plum-2", "val_loss")
    assert not len(read_history(one).validation_loss)
    with pytest.raises(DataError, match="name the one file"):
        read_history(tmp_path)


@pytest.mark.parametrize("name", ["20240507_174003.log", "log.txt", "train.log"])
def test_a_folder_with_one_text_log_is_read(tmp_path: Path, name: str) -> None:
    rows = [f"epoch {i} loss {1 / i:.3f}" for i in range(1, 9)]
    (tmp_path / name).write_text("\n".join(rows), encoding="utf-8")
    assert len(read_history(tmp_path)) == 8
