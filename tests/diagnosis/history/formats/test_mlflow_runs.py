"""MLflow's folders of metrics are read as one history; several runs are told apart."""

import math
from pathlib import Path

import pytest

from maskwright.diagnosis.history.read import read_history
from maskwright.errors import DataError


def written_run(folder: Path, **metrics: list[float]) -> Path:
    """Write metrics as MLflow does: a file each, a line a value with time, value and step."""
    for name, values in metrics.items():
        path = folder / "metrics" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{1700000000000 + i} {value} {i}\n" for i, value in enumerate(values)))
    return folder


def test_a_folder_of_mlflow_is_read(tmp_path: Path) -> None:
    written_run(tmp_path / "mlruns" / "0" / "5f3c", train_loss=[0.7, 0.5, 0.4], val__iou=[0.1, 0.3, float("nan")])
    history = read_history(tmp_path / "mlruns")
    assert history.unit == "step"
    assert history.train_loss.tolist() == [0.7, 0.5, 0.4]
    assert history.metrics["iou"].validation.tolist()[:2] == [0.1, 0.3]
    assert math.isnan(history.metrics["iou"].validation[2])


def test_the_folder_of_metrics_alone_is_enough(tmp_path: Path) -> None:
    run = written_run(tmp_path / "5f3c", train_loss=[0.7, float("inf")])
    assert read_history(run / "metrics").train_loss.tolist() == [0.7, math.inf]


def test_two_runs_of_mlflow_must_be_told_apart(tmp_path: Path) -> None:
    for name in ("5f3c", "77aa"):
        written_run(tmp_path / name, train_loss=[0.7, 0.5])
    with pytest.raises(DataError, match=r"holds 2 trainings .*; name the folder of one"):
        read_history(tmp_path)


def test_a_value_that_is_no_number_is_refused(tmp_path: Path) -> None:
    run = written_run(tmp_path / "5f3c", train_loss=[0.7])
    (run / "metrics" / "val_loss").write_text("1700000000000 zero 1\n")
    with pytest.raises(DataError, match="'zero' is no value of a metric"):
        read_history(run)


def test_other_folders_named_metrics_are_none_of_mlflow(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "notes.txt").write_text("nothing here\n")
    with pytest.raises(DataError, match="neither TensorBoard events nor metrics of MLflow"):
        read_history(tmp_path)
