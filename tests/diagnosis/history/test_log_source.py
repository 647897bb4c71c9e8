"""Histories of other tools: each is read as what it is, a healthy one raises nothing, a faulty one is named."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.tool_logs import TOOLS, Training, drawn_training, keras_bars, nnunet_v1, nnunet_v2, wandb
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history
from maskwright.errors import DataError

ROWS = 24
WITHOUT_VALIDATION_LOSS = ("scalars.json", "metrics.json")


def read(tmp_path: Path, name: str, drawn: Training) -> History:
    path = tmp_path / name
    path.write_text(TOOLS[name](drawn))
    return read_history(path)


def warned(history: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


@pytest.mark.parametrize("name", TOOLS)
def test_each_tools_history_is_read_and_a_healthy_one_raises_nothing(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    history = read(tmp_path, name, drawn)
    losses = history.train_loss[np.isfinite(history.train_loss)]
    np.testing.assert_allclose(losses, drawn.loss, atol=6e-4)
    assert len(history) == ROWS
    if name not in WITHOUT_VALIDATION_LOSS:
        np.testing.assert_allclose(history.validation_loss, drawn.val_loss, atol=6e-4)
    scores = [m.validation for m in history.metrics.values() if np.isfinite(m.validation).any()]
    assert any(np.nanmax(abs(v / (100 if np.nanmax(v) > 2 else 1) - drawn.score)) < 2e-3 for v in scores)
    assert warned(history) == []


@pytest.mark.parametrize("name", TOOLS)
def test_a_loss_that_turns_nan_is_named_in_each_tools_history(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    broken = Training([*drawn.loss[:-6], *[math.nan] * 6], drawn.val_loss, drawn.score)
    if name == "training.log":
        pytest.skip("without a header, columns are told by their trend")
    assert "loss-not-finite" in warned(read(tmp_path, name, broken))


@pytest.mark.parametrize("name", TOOLS)
def test_a_validation_score_of_zero_is_named_in_each_tools_history(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    stuck = Training(drawn.loss, [0.9] * ROWS, [0.0] * ROWS)
    if name == "training.log":
        pytest.skip("without a header, columns are told by their trend")
    assert warned(read(tmp_path, name, stuck)), name


def test_logs_of_one_training_in_two_files_are_read_together(tmp_path: Path) -> None:
    lines = nnunet_v2(drawn_training(0)).splitlines(keepends=True)
    (tmp_path / "training_log_2024_1.txt").write_text("".join(lines[:90]))
    (tmp_path / "training_log_2024_2.txt").write_text("".join(lines[90:]))
    assert len(read_history(tmp_path)) == ROWS


def test_an_export_of_two_runs_must_be_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "wandb.csv"
    path.write_text(wandb(drawn_training(0)).replace('"brisk-sun-4 - val/iou"', '"late-rain-5 - val/iou"'))
    with pytest.raises(DataError, match="holds 2 trainings"):
        read_history(path)


def test_a_table_without_a_header_says_how_it_was_read(tmp_path: Path) -> None:
    history = read(tmp_path, "training.log", drawn_training(0))
    assert history.reading == (
        "it has no header and was read as epoch, score 1, loss, val_score 1, val_loss; add a header if that is wrong"
    )


def test_the_framework_is_told_by_the_names(tmp_path: Path) -> None:
    assert read(tmp_path, "console.txt", drawn_training(0)).tool == "keras"
    tools = {"history.csv": "fastai", "training_log_2024_4_26.txt": "nnunet", "trainer_state.json": "huggingface"}
    for name, tool in (tools | {"scalars.json": "mmseg", "results.csv": "ultralytics"}).items():
        assert read(tmp_path, name, drawn_training(0)).tool == tool, name


def test_a_negative_loss_of_nnunet_is_healthy(tmp_path: Path) -> None:
    drawn = drawn_training(0)
    path = tmp_path / "training_log_1.txt"
    negative = Training([v - 0.95 for v in drawn.loss], [v - 0.9 for v in drawn.val_loss], drawn.score)
    path.write_text(nnunet_v1(negative))
    assert warned(read_history(path)) == []


def test_lines_without_a_loss_or_score_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("bought 3 apples\nfor 12 coins\n")
    with pytest.raises(DataError, match="no line names a loss or a score"):
        read_history(path)


def test_bars_that_were_written_over_count_once(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text(keras_bars(drawn_training(0)))
    assert read_history(path).train_loss.max() < 9
