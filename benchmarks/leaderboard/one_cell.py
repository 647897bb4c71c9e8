"""Measure one cell in a process of its own: `python -m benchmarks.leaderboard.one_cell CELL_AS_JSON FOLDER`."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.hardware import machine_lines, now_and_commit
from benchmarks.leaderboard.cells import Cell, Result, code_hash, keep
from benchmarks.leaderboard.methods import function_of
from benchmarks.leaderboard.photo_lists import lists_of, parts_with
from benchmarks.memory import peak_mb
from benchmarks.methods.task import Task, Trained
from benchmarks.scores import EXTRA, extra_scores
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate
from maskwright.evaluation.metrics import iou, mean_over


def measure(cell: Cell) -> Result:
    """Train by the cell's method on its photos and judge the model on the test photos at full resolution."""
    code, measured = code_hash(cell.method, cell.set_name), now_and_commit()
    parts = parts_with(cell.set_name, cell.photos)
    assert parts.test is not None
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory() as scratch:
        fit = _function(function_of(cell.method))
        started, cpu = time.monotonic(), time.process_time()
        trained = fit(Task(parts, cell.minutes * 60, cell.seed, Path(scratch)))
        train_s, train_cpu_s = time.monotonic() - started, time.process_time() - cpu
        load = os.getloadavg()[0]
        started = time.monotonic()
        evaluation = evaluate(trained.segment, parts.test, on_photo=judged.append if cell.set_name in EXTRA else None)
        predict_s = time.monotonic() - started
    return Result(
        cell,
        _photo_ious(evaluation, cell.set_name),
        round(evaluation.dataset_iou, 4),
        {name: round(value, 4) for name, value in extra_scores(cell.set_name, judged).items()},
        round(train_s, 1),
        round(train_cpu_s, 1),
        round(predict_s, 1),
        trained.steps,
        round(peak_mb()),
        round(load, 1),
        tuple(machine_lines()),
        measured,
        code,
    )


def _photo_ious(evaluation: Evaluation, set_name: str) -> tuple[float | None, ...]:
    scored = evaluation.classes.scored
    values = {photo.name: mean_over(iou(photo.counts), scored) for photo in evaluation.photos}
    ordered = [values[name] for name in lists_of(set_name).test]
    return tuple(None if np.isnan(value) else round(value, 4) for value in ordered)


def _function(path: str) -> Callable[[Task], Trained]:
    module, _, name = path.rpartition(".")
    fit: Callable[[Task], Trained] = getattr(import_module(module), name)
    return fit


if __name__ == "__main__":
    keep(measure(Cell(**json.loads(sys.argv[1]))), Path(sys.argv[2]))
