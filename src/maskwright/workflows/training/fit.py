"""`maskwright.fit`: a job (`job.py`) in one call from Python, also in scripts that torchrun starts."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from maskwright.errors import ConfigError
from maskwright.planning.available_weights import require_available
from maskwright.runs.folder import read_run_facts
from maskwright.runs.naming import free_folder, name_of
from maskwright.training.distributed.ranks import ranks_of
from maskwright.training.progress import Progress
from maskwright.training.run_result import Run
from maskwright.workflows.arguments import existing_data, minutes_from, settings_from, whole_number
from maskwright.workflows.progress.screen import Listener
from maskwright.workflows.progress.terminal import stdout_screen
from maskwright.workflows.trackers.tracker import TRACKERS, require_trackers
from maskwright.workflows.training.job import run_job
from maskwright.workflows.training.prepare import Job
from maskwright.workflows.training.several_processes import result_in_several_processes

Callback = str | Callable[[Progress], None]
NO_SETTINGS: Mapping[str, object] = {}
LAUNCHER_SET = "TORCHELASTIC_RUN_ID"
"""What torchrun puts into the environment; other programs set WORLD_SIZE too, for processes that train each alone."""


def fit(
    data: Path | str,
    *,
    minutes: float = 10.0,
    out: Path | str | None = None,
    settings: Mapping[str, object] = NO_SETTINGS,
    folds: int = 0,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Check the photos, train for some minutes, evaluate and report, as `maskwright train` does; return the run.

    `data` is a folder of photos with annotations or masks, or an annotation file. `out` is the run folder to make, by
    default runs/NAME-1 or the next number. `settings` are those of `maskwright settings`, as in
    {"split.test": 0.2, "net": "unet"}. `folds` 5 scores every photo once, with 5 more trainings. `callbacks` are
    functions that take a Progress after every step, "tensorboard" or "mlflow". In a script that torchrun starts several
    times, all processes train together and must call this; the first one writes the folder, and each gets the run.

        >>> run = mw.fit("photos", settings={"optim.steps": 3, "scale.crop_px": 64})  # yours: minutes=10
        read as VIA csv (via.csv): ...
        >>> run.segmenter.mask("photos/disc00.png").shape
        (96, 128)

    Raises MaskwrightError in one line for whatever cannot be used.
    """
    names, functions = _divided(callbacks)
    path, read = existing_data(data, caller="fit"), settings_from(settings)
    job = Job(
        data=path,
        out=Path(out) if out is not None else free_folder(name_of(path)),
        settings=read,
        minutes=minutes_from(minutes),
        seed=whole_number("seed", seed),
        folds=whole_number("folds", folds),
        log=names,
    )
    require_available(read)
    whole_job = partial(_trained, job, functions)
    ranks = ranks_of(os.environ) if LAUNCHER_SET in os.environ else None
    return whole_job() if ranks is None else result_in_several_processes(ranks, whole_job)


def _trained(job: Job, functions: Sequence[Callable[[Progress], None]]) -> Run:
    """Run the job, with a call of each function after every step."""
    result = run_job(job, stdout_screen(), listeners=[_of_progress(function) for function in functions])
    return Run(result.out, read_run_facts(result.out), result.findings, result.evaluation, result.report)


def _divided(callbacks: object) -> tuple[tuple[str, ...], list[Callable[[Progress], None]]]:
    """Return the names of trackers, and the functions."""
    given = [callbacks] if isinstance(callbacks, str) or callable(callbacks) else callbacks
    if not isinstance(given, Iterable):
        raise ConfigError(f"callbacks={callbacks!r}: give functions of a Progress, or {' or '.join(TRACKERS)}")
    functions = []
    names = []
    for callback in given:
        if isinstance(callback, str):
            names.append(callback)
        elif callable(callback):
            functions.append(callback)
        else:
            raise ConfigError(f"{callback!r} is no callback: give a function that takes a Progress")
    require_trackers(tuple(names))
    return tuple(names), functions


def _of_progress(function: Callable[[Progress], None]) -> Listener:
    return lambda _, progress: function(progress)
