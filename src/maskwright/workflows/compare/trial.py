"""Cells of a comparison: one arm, seed and fold is one run folder, trained once and never again."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.datasets.splitting.split import Parts
from maskwright.errors import DeviceMemoryError, DivergedError, MaskwrightError, RunError, WeightsError
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate
from maskwright.evaluation.evaluation_files import read_evaluation, write_evaluation
from maskwright.files import make_folder, read_json, reading, write_json
from maskwright.inference.load import load
from maskwright.output_file_names import RUN_FACTS_FILE, TRIALS_FOLDER
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_as_tree, plan_from_tree
from maskwright.runs.folder import read_run_facts
from maskwright.training.checkpoint import sample_names
from maskwright.training.loop import train
from maskwright.training.progress import Progress

FINISHED = "cell.json"
"""Written when a trial is finished; the name is that of the first comparisons."""
IDENTITY = "identity.json"
"""What a trial is known by when a comparison goes on."""


NOT_OF_THE_PLAN = ("cell", "photos", "start")
"""Sections of a trial's identity beside those of its plan."""


@dataclass(frozen=True)
class Trial:
    """One training: an arm's plan on the parts of one fold with one seed.

    `start` is the folder of the trial whose trained weights it begins with, None to begin as planned.
    """

    arm: str
    seed: int
    fold: int
    parts: Parts
    plan: Plan
    start: Path | None = None


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial; `evaluation` is None where training `failed`, which then gives the reason."""

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
class TrialListener:
    """What is called while a trial runs: `progress` after steps, `photo` after each scored photo."""

    progress: Callable[[Progress], None]
    photo: Callable[[Judged], None]


def trial_folder(out: Path, arm: str, seed: int, fold: int) -> Path:
    """Return the run folder of a trial below `out`."""
    return out / TRIALS_FOLDER / slug(arm) / f"seed{seed}-fold{fold}"


def slug(name: str) -> str:
    """Return a name as a folder can have it; names that differ stay different."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def run_trial(trial: Trial, folder: Path, *, data: str, begin: Callable[[], TrialListener]) -> TrialResult:
    """Train and score a trial in its folder, or read its result; a failed training is a result too.

    `data` is the content hash of the dataset; `begin` gives the listener, if there is something to do. Raises RunError
    where the folder holds a trial with other settings or data.
    """
    identity = _identity(trial, data)
    _refuse_stale(folder, identity)
    if (folder / FINISHED).exists():
        return _read(trial, folder)
    make_folder(folder)
    write_json(folder / IDENTITY, identity)
    listener = begin()
    plan = trial.plan
    if trial.start is not None:
        plan = replace(plan, net=replace(plan.net, weights=str(trial.start.resolve())))
    try:
        if not (folder / RUN_FACTS_FILE).exists():
            train(trial.parts, plan, out=folder, seed=trial.seed, resume=True, on_progress=listener.progress)
    except MaskwrightError as error:
        return _failed(trial, folder, error)
    return _scored(trial, folder, listener)


def _identity(trial: Trial, data: str) -> dict[str, Any]:
    """Return what a finished trial must agree with to be used: plan, photos by role, data, start."""
    parts = trial.parts
    return {
        **plan_as_tree(trial.plan),
        "cell": {"arm": trial.arm, "seed": trial.seed, "fold": trial.fold, "data": data},
        "photos": {
            "train": sample_names(parts.train),
            "inner": list(parts.inner),
            "test": sample_names(parts.test),
            "keep_pixels": parts.train.keep_pixels,
        },
        "start": {"weights": trial.start.parent.name if trial.start else ""},
    }


def _refuse_stale(folder: Path, identity: Mapping[str, Any]) -> None:
    path = folder / IDENTITY
    if not path.exists():
        return
    stored = _completed(_read_json(path), identity, path)
    if stored == identity:
        return
    for section in identity:
        was, now = (tree.get(section) or {} for tree in (stored, identity))
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                change = "other photos" if section == "photos" else f"{was.get(key)!r}, now {now.get(key)!r}"
                raise RunError(
                    f"{folder} was made with another {section}.{key} ({change}): remove it to train it again, "
                    "or choose another --out"
                )


def _completed(stored: dict[str, Any], identity: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return a stored identity, with what is planned now for keys that an earlier version's plan did not have."""
    plan = {section: values for section, values in stored.items() if section not in NOT_OF_THE_PLAN}
    complete = plan_as_tree(plan_from_tree(plan, where=str(path)))
    for section, values in complete.items():
        new = identity[section].keys() - plan.get(section, {}).keys()
        complete[section] = {**values, **{key: identity[section][key] for key in new}}
    return {**stored, **complete}


def _read_json(path: Path) -> dict[str, Any]:
    with reading(path, error=RunError, advice=f"remove {path.parent} to train it again"):
        values: Any = read_json(path)
        return dict(values)


def _failed(trial: Trial, folder: Path, error: MaskwrightError) -> TrialResult:
    """Return the failure as a result: final if training diverged, otherwise tried again on the next call."""
    if type(error) not in (DivergedError, WeightsError, DeviceMemoryError):
        raise error
    if isinstance(error, DivergedError):
        write_json(folder / FINISHED, {"failed": str(error)})
    return TrialResult(trial.arm, trial.seed, trial.fold, None, failed=str(error))


def _scored(trial: Trial, folder: Path, listener: TrialListener) -> TrialResult:
    assert trial.parts.test is not None
    segmenter = load(folder)
    evaluation = evaluate(segmenter, trial.parts.test, on_photo=listener.photo)
    write_evaluation(evaluation, folder)
    write_json(folder / FINISHED, {"failed": "", "parameters": sum(p.numel() for p in segmenter.net.parameters())})
    return _read(trial, folder)


def _read(trial: Trial, folder: Path) -> TrialResult:
    finished = _read_json(folder / FINISHED)
    if finished["failed"]:
        return TrialResult(trial.arm, trial.seed, trial.fold, None, failed=finished["failed"])
    facts = read_run_facts(folder)
    return TrialResult(
        trial.arm,
        trial.seed,
        trial.fold,
        read_evaluation(folder, facts.classes, advice=f"remove {folder} to train it again"),
        minutes=facts.minutes,
        steps=facts.steps,
        parameters=finished["parameters"],
        weights=facts.weights,
        train_photos=len(facts.train_photos),
    )
