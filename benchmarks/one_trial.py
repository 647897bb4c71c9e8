"""Measure one cell, in a process of its own: `python -m benchmarks.one_trial CELL_AS_JSON RESULT`."""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.hardware import machine_lines
from benchmarks.memory import peak_mb
from benchmarks.methods import constant, fcn_head, ours, pixel_forest, smp_recipe, unet_scratch
from benchmarks.methods.task import Task, Trained
from benchmarks.scores import extra_scores
from benchmarks.sets import parts_of
from benchmarks.trials import Cell, Outcome, keep
from maskwright.evaluation.evaluate import Judged, evaluate
from maskwright.evaluation.metrics import iou, mean_over

METHODS = {
    "maskwright": ours.fit,
    "smp-recipe-40-epochs": smp_recipe.fit_40_epochs,
    "smp-recipe-same-minutes": smp_recipe.fit_minutes,
    "unet-scratch-bce": unet_scratch.fit,
    "fcn-head-sgd": fcn_head.fit,
    "pixel-forest": pixel_forest.fit,
    "constant": constant.fit,
}


def measure(cell: Cell) -> Outcome:
    """Train by the cell's method and judge it on the held-out photos at full resolution."""
    parts = parts_of(cell.set_name)[cell.fold]
    assert parts.test is not None
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        trained: Trained = METHODS[cell.method](Task(parts, cell.minutes * 60, cell.seed, Path(scratch)))
        train_s = time.monotonic() - started
        judged: list[Judged] = []
        started = time.monotonic()
        evaluation = evaluate(trained.segment, parts.test, on_photo=judged.append if _small(cell) else None)
        predict_s = time.monotonic() - started
    values = {photo.name: mean_over(iou(photo.counts), parts.test.classes.scored) for photo in evaluation.photos}
    return Outcome(
        cell,
        {name: None if np.isnan(value) else round(value, 5) for name, value in values.items()},
        round(evaluation.dataset_iou, 5),
        round(train_s, 1),
        round(predict_s, 1),
        trained.steps,
        round(peak_mb()),
        extra_scores(cell.set_name, judged),
        machine_lines(),
    )


def _small(cell: Cell) -> bool:
    """Return whether the photos of a set are small enough to be kept for the scores beyond IoU."""
    return cell.set_name in ("crackforest", "kolektor")


if __name__ == "__main__":
    asked = Cell(**json.loads(sys.argv[1]))
    keep(measure(asked), Path(sys.argv[2]))
