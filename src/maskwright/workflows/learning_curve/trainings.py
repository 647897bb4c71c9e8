"""The trainings of a learning curve, each in its own run folder: a finished one is read, an interrupted one goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from maskwright.workflows.compare.trial import Trial, TrialListener, TrialResult, run_trial, trial_folder
from maskwright.workflows.learning_curve.design import Training, parts_of, trainings, weight
from maskwright.workflows.learning_curve.points import Trained
from maskwright.workflows.learning_curve.preparation import Prepared, plan_of
from maskwright.workflows.progress.screen import Screen, ignore


@dataclass
class _Pace:
    """Seconds and weights of the trainings that this call has carried out."""

    seconds: float = 0.0
    done: float = 0.0

    def left_minutes(self, weights: float, *, planned_minutes: float) -> float:
        """Return the minutes that trainings of so much weight will take."""
        each_s = self.seconds / self.done if self.done else planned_minutes * 60
        return weights * each_s / 60


def train_all(prepared: Prepared, screen: Screen) -> list[Trained]:
    """Train and score everything that is not finished; return the results of all."""
    everything = trainings(prepared.design, prepared.arms)
    if prepared.job.engine:
        from maskwright.workflows.engines.shared_trainings import share_trials

        planned = [(_trial(prepared, training), folder_of(prepared, training)) for training in everything]
        share_trials(prepared.job.engine, planned, data=prepared.digest, pictures=False, tell=screen.tell)
    pace, trained = _Pace(), []
    for number, training in enumerate(everything):
        left = pace.left_minutes(sum(map(weight, everything[number:])), planned_minutes=prepared.design.minutes)
        title = f"training {number + 1} of {len(everything)}"
        began, begun = time.monotonic(), list[bool]()

        def begin(title: str = title, left: float = left, begun: list[bool] = begun) -> Callable[..., None]:
            begun.append(True)
            screen.tell(f"{title}, about {left:.1f} minutes left")
            return screen.watch(title)

        trained.append(_trained(prepared, training, begin))
        if begun:
            pace.seconds += time.monotonic() - began
            pace.done += weight(training)
    return trained


def _trained(prepared: Prepared, training: Training, begin: Callable[[], Callable[..., None]]) -> Trained:
    trial, folder = _trial(prepared, training), folder_of(prepared, training)
    result = run_trial(trial, folder, data=prepared.digest, begin=lambda: TrialListener(begin(), ignore))
    return _result(training, len(trial.parts.train), result)


def _trial(prepared: Prepared, training: Training) -> Trial:
    parts = parts_of(prepared.dataset, prepared.design, training)
    name = f"{training.arm}, {prepared.design.sizes[training.size]} photos"
    return Trial(name, prepared.job.seed, training.fold, parts, plan_of(prepared, training.arm))


def folder_of(prepared: Prepared, training: Training) -> Path:
    """Return the run folder of a training."""
    name = f"{training.arm}, {prepared.design.sizes[training.size]} photos"
    return trial_folder(prepared.job.out, name, prepared.job.seed, training.fold)


def _result(training: Training, photos: int, result: TrialResult) -> Trained:
    return Trained(
        arm=training.arm,
        fold=training.fold,
        size=training.size,
        photos=photos,
        evaluation=result.evaluation,
        minutes=result.minutes,
        steps=result.steps,
        failed=result.failed,
    )
