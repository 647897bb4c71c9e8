"""The whole job in one call."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from maskwright.datasets.dataset import Dataset
from maskwright.errors import ConfigError, DataError
from maskwright.planning.pretrained import require_available
from maskwright.planning.settings import Settings, read_settings
from maskwright.runs.folder import read_run_facts
from maskwright.runs.naming import free_folder, name_of
from maskwright.training.progress import Progress
from maskwright.training.run import Run
from maskwright.workflows.job import run_job
from maskwright.workflows.prepare import Job
from maskwright.workflows.watching.screen import Listener
from maskwright.workflows.watching.terminal import text_screen
from maskwright.workflows.watching.trackers import TRACKERS, require_trackers

Callback = str | Callable[[Progress], None]
NO_SETTINGS: Mapping[str, object] = {}


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
    functions that take a Progress after every step, "tensorboard" or "mlflow".

        run = maskwright.fit("photos/", minutes=10)
        print(run.verdict.sentence)
        mask = run.segmenter.mask("new.jpg")

    Raises MaskwrightError in one line for whatever cannot be used.
    """
    names, functions = _divided(callbacks)
    path = _existing(data)
    read = _settings(settings)
    job = Job(
        data=path,
        out=Path(out) if out is not None else free_folder(name_of(path)),
        settings=read,
        minutes=_minutes(minutes),
        seed=_whole("seed", seed),
        folds=_whole("folds", folds),
        log=names,
    )
    require_available(read)
    result = run_job(job, text_screen(_write_line), listeners=[_of_progress(function) for function in functions])
    return Run(result.out, read_run_facts(result.out), result.findings, result.evaluation, result.report)


def _write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _existing(data: object) -> Path:
    if isinstance(data, Dataset):
        raise DataError(f"fit takes the folder, not the dataset: give {str(data.root)!r}")
    if not isinstance(data, str | Path):
        raise DataError(f"{type(data).__name__} is no folder of photos: give its path")
    path = Path(data).expanduser()
    if not path.exists():
        raise DataError(f"{path} does not exist: give a folder of photos, or an annotation file")
    return path


def _minutes(minutes: object) -> float:
    if not isinstance(minutes, int | float) or isinstance(minutes, bool) or not 0 < minutes < 60 * 24 * 30:
        raise ConfigError(f"minutes={minutes!r} is no time: give a number above 0, such as 10")
    return float(minutes)


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ConfigError(f"{name}={value!r} is no whole number from 0 on: give one, such as 5")
    if name == "folds" and value == 1:
        raise ConfigError("folds=1 divides nothing: give at least 2, or 0 for none")
    return value


def _settings(settings: object) -> Settings:
    if not isinstance(settings, Mapping):
        raise ConfigError(f'settings={settings!r} is no dict: give {{"split.test": 0.2}}')
    return read_settings([f"{key}={_text(value)}" for key, value in settings.items()])


def _text(value: object) -> str:
    """Return a value as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


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
