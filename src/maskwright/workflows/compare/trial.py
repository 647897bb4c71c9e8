"""Cells of a comparison: one arm, seed and fold is one run folder, trained once and never again."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.classes import ClassTable
from maskwright.datasets.split import Parts
from maskwright.errors import DeviceMemoryError, DivergedError, MaskwrightError, RunError, WeightsError
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate, evaluation_from_json, write_evaluation
from maskwright.files import make_folder, read_json, reading, write_json
from maskwright.inference.load import load
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_as_tree
from maskwright.runs.folder import read_run_facts
from maskwright.training.checkpoint import sample_names
from maskwright.training.loop import train
from maskwright.training.progress import Progress

FINISHED, IDENTITY = "cell.json", "identity.json"


@dataclass(frozen=True)
class Cell:
    """What is to be trained: an arm's plan on the parts of one fold with one seed.

    `start` is the folder of the cell whose trained weights it begins with, None where it begins as planned.
    """

    arm: str
    seed: int
    fold: int
    parts: Parts
    plan: Plan
    start: Path | None = None


@dataclass(frozen=True)
class CellResult:
    """What a cell came to; `evaluation` is None where it `failed`, which then says why."""

    arm: str
    seed: int
    fold: int
    evaluation: Evaluation | None
    failed: str = ""
    minutes: float = 0.0
    steps: int = 0
    parameters: int = 0
    weights: str = ""
    train_photos: int = 0


@dataclass(frozen=True)
class CellWatch:
    """Who is told: `progress` of the steps, and each photo when it was judged."""

    progress: Callable[[Progress], None]
    photo: Callable[[Judged], None]


def cell_folder(out: Path, arm: str, seed: int, fold: int) -> Path:
    """Return the run folder of a cell below `out`."""
    return out / "cells" / slug(arm) / f"seed{seed}-fold{fold}"


def slug(name: str) -> str:
    """Return a name as a folder can have it; names that differ stay different."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def run_cell(cell: Cell, folder: Path, *, data: str, begin: Callable[[], CellWatch]) -> CellResult:
    """Train and judge a cell in its folder, or read what it came to; a failure of the training is a result too.

    `data` is the digest of the dataset; `begin` is asked who watches where there is something to do. Raises RunError
    where the folder holds a cell of other settings or data.
    """
    identity = _identity(cell, data)
    _refuse_stale(folder, identity)
    if (folder / FINISHED).exists():
        return _read(cell, folder)
    make_folder(folder)
    write_json(folder / IDENTITY, identity)
    watch = begin()
    plan = cell.plan
    if cell.start is not None:
        plan = replace(plan, net=replace(plan.net, weights=str(cell.start.resolve())))
    try:
        if not (folder / "run.json").exists():
            train(cell.parts, plan, out=folder, seed=cell.seed, resume=True, on_progress=watch.progress)
    except MaskwrightError as error:
        return _failed(cell, folder, error)
    return _judged(cell, folder, watch)


def _identity(cell: Cell, data: str) -> dict[str, Any]:
    """Return what must be the same for a finished cell to count: the plan, the photos by role, the data, the start."""
    parts = cell.parts
    return {
        **plan_as_tree(cell.plan),
        "cell": {"arm": cell.arm, "seed": cell.seed, "fold": cell.fold, "data": data},
        "photos": {
            "train": sample_names(parts.train),
            "inner": list(parts.inner),
            "test": sample_names(parts.test),
            "keep_pixels": parts.train.keep_pixels,
        },
        "start": {"weights": cell.start.parent.name if cell.start else ""},
    }


def _refuse_stale(folder: Path, identity: Mapping[str, Any]) -> None:
    path = folder / IDENTITY
    if not path.exists():
        return
    stored = _read_json(path)
    if stored == identity:
        return
    for section in identity:
        was, now = (tree.get(section) or {} for tree in (stored, identity))
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                told = "other photos" if section == "photos" else f"{was.get(key)!r}, now {now.get(key)!r}"
                raise RunError(
                    f"{folder} was made with another {section}.{key} ({told}): remove it to train it anew, "
                    "or choose another --out"
                )


def _read_json(path: Path) -> dict[str, Any]:
    with reading(path, error=RunError, advice=f"remove {path.parent} to train it again"):
        values: Any = read_json(path)
        return dict(values)


def _failed(cell: Cell, folder: Path, error: MaskwrightError) -> CellResult:
    """Return the failure as a result: kept for good where the training diverged, else tried again on the next call."""
    if type(error) not in (DivergedError, WeightsError, DeviceMemoryError):
        raise error
    if isinstance(error, DivergedError):
        write_json(folder / FINISHED, {"failed": str(error)})
    return CellResult(cell.arm, cell.seed, cell.fold, None, failed=str(error))


def _judged(cell: Cell, folder: Path, watch: CellWatch) -> CellResult:
    assert cell.parts.test is not None
    segmenter = load(folder)
    evaluation = evaluate(segmenter, cell.parts.test, on_photo=watch.photo)
    write_evaluation(evaluation, folder)
    write_json(folder / FINISHED, {"failed": "", "parameters": sum(p.numel() for p in segmenter.net.parameters())})
    return _read(cell, folder)


def _read(cell: Cell, folder: Path) -> CellResult:
    finished = _read_json(folder / FINISHED)
    if finished["failed"]:
        return CellResult(cell.arm, cell.seed, cell.fold, None, failed=finished["failed"])
    facts = read_run_facts(folder)
    return CellResult(
        cell.arm,
        cell.seed,
        cell.fold,
        _read_evaluation(folder, facts.classes),
        minutes=facts.minutes,
        steps=facts.steps,
        parameters=finished["parameters"],
        weights=facts.weights,
        train_photos=len(facts.train_photos),
    )


def _read_evaluation(folder: Path, classes: ClassTable) -> Evaluation:
    path = folder / "evaluation.json"
    with reading(path, error=RunError, advice=f"remove {folder} to train it again"):
        return evaluation_from_json(_read_json(path), classes)
