"""Histories in saved notebooks and in tables copied from a page."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history
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


def stream(name: str, *text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": name, "text": list(text)}


def cell_of(*outputs: dict[str, object]) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "outputs": list(outputs)}]})


def test_the_lines_of_a_cell_are_read_whole_where_a_progress_bar_cuts_them(tmp_path: Path) -> None:
    parts = [stream(n, t) for line in lines(DRAWN) for n, t in (("stderr", "100%|####| 9/9"), ("stdout", line))]
    (tmp_path / "train.ipynb").write_text(cell_of(*parts), encoding="utf-8")
    is_drawn(read_history(tmp_path / "train.ipynb"))


SCORES = "".join(f"photo_{i}.png iou 0.{i + 10}\n" for i in range(60))
FRAME = "    width  height  objects\n" + "".join(f"{i}   640   480   {i}\n" for i in range(60))


@pytest.mark.parametrize("beside", [SCORES, FRAME])
def test_scores_of_photos_and_other_frames_are_no_history(tmp_path: Path, beside: str) -> None:
    (tmp_path / "train.ipynb").write_text(notebook(stream("stdout", *lines(DRAWN)), stream("stdout", beside)))
    is_drawn(read_history(tmp_path / "train.ipynb"))
    (tmp_path / "other.ipynb").write_text(notebook(stream("stdout", beside)), encoding="utf-8")
    with pytest.raises(DataError, match="no cell printed losses or scores"):
        read_history(tmp_path / "other.ipynb")


def test_the_style_of_a_frame_is_left_out_and_its_text_is_read_where_its_html_is_not(tmp_path: Path) -> None:
    styled = f"<div>\n<style scoped>\n  .frame {{ width: 3; loss: 4 }}\n</style>\n{html(DRAWN)}</div>"
    for i, data in enumerate(({"text/html": styled}, {"text/html": "<p>frame</p>", "text/plain": lines(DRAWN)})):
        (tmp_path / f"{i}.ipynb").write_text(notebook({"data": data}), encoding="utf-8")
        is_drawn(read_history(tmp_path / f"{i}.ipynb"))


@pytest.mark.parametrize(
    "text", ["", "{'cells'", "[]", '{"cells": null}', '{"cells": ["x", null, {"outputs": [{"data": null}]}]}']
)
def test_an_odd_notebook_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"odd\.ipynb: no (cell|notebook)") as error:
        read_history(tmp_path / "odd.ipynb")
    assert "\n" not in str(error.value)
