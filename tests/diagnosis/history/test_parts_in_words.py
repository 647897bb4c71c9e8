"""Folds that go on from one another and runs in one log are named; folds and stages that are right are not."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history

DAYS = 2 * 86400.0


def losses(rows: int, *, first: float, last: float) -> list[float]:
    return [float(v) for v in last + (first - last) * np.exp(-4 * np.arange(rows) / rows)]


def folded(folder: Path, starts: list[tuple[float, float]], *, word: str = "fold") -> History:
    """Return the history of folds whose losses begin and end so; the score is 0.9 less the loss."""
    lines = ["images: 160  lr: 0.0001"]
    for number, (first, last) in enumerate(starts, start=1):
        lines.append(f"----- {word} {number}/{len(starts)}: 128 train, 32 val -----")
        for i, loss in enumerate(losses(12, first=first, last=last), start=1):
            lines.append(f"epoch {i}/12  train_loss {loss:.4f}  val_loss {1.1 * loss:.4f}  val_dice {0.9 - loss:.4f}")
        lines.append(f"{word} {number} done")
    log = folder / "log.txt"
    log.write_text("\n".join(lines), encoding="utf-8")
    return read_history(log)


def said(history: History) -> list[str]:
    return [one.variant for one in history.said]


def test_folds_that_go_on_from_one_another_are_named(tmp_path: Path) -> None:
    history = folded(tmp_path, [(0.66, 0.15), (0.142, 0.05), (0.047, 0.03)])
    assert said(history) == ["folds-continued"]
    assert "2 of 2 folds" in history.said[0].evidence


@pytest.mark.parametrize(
    ("starts", "word"),
    [
        ([(0.66, 0.15), (0.65, 0.16), (0.67, 0.14)], "fold"),
        ([(0.20, 0.15), (0.19, 0.15), (0.20, 0.14)], "fold"),  # pretrained: the loss hardly falls
        ([(0.66, 0.15), (0.142, 0.05), (0.047, 0.03)], "stage"),
    ],
)
def test_folds_that_start_over_and_stages_are_healthy(
    tmp_path: Path, starts: list[tuple[float, float]], word: str
) -> None:
    assert said(folded(tmp_path, starts, word=word)) == []


def chart(folder: Path, *parts: list[float], apart: float) -> Path:
    rows, clock = ["Wall time,Step,Value"], 1.7e9
    for values in parts:
        for step, value in enumerate(values):
            rows.append(f"{clock},{step},{value}")
            clock += 40
        clock += apart
    path = folder / "run-unet-tag-Loss_train.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_two_runs_in_one_log_are_named_and_the_longest_is_looked_at(tmp_path: Path) -> None:
    first, second = losses(30, first=0.8, last=0.2), losses(20, first=0.79, last=0.3)
    history = read_history(chart(tmp_path, first, second, apart=DAYS))
    assert said(history) == ["two-runs"]
    assert "2.0 days later" in history.said[0].evidence
    assert np.allclose(history.train_loss, first)


def test_a_stage_that_goes_on_another_day_and_parts_at_once_are_no_two_runs(tmp_path: Path) -> None:
    first = losses(30, first=0.8, last=0.2)
    stage = read_history(chart(tmp_path, first, losses(20, first=0.21, last=0.1), apart=DAYS))
    assert said(stage) == []
    assert len(stage) == 50
    assert said(read_history(chart(tmp_path, first, losses(30, first=0.8, last=0.3), apart=0))) == []
