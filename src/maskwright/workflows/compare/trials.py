"""All trials of a comparison: every arm on the same photos and seeds; finished trials are not repeated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from maskwright.datasets.splitting.split import Parts
from maskwright.errors import ConfigError, WeightsError
from maskwright.models.build import build_model
from maskwright.models.weights.read_run_weights import model_file
from maskwright.planning.plan import Plan
from maskwright.workflows.compare.recipe import Arm, Recipe
from maskwright.workflows.compare.trial import Trial, TrialListener, TrialResult, run_trial, trial_folder


@dataclass(frozen=True)
class PreparedArm:
    """One arm ready to train: `prepare` returns the reduced parts and the plan for a fold's parts and a seed.

    `stands_in`: trained with its `stand_in` settings, because its own need weights that are not available.
    """

    arm: Arm
    prepare: Callable[[Parts, int], tuple[Parts, Plan]]
    stands_in: bool = False


@dataclass(frozen=True)
class Design:
    """What all arms share: recipe, folder, parts of each fold, seeds, content hash of the data."""

    recipe: Recipe
    out: Path
    folds: tuple[Parts, ...]
    seeds: tuple[int, ...]
    data: str


def run_trials(
    design: Design, arms: Sequence[PreparedArm], *, listen: Callable[[Trial, Path], TrialListener]
) -> list[TrialResult]:
    """Train and score every unfinished trial, seed by seed; return the results of all.

    Raises ConfigError before any training where an arm cannot be planned, and RunError where a trial on disk has
    other settings or data.
    """
    if any(parts.test is None for parts in design.folds):
        raise ConfigError("nothing is held out to compare on: give --folds 4, or --set split.test=0.25")
    for prepared in arms:
        prepared.prepare(design.folds[0], design.seeds[0])
    results: list[TrialResult] = []
    for trial in trials(design, arms):
        if trial.start is not None and not model_file(trial.start).exists():
            first = design.recipe.named(trial.arm).starts_from
            failed = f"there is no model to start from: see why {first!r} failed"
            results.append(TrialResult(trial.arm, trial.seed, trial.fold, None, failed=failed))
            continue
        folder = trial_folder(design.out, trial.arm, trial.seed, trial.fold)
        results.append(run_trial(trial, folder, data=design.data, begin=partial(listen, trial, folder)))
    return results


def trials(design: Design, arms: Sequence[PreparedArm]) -> Iterator[Trial]:
    """Yield the trials in the order of training: one seed of every arm first."""
    for seed in design.seeds:
        for fold, parts in enumerate(design.folds):
            for prepared in arms:
                thinned, plan = prepared.prepare(parts, seed)
                yield Trial(prepared.arm.name, seed, fold, thinned, plan, _start(design, prepared.arm, seed, fold))


def _start(design: Design, arm: Arm, seed: int, fold: int) -> Path | None:
    """Return the folder of the run that an arm starts from, None where it starts as planned."""
    return trial_folder(design.out, arm.starts_from, seed, fold) if arm.starts_from else None


def weights_available(plan: Plan, class_count: int) -> bool:
    """True if the network of a plan can be built with the weights that it names."""
    try:
        build_model(plan.net, class_count)
    except WeightsError:
        return False
    return True
