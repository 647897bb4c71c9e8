"""Histories in saved notebooks and in tables copied from a page."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.read import read_history
from maskwright.errors import DataError

DRAWN = drawn_training(0)


def html(t: Training) -> str:
    head = "<table border=1>\n<tr><th>epoch</th><th>train_loss</th><th>valid_loss</th><th>dice</th></tr>"
    rows = "".join(f"<tr>\n  <td>{i}</td><td>{a}</td><td>{b}</td><td>{s}</td>\n</tr>" for i, a, b, s in t.rows())
    return f"{head}{rows}</table>"


def lines(t: Training) -> list[str]:
    return [f"Epoch {i + 1}: train loss {a}, val loss {b}, val dice {s}\n" for i, a, b, s in t.rows()]


def notebook(*outputs: Mapping[str, object]) -> str:
    cells = [{"cell_type": "code", "source": ["x"], "outputs": [output]} for output in outputs]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def is_drawn(history: History) -> None:
    np.testing.assert_allclose(history.train_loss, DRAWN.loss)
    np.testing.assert_allclose(history.validation_loss, DRAWN.val_loss)
    np.testing.assert_allclose(history.metrics["dice"].validation, DRAWN.score)


def test_a_table_copied_from_a_page_is_read(tmp_path: Path) -> None:
    (tmp_path / "table.html").write_text(html(DRAWN), encoding="utf-8")
    is_drawn(read_history(tmp_path / "table.html"))


def test_the_longest_history_that_a_notebook_printed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "train.ipynb"
    short: dict[str, object] = {"output_type": "stream", "text": ["epoch 1 loss 0.9\n", "epoch 2 loss 0.8\n"]}
    path.write_text(notebook(short, {"output_type": "stream", "text": lines(DRAWN)}), encoding="utf-8")
    is_drawn(read_history(path))
    assert read_history(path).source == str(path)
    path.write_text(notebook({"data": {"text/html": [html(DRAWN)], "text/plain": ["<IPython>"]}}), encoding="utf-8")
    is_drawn(read_history(path))


def test_a_notebook_that_printed_no_training_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "empty.ipynb").write_text(notebook({"text": ["hello\n"]}), encoding="utf-8")
    with pytest.raises(DataError, match="run the training cell, save the notebook"):
        read_history(tmp_path / "empty.ipynb")
