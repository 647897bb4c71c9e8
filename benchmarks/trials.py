"""Trials of the benchmark: set x fold x method x seed, each measured once, kept on disk, known by its code."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import cache
from benchmarks.hardware import machine_lines, now_and_commit
from benchmarks.imports import ROOT as ROOT
from benchmarks.imports import code_of
from maskwright.files import make_folder

METHODS = {
    "maskwright": "benchmarks.methods.ours.fit",
    "smp-recipe-40-epochs": "benchmarks.methods.smp_recipe.fit_40_epochs",
    "smp-recipe-same-minutes": "benchmarks.methods.smp_recipe.fit_minutes",
    "unet-scratch-bce": "benchmarks.methods.unet_scratch.fit",
    "fcn-head-sgd": "benchmarks.methods.fcn_head.fit",
    "pixel-forest": "benchmarks.methods.pixel_forest.fit",
    "constant": "benchmarks.methods.constant.fit",
}
"""The function of each method, which alone is imported: so other methods' code does not count for a trial."""


@dataclass(frozen=True)
class Trial:
    """One measurement; `minutes` is the wall-clock that the training may take."""

    set_name: str
    fold: int
    method: str
    seed: int
    minutes: float

    @property
    def key(self) -> str:
        return f"{self.set_name}-fold{self.fold}-{self.method}-seed{self.seed}-{self.minutes:g}min"


@dataclass(frozen=True)
class Outcome:
    """What a trial gave: `photo_ious` by name at full resolution, None where a photo has none of the classes.

    `machine`: what it was measured on; `measured`: day, time and commit.
    """

    trial: Trial
    photo_ious: dict[str, float | None]
    dataset_iou: float
    train_s: float
    predict_s: float
    steps: int
    peak_mb: float
    extra: dict[str, float]
    machine: list[str]
    measured: str = ""


def code_hash(method: str) -> str:
    """Return a hash of the code that a trial of `method` imports."""
    return code_of(("benchmarks.one_trial", METHODS[method].rpartition(".")[0]), root=ROOT)


def outcome_of(trial: Trial, folder: Path) -> Outcome:
    """Return the outcome of a trial: the known one, else measured in a process of its own.

    Leaves with one line where that process failed, or where the code changed while it measured.
    """
    known = known_outcome(trial, folder)
    if known is not None:
        return known
    make_folder(folder)
    path = folder / f"{trial.key}.json"
    words = [sys.executable, "-m", "benchmarks.one_trial", json.dumps(asdict(trial)), str(path)]
    started, code = time.monotonic(), code_hash(trial.method)
    print(f"{time.strftime('%H:%M:%S')}  {trial.key}", flush=True)
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        raise SystemExit(f"{trial.key} failed, as told above; what is measured is kept: the same command goes on")
    print(f"          {time.monotonic() - started:.0f} s", flush=True)
    if code_hash(trial.method) != code:
        path.unlink()
        raise SystemExit(f"the code changed while {trial.key} was measured, which was thrown away: start again")
    outcome = known_outcome(trial, folder)
    assert outcome is not None
    return outcome


def known_outcome(trial: Trial, folder: Path) -> Outcome | None:
    """Return the outcome of a trial from disk, None unless this code gave it on this machine."""
    values = cache.known(folder / f"{trial.key}.json", code_hash(trial.method))
    if values is None or values.get("machine") != machine_lines():
        return None
    return Outcome(**{**values, "trial": Trial(**values["trial"])})


def keep(outcome: Outcome, path: Path) -> None:
    """Write an outcome with the time, and the commit and hash of the code that gave it."""
    cache.keep(path, code_hash(outcome.trial.method), {**asdict(outcome), "measured": now_and_commit()})
