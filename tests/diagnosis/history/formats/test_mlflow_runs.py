"""MLflow's folders of metrics are read as one history; several runs are told apart."""

import math
from pathlib import Path

import pytest

from maskwright.diagnosis.history.reading import read_history
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


def written_lines(run: Path, name: str, *lines: str) -> None:
    (run / "metrics").mkdir(parents=True, exist_ok=True)
    (run / "metrics" / name).write_text("".join(f"{1700000000000 + i} {line}\n" for i, line in enumerate(lines)))


def test_values_that_were_logged_without_a_step_are_numbered(tmp_path: Path) -> None:
    written_lines(tmp_path, "train_loss", "0.9 0", "0.7 0", "0.5 0", "0.4 0")
    written_lines(tmp_path, "val_iou", "0.1 0", "0.2 0", "0.3 0", "0.4 0")
    history = read_history(tmp_path)
    assert history.train_loss.tolist() == [0.9, 0.7, 0.5, 0.4]
    assert history.metrics["iou"].validation.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_what_is_logged_less_often_without_a_step_stands_beside_what_came_before(tmp_path: Path) -> None:
    written_lines(tmp_path, "train_loss", "0.9 0", "0.7 0", "0.5 0", "0.4 0")
    (tmp_path / "metrics" / "val_iou").write_text("1700000000001 0.2 0\n1700000000009 0.4 0\n")
    iou = read_history(tmp_path).metrics["iou"].validation.tolist()
    assert (iou[1], iou[3]) == (0.2, 0.4)
    assert math.isnan(iou[0])


def test_more_fields_in_a_line_are_allowed(tmp_path: Path) -> None:
    written_lines(tmp_path, "train_loss", "0.9 0 photos 5f3c", "nan 1 photos 5f3c", "0.5 2 photos 5f3c")
    assert read_history(tmp_path).train_loss.tolist() == [0.9, math.inf, 0.5]


def test_other_folders_named_metrics_are_none_of_mlflow(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "notes.txt").write_text("nothing here\n")
    with pytest.raises(DataError, match="neither TensorBoard events nor metrics of MLflow"):
        read_history(tmp_path)
