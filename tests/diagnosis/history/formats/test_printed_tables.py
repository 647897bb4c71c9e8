"""Histories that were copied from a screen: frames of pandas, Markdown, printed dicts, consoles."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.reading import read_history

DRAWN = drawn_training(0)


def pandas_frame(t: Training) -> str:
    rows = [f"{i}   {i}   {a:.6f}   {b:.6f}   {s:.6f}  00:12" for i, a, b, s in t.rows()]
    return "\n".join(["    epoch  train_loss  valid_loss      dice   time", *rows])


def markdown(t: Training) -> str:
    rows = [f"| {i} | {a} | {b} | {s} |" for i, a, b, s in t.rows()]
    return "\n".join(["| Epoch | Train loss | Val loss | Dice |", "|---|---|---|---|", *rows])


def sections(t: Training) -> str:
    return "\n".join(
        f"[Epoch: {i}, images: 99]\nLoss: {a}\nValidation:\n[Epoch: {i}, images: 9]\nmIoU:{s}\nLoss: {b}"
        for i, a, b, s in t.rows()
    )


def loss_of_a_batch(t: Training) -> str:
    return "\n".join(
        f"Epoch {i + 1}/24: 100%|####| 45/45 [7.5img/s, loss (batch)={a}]\nINFO: Validation Dice score: {s}"
        for i, a, _, s in t.rows()
    )


@pytest.mark.parametrize("write", [pandas_frame, markdown, sections, loss_of_a_batch])
def test_a_history_copied_from_a_screen_is_read_whole(tmp_path: Path, write: object) -> None:
    path = tmp_path / "history.txt"
    path.write_text(write(DRAWN))  # type: ignore[operator]
    history = read_history(path)
    np.testing.assert_allclose(history.train_loss, DRAWN.loss, atol=1e-3)
    score = next(m.validation if np.isfinite(m.validation).any() else m.train for m in history.metrics.values())
    np.testing.assert_allclose(score, DRAWN.score, atol=1e-3)
    assert [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"] == []


def test_the_printed_dict_of_keras_is_read_with_its_numpy_numbers(tmp_path: Path) -> None:
    path = tmp_path / "history.txt"
    path.write_text("{'loss': [0.9, np.float32(0.5), nan], 'val_dice_coef': array([0.1, 0.4, 0.6], dtype=float32)}")
    history = read_history(path)
    assert history.train_loss.tolist() == [0.9, 0.5, float("inf")]
    np.testing.assert_allclose(history.metrics["dice_coef"].validation, [0.1, 0.4, 0.6])


def test_the_console_of_ultralytics_is_read_by_its_column_names(tmp_path: Path) -> None:
    head = "      Epoch    GPU_mem   box_loss   seg_loss   Instances       Size\n"
    names = "      Class     Images  Instances      Box(P          R      mAP50     Mask(P      R     mAP50)\n"
    path = tmp_path / "console.txt"
    path.write_text(
        "".join(
            f"{head}     {i + 1}/24      2.5G     {a}      {a}      13        640: 100%|####| 12/12\n"
            f"{names}     all      4      17      {s}      {s}      {s}      {s}      {s}      {s}\n"
            for i, a, _, s in DRAWN.rows()
        )
    )
    history = read_history(path)
    assert len(history) == len(DRAWN.loss)
    np.testing.assert_allclose(history.metrics["Mask/mAP50"].validation, DRAWN.score)


LINE = "| epoch   {} | train loss {} | val loss {} | val iou {} |"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("start", LINE),
        ("", LINE),
        ("+---+---+\n", LINE),
        ("# run 3\n| epoch | loss | val_loss | val_iou |\n|---|---|---|---|", "| {} | {} | {} | {} |"),
        ("on cuda:0\n+---+---+\n| Epoch | Train Loss | Val Loss | Val IoU |\n+---+---+", "| {}/24 | {} | {} | {} |"),
    ],
)
def test_lines_and_tables_between_bars_keep_their_epochs_and_sides(tmp_path: Path, head: str, row: str) -> None:
    path = tmp_path / "train.log"
    path.write_text("\n".join([head, *(row.format(i + 1, a, b, s) for i, a, b, s in DRAWN.rows())]), encoding="utf-8")
    history = read_history(path)
    assert history.at.tolist() == [i + 1 for i in range(len(DRAWN.loss))]
    np.testing.assert_allclose(history.train_loss, DRAWN.loss)
    np.testing.assert_allclose(history.validation_loss, DRAWN.val_loss)
    (score,) = history.metrics.values()
    np.testing.assert_allclose(score.validation, DRAWN.score)


def test_the_batches_of_a_log_between_bars_are_read(tmp_path: Path) -> None:
    lines = [f"| epoch {i} | {n}/ 600 batches | lr 0.01 | loss {1 / i} |" for i in (1, 2, 3) for n in (200, 400)]
    (tmp_path / "train.log").write_text("\n".join(lines), encoding="utf-8")
    history = read_history(tmp_path / "train.log")
    np.testing.assert_allclose(history.train_loss, [1, 1 / 2, 1 / 3])
