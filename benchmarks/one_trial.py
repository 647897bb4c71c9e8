"""Measure one trial, in a process of its own: `python -m benchmarks.one_trial TRIAL_AS_JSON RESULT`."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.hardware import machine_lines
from benchmarks.memory import peak_mb
from benchmarks.methods.task import Task, Trained
from benchmarks.scores import EXTRA, extra_scores
from benchmarks.sets import parts_of
from benchmarks.trials import METHODS, Outcome, Trial, keep
from maskwright.evaluation.evaluate import Judged, evaluate
from maskwright.evaluation.metrics import iou, mean_over


def measure(trial: Trial) -> Outcome:
    """Train by the trial's method and judge it on the held-out photos at full resolution."""
    parts = parts_of(trial.set_name)[trial.fold]
    assert parts.test is not None
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        trained = _method(trial.method)(Task(parts, trial.minutes * 60, trial.seed, Path(scratch)))
        train_s = time.monotonic() - started
        judged: list[Judged] = []
        started = time.monotonic()
        evaluation = evaluate(trained.segment, parts.test, on_photo=judged.append if trial.set_name in EXTRA else None)
        predict_s = time.monotonic() - started
    values = {photo.name: mean_over(iou(photo.counts), parts.test.classes.scored) for photo in evaluation.photos}
    return Outcome(
        trial,
        {name: None if np.isnan(value) else round(value, 5) for name, value in values.items()},
        round(evaluation.dataset_iou, 5),
        round(train_s, 1),
        round(predict_s, 1),
        trained.steps,
        round(peak_mb()),
        extra_scores(trial.set_name, judged),
        machine_lines(),
    )


def _method(name: str) -> Callable[[Task], Trained]:
    module, _, function = METHODS[name].rpartition(".")
    fit: Callable[[Task], Trained] = getattr(import_module(module), function)
    return fit


if __name__ == "__main__":
    asked = Trial(**json.loads(sys.argv[1]))
    keep(measure(asked), Path(sys.argv[2]))
