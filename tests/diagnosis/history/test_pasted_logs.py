"""Logs as people paste them into threads: every number is read under its name, side and epoch."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.pasted_logs import PASTED, monai_console, ultralytics_console
from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history

ROWS = 24
WITH_RATE = ("mmseg_0_console.log", "mmseg_1_console.log", "keras_3_console.txt", "detectron2_console.txt")


def read(folder: Path, text: str, name: str = "pasted.txt") -> History:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_history(path)


def warned(history: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_log_is_read_to_its_numbers_and_a_healthy_one_raises_nothing(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    history = read(tmp_path, PASTED[name](drawn), name)
    assert len(history) == ROWS
    np.testing.assert_allclose(history.train_loss, drawn.loss, atol=6e-4)
    if not name.startswith("mmseg"):  # it logs no loss of validation
        np.testing.assert_allclose(history.validation_loss, drawn.val_loss, atol=6e-4)
    scores = [m.validation for m in history.metrics.values() if np.isfinite(m.validation).all() and len(m.validation)]
    assert any(np.abs(v / (100 if v.max() > 2 else 1) - drawn.score).max() < 2e-3 for v in scores)
    assert warned(history) == []


@pytest.mark.parametrize("name", WITH_RATE)
def test_a_learning_rate_in_scientific_notation_is_read(tmp_path: Path, name: str) -> None:
    history = read(tmp_path, PASTED[name](drawn_training(0)), name)
    np.testing.assert_allclose(history.rate, 0.01)


def test_an_epoch_named_for_the_best_score_is_not_the_epoch_of_the_line(tmp_path: Path) -> None:
    falls_back = Training([0.5] * 6, [0.5] * 6, [0.1, 0.5, 0.2, 0.3, 0.4, 0.45])
    history = read(tmp_path, monai_console(falls_back))
    assert history.at.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_progress_bar_behind_the_names_of_columns_is_no_value(tmp_path: Path) -> None:
    history = read(tmp_path, ultralytics_console(drawn_training(0)))
    assert all(np.nanmin(m.validation) >= 0 for m in history.metrics.values() if len(m.validation))


def test_no_log_is_an_empty_cell(tmp_path: Path) -> None:
    head = "Step\tTraining Loss\tValidation Loss\tMean Iou\n"
    history = read(tmp_path, head + "100\tNo log\t0.91\t0.21\n200\t0.80\t0.71\t0.42\n300\t0.60\t0.6\t0.5\n")
    assert np.isnan(history.train_loss[0])
    assert history.train_loss[1:].tolist() == [0.8, 0.6]


def test_a_score_that_falls_to_zero_while_the_loss_jumps_is_named(tmp_path: Path) -> None:
    lines = [
        f"Epoch {i + 1}/12\n99/99 [====] - 9s - loss: {a} - jaccard_coef: {s} - val_loss: {a} - val_jaccard_coef: {s}"
        for i, (a, s) in enumerate([(0.40 - 0.01 * i, 0.83 + 0.01 * i) for i in range(6)] + [(1.0, "4.663e-15")] * 6)
    ]
    history = read(tmp_path, "\n".join(lines))
    findings = history_findings(Evidence(history=history))
    assert findings[0].code == "lr-too-high"
    assert "from 0.880 to 0.000" in findings[0].evidence
