"""What comes before the first training of a learning curve and needs no torch: photos, design and plans."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.datasets.content_hash import data_digest
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.splitting.groups import photo_groups
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import ConfigError, RunError
from maskwright.files import make_folder, read_json, reading, write_json
from maskwright.output_file_names import DESIGN_FILE
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.settings import Settings
from maskwright.workflows.learning_curve.design import (
    MINUTES_FACTOR,
    SCALE_FACTOR,
    Design,
    Group,
    Shape,
    design_of,
    designed,
)
from maskwright.workflows.open_and_check import checked_and_compared, open_data
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.training.prepare import Job, plan_for

ARMS = {
    "scratch": "every subset without pretrained weights",
    "minutes": f"all photos for {MINUTES_FACTOR} times as long",
    "scale": f"all photos at {SCALE_FACTOR:g} times the working scale",
}
"""The optional arms of a learning curve, in words."""


@dataclass(frozen=True)
class CurveJob:
    """The arguments of `maskwright learning-curve`.

    `minutes`: in all; `target`: an IoU to ask about, None for the next round one; `sets`: the settings as typed;
    `engine`: what the trainings are shared out on, such as "ray"; None for this process.
    """

    data: Path
    out: Path
    settings: Settings
    minutes: float = 30.0
    arms: tuple[str, ...] = ()
    seed: int = 0
    only: str | None = None
    target: float | None = None
    sets: tuple[str, ...] = ()
    engine: str | None = None


@dataclass(frozen=True)
class Prepared:
    """What is known before the first training.

    `groups`: photos that belong together; `plan`: of all photos, used for every subset; `arms`: those that can be
    trained; `digest`: of the data.
    """

    job: CurveJob
    dataset: Dataset
    groups: tuple[Group, ...]
    design: Design
    plan: Plan
    arms: tuple[str, ...]
    digest: str


def require_arms(arms: Sequence[str]) -> None:
    """Raise ConfigError unless every arm is one of ARMS."""
    for arm in arms:
        if arm not in ARMS:
            raise ConfigError(f"--arms {arm}: there is no such arm; choose one of {', '.join(ARMS)}, joined by commas")


def prepare_curve(job: CurveJob, screen: Screen) -> Prepared:
    """Open and check the photos and design the trainings; nothing is written and torch is not imported.

    Raises ConfigError for an unknown arm, DataError for too few photos, RunError where `job.out` holds another curve.
    """
    require_arms(job.arms)
    dataset = _opened(job, screen)
    groups = _groups(dataset, job.settings)
    index = {name: str(i) for i, group in enumerate(groups) for name in group}
    dataset = replace(dataset, samples=tuple(replace(s, part=None, group=index[s.name]) for s in dataset.samples))
    digest = data_digest(dataset)
    design = _stored_design(job, dataset, groups, digest)
    if design is None:
        design = design_of(dataset, groups, minutes=job.minutes, arms=job.arms, seed=job.seed)
    plan_job = Job(job.data, job.out, job.settings, minutes=design.minutes, seed=job.seed)
    plan = plan_for(plan_job, Parts(dataset, None, (), ()), this_machine())
    arms = tuple(arm for arm in job.arms if _is_possible(arm, plan, dataset, screen))
    return Prepared(job, dataset, groups, design, plan, arms, digest)


def _groups(dataset: Dataset, settings: Settings) -> tuple[Group, ...]:
    """Return the photos that stay together; each by itself with interleaved folds, as in `maskwright train`."""
    if settings.split.folds == "interleaved":
        return tuple((sample.name,) for sample in dataset.samples)
    return photo_groups(dataset, groups=settings.split.groups).groups


def _opened(job: CurveJob, screen: Screen) -> Dataset:
    """Return the annotated photos outside a given test part that have no error."""
    dataset = open_data(job.data, job.settings, only=job.only, screen=screen)
    screen.tell(dataset.read_as)
    findings, dataset = checked_and_compared(dataset, job.settings, screen=screen)
    for finding in findings:
        if finding.severity != "note":
            screen.tell(str(finding))
    dataset = usable(dataset, findings)
    return replace(dataset, samples=tuple(sample for sample in dataset.samples if sample.part != "test"))


def _is_possible(arm: str, plan: Plan, dataset: Dataset, screen: Screen) -> bool:
    """Return whether an arm would differ from the main trainings; the screen is told why not."""
    if arm == "scratch" and plan.net.weights == "random":
        screen.tell("--arms scratch is left out: the main trainings have no pretrained weights either")
        return False
    longest = max(max(sample.size_hw) for sample in dataset.samples if sample.size_hw)
    if arm == "scale" and longest <= plan.scale.long_side_px:
        screen.tell(f"--arms scale is left out: photos are used at their full size, {longest} px, already")
        return False
    return True


def plan_of(prepared: Prepared, arm: str) -> Plan:
    """Return the plan of an arm: the main plan with one change."""
    plan = prepared.plan
    match arm:
        case "scratch":
            return replace(plan, net=replace(plan.net, weights="random"))
        case "minutes":
            optim = plan.optim
            longer = replace(optim, minutes=optim.minutes * MINUTES_FACTOR, steps=optim.steps * MINUTES_FACTOR)
            return replace(plan, optim=longer)
        case "scale":
            longest = max(max(sample.size_hw) for sample in prepared.dataset.samples if sample.size_hw)
            finer = min(round(plan.scale.long_side_px * SCALE_FACTOR), longest)
            return replace(plan, scale=replace(plan.scale, long_side_px=finer))
        case _:
            return plan


def _stored_design(job: CurveJob, dataset: Dataset, groups: Sequence[Group], digest: str) -> Design | None:
    """Return the design with which `job.out` was begun, so that finished trainings are used; None for a new folder."""
    path = job.out / DESIGN_FILE
    if not path.exists():
        return None
    advice = "remove the folder, or choose another --out"
    with reading(path, error=RunError, advice=advice):
        stored: Any = read_json(path)
        data, seed = str(stored["data"]), int(stored["seed"])
        minutes, total = float(stored["training_minutes"]), float(stored["minutes"])
        shape = Shape(**{name: int(count) for name, count in stored["shape"].items()})
        if not 0 <= minutes <= total < math.inf:
            raise ValueError(f"{minutes} of {total} minutes for a training")
    changed = {
        "other photos, masks or classes": data != digest,
        f"--minutes {total:g}": total != job.minutes,
        f"seed {seed}": seed != job.seed,
    }
    if before := next((words for words, differs in changed.items() if differs), ""):
        raise RunError(f"{job.out} was begun with {before}: give the same, choose another --out, or remove it")
    with reading(path, error=RunError, advice=advice):
        return replace(designed(dataset, groups, shape, seed=job.seed), minutes=minutes)


def store_design(prepared: Prepared) -> None:
    """Write the design into the folder, for the next call of the same command."""
    shape = prepared.design.shape
    write_json(
        make_folder(prepared.job.out) / DESIGN_FILE,
        {
            "data": prepared.digest,
            "minutes": prepared.job.minutes,
            "seed": prepared.job.seed,
            "shape": {"folds": shape.folds, "subsets": shape.subsets, "scored": shape.scored},
            "photos": list(prepared.design.sizes),
            "training_minutes": prepared.design.minutes,
        },
    )
