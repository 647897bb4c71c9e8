"""From finished trainings to the points of a learning curve, and to the scores that a forecast takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.evaluation.bootstrap import Interval, bootstrap_over_photos
from maskwright.evaluation.evaluate import Evaluation, joined
from maskwright.workflows.learning_curve.forecast import LEVEL, Scores, covariance_over_photos, training_sd


@dataclass(frozen=True)
class Trained:
    """One finished training: `photos` that it learned from; `evaluation` None where it `failed`, with the reason."""

    arm: str
    fold: int
    size: int
    photos: int
    evaluation: Evaluation | None
    minutes: float = 0.0
    steps: int = 0
    failed: str = ""


@dataclass(frozen=True)
class Point:
    """The trainings of one arm on subsets of one size, all folds together.

    `photos`: how many each learned from, the mean over folds. `iou`: the mean over held-out photos, with its 80 %
    interval over photos; `photo_ious` by name; `fold_ious` the mean of each fold, NaN where its training failed.
    """

    arm: str
    photos: float
    iou: Interval
    photo_ious: Mapping[str, float]
    fold_ious: tuple[float, ...]
    minutes: float
    steps: float


def points_of(trained: Sequence[Trained], *, arm: str, folds: int) -> list[Point]:
    """Return the points of an arm, subsets ascending; a subset all of whose trainings failed has none."""
    points = []
    for size in sorted({t.size for t in trained if t.arm == arm}):
        done = {t.fold: t for t in trained if t.arm == arm and t.size == size and t.evaluation is not None}
        if done:
            points.append(_point(arm, done, folds))
    return points


def _point(arm: str, done: Mapping[int, Trained], folds: int) -> Point:
    ious = {fold: t.evaluation.iou_by_photo for fold, t in done.items() if t.evaluation is not None}
    together = {name: value for values in ious.values() for name, value in values.items()}
    return Point(
        arm=arm,
        photos=float(np.mean([t.photos for t in done.values()])),
        iou=bootstrap_over_photos(np.array(list(together.values())), level=LEVEL),
        photo_ious=together,
        fold_ious=tuple(_mean(list(ious[fold].values())) if fold in ious else float("nan") for fold in range(folds)),
        minutes=float(np.mean([t.minutes for t in done.values()])),
        steps=float(np.mean([t.steps for t in done.values()])),
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def scores_of(points: Sequence[Point], group_of: Mapping[str, int]) -> Scores:
    """Return what a forecast needs of two or more points; photos of one group are redrawn together."""
    names = sorted({name for point in points for name in point.photo_ious})
    table = np.array([[point.photo_ious.get(name, np.nan) for point in points] for name in names])
    known = ~np.isnan(table).all(axis=1)
    groups = np.array([group_of[name] for name in names])[known]
    units = np.unique(groups, return_inverse=True)[1]
    fold_means = np.array([point.fold_ious for point in points]).T
    return Scores(
        photos=np.array([point.photos for point in points]),
        iou=np.array([point.iou.value for point in points]),
        covariance=covariance_over_photos(table[known], units),
        training_sd=training_sd(fold_means),
        folds=len(fold_means),
    )


def joined_evaluation(trained: Sequence[Trained], *, arm: str, size: int) -> Evaluation | None:
    """Return the evaluations of all folds of one subset as one, None where a fold failed."""
    done = sorted((t for t in trained if t.arm == arm and t.size == size), key=lambda t: t.fold)
    evaluations = [t.evaluation for t in done if t.evaluation is not None]
    return joined(evaluations) if done and len(evaluations) == len(done) else None
