"""Trackers that follow a run from outside: TensorBoard and MLflow. One that fails never stops the training."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright.errors import ConfigError, MaskwrightError

if TYPE_CHECKING:
    from maskwright.evaluation.evaluate import Evaluation
    from maskwright.evaluation.verdict import Verdict
    from maskwright.training.progress import Progress

TRACKERS = ("tensorboard", "mlflow")
PICTURES = 6
"""So many photos, the worst ones, are handed to a tracker."""


@dataclass(frozen=True)
class Finished:
    """A finished job: its run folder, its evaluation and the verdict."""

    run: Path
    evaluation: "Evaluation"
    verdict: "Verdict"


@dataclass(frozen=True)
class Tracker:
    """What follows a run: `listen` takes the progress of a training, `finish` the result, `stop` ends without one."""

    listen: "Callable[[str, Progress], None]"
    finish: Callable[[Finished], None]
    stop: Callable[[], None]


def require_trackers(names: tuple[str, ...]) -> None:
    """Raise ConfigError for a tracker that is not known, or whose package is not installed."""
    for name in names:
        if name not in TRACKERS:
            raise ConfigError(f"there is no tracker {name!r}: give {' or '.join(TRACKERS)}")
        if find_spec(name) is None:
            raise ConfigError(f'{name} is not installed: `pip install "maskwright[{name}]"` installs it')


def open_tracker(name: str, run: Path, tell: Callable[[str], None]) -> Tracker:
    """Return the tracker of this name; ConfigError where it cannot be used.

    What fails later is told in one line, and the job goes on without the tracker.
    """
    require_trackers((name,))
    if name == "tensorboard":
        from maskwright.workflows.trackers.tensorboard import tensorboard_tracker

        return _contained(tensorboard_tracker(run), name, tell)
    from maskwright.workflows.trackers.mlflow import mlflow_tracker

    return _contained(mlflow_tracker(run), name, tell)


def _contained(tracker: Tracker, name: str, tell: Callable[[str], None]) -> Tracker:
    failed: list[Exception] = []

    def guarded(function: Callable[..., None]) -> Callable[..., None]:
        def call(*values: Any) -> None:  # noqa: ANN401 - as the function that it wraps
            if failed:
                return
            try:
                function(*values)
            except MaskwrightError:
                raise
            except Exception as error:  # a server may fail in any way
                failed.append(error)
                tell(f"{name} failed, and the run goes on without it: {type(error).__name__}: {str(error)[:160]}")

        return call

    return replace(tracker, listen=guarded(tracker.listen), finish=guarded(tracker.finish), stop=guarded(tracker.stop))


def worst_pictures(finished: Finished) -> list[tuple[str, Path]]:
    """Return name and picture of the worst photos that have one."""
    from maskwright.report.run_pictures import panel_path

    scores = zip(finished.evaluation.photo_ious.tolist(), finished.evaluation.photos, strict=True)
    rated = sorted((iou, photo.name) for iou, photo in scores if iou == iou)  # NaN: the photo shows no object
    pictures = [(name, panel_path(finished.run, name)) for _, name in rated]
    return [(name, path) for name, path in pictures if path.exists()][:PICTURES]


def final_scores(evaluation: "Evaluation") -> dict[str, float]:
    """Return the scores of an evaluation by name, those of its classes included; NaN is left out."""
    from maskwright.evaluation import metrics

    by_class = metrics.iou(evaluation.counts)
    names = evaluation.classes.names
    scores = {
        "evaluation/mean_iou_per_photo": evaluation.mean_iou_per_photo.value,
        "evaluation/dataset_iou": evaluation.dataset_iou,
        **{f"evaluation/iou_{names[c]}": float(by_class[c]) for c in evaluation.classes.scored},
    }
    return {name: value for name, value in scores.items() if value == value}


def tag(name: str) -> str:
    """Return the name of a training as trackers take it: "training", "fold_1"."""
    return name.split(" of ")[0].replace(" ", "_")
