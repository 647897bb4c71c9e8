"""A learning curve in one call, from the command line and from Python; torch is imported once the data are known."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.errors import ConfigError
from maskwright.planning.available_weights import require_available
from maskwright.runs.naming import name_of
from maskwright.runs.output_folder import require_not_among_data
from maskwright.workflows.arguments import existing_data, minutes_from, settings_from, whole_number
from maskwright.workflows.learning_curve.preparation import CurveJob, prepare_curve, require_arms
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.progress.terminal import stdout_screen
from maskwright.workflows.progress.torch_import import load_torch

if TYPE_CHECKING:
    from maskwright.workflows.learning_curve.curve import LearningCurve

NO_SETTINGS: Mapping[str, object] = {}


def learning_curve(
    data: Path | str,
    *,
    minutes: float = 30.0,
    arms: Sequence[str] = (),
    out: Path | str | None = None,
    settings: Mapping[str, object] = NO_SETTINGS,
    seed: int = 0,
) -> "LearningCurve":
    """Train on parts of the photos, and say what more photos would give, as `maskwright learning-curve` does.

    `minutes` is the time for everything. `arms` are trained too: "scratch" (no pretrained weights), "minutes" (three
    times as long), "scale" (finer). Everything is kept in `out`, by default runs/NAME-learning-curve: the same call
    goes on after an interruption. `settings` are those of `maskwright settings`.

        curve = maskwright.learning_curve("photos/", minutes=30)
        print(curve.sentence)
        print(curve.forecast.at(200))

    Raises MaskwrightError in one line for whatever cannot be used.
    """
    path = existing_data(data, caller="learning_curve")
    names = (arms,) if isinstance(arms, str) else tuple(arms)
    require_arms(names)
    read = settings_from(settings)
    sets = tuple(f"{key}={value}" for key, value in settings.items())
    folder = Path(out) if out is not None else default_folder(path)
    job = CurveJob(path, folder, read, minutes_from(minutes), names, seed=whole_number("seed", seed), sets=sets)
    require_available(read)
    return run_curve_job(job, stdout_screen())


def default_folder(data: Path) -> Path:
    """Return the folder of a learning curve that nobody chose: one for each folder of photos."""
    return Path("runs") / f"{name_of(data)}-learning-curve"


def run_curve_job(job: CurveJob, screen: Screen) -> "LearningCurve":
    """Check the data, train on nested subsets, forecast, and write page and JSON into `job.out`."""
    if job.target is not None and not 0 < job.target < 1:
        raise ConfigError(f"target={job.target}: give an IoU between 0 and 1, such as 0.9")
    require_not_among_data(job.out, job.data)
    prepared = prepare_curve(job, screen)
    load_torch(screen.tell)
    from maskwright.workflows.learning_curve.measure import measure_curve

    return measure_curve(prepared, screen)
