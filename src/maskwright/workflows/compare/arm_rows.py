"""From trials to the rows of a comparison: scores of each photo, paired differences, pixel counts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.classes import ClassTable
from maskwright.evaluation.bootstrap import Interval, bootstrap_over_photos
from maskwright.evaluation.evaluate import PhotoScore, joined
from maskwright.evaluation.metrics import Confusion, iou, mean_over
from maskwright.evaluation.object_sizes import SizeBin, by_size
from maskwright.evaluation.verdict import Quality, best_constant, quality_of
from maskwright.workflows.compare.recipe import Arm, CurveSpec, LineSpec, Recipe, compared_with
from maskwright.workflows.compare.significance import paired_difference
from maskwright.workflows.compare.trial import TrialResult


@dataclass(frozen=True)
class ArmRow:
    """One arm's line of the table.

    `iou`: mean over the photos that show an object, each averaged over the seeds, with its interval over photos;
    `by_seed`: that mean for each seed; `difference` to the arm `against`, paired photo by photo (None for the
    first arm). `minutes` and `steps` count those of the arms that it started from. Object pixels over all photos
    and seeds: true, predicted, and predicted on photos without any object. `photo_ious` by photo name, `sizes` the
    scores of single objects by area, over all seeds. `failed` says why there is no score. `train_photos`: how many the
    arm trained from, the mean over folds. `quality`: as in the verdict on one model.
    """

    name: str
    say: str
    settings: tuple[str, ...]
    iou: Interval
    by_seed: tuple[float, ...]
    against: str
    difference: Interval | None
    true_px: int
    predicted_px: int
    false_px: int
    minutes: float
    steps: int
    parameters: int
    weights: str
    photo_ious: Mapping[str, float]
    sizes: tuple[SizeBin, ...] = ()
    failed: str = ""
    train_photos: int = 0
    quality: Quality = "none"


@dataclass(frozen=True)
class PlotPoint:
    """A point of a plot: mean IoU with its interval; `at` is its place on the x axis, as in the recipe."""

    at: float
    iou: Interval


@dataclass(frozen=True)
class Plot:
    """A curve of the recipe with its measured points: (line name, points) for each line."""

    title: str
    x: str
    lines: tuple[tuple[str, tuple[PlotPoint, ...]], ...]


def arm_rows(recipe: Recipe, settings: Mapping[str, tuple[str, ...]], results: Sequence[TrialResult]) -> list[ArmRow]:
    """Return one row for each arm, in the order of the recipe; `settings` by arm name."""
    by_arm = {arm.name: [r for r in results if r.arm == arm.name] for arm in recipe.arm}
    return [_row(recipe, arm, settings[arm.name], by_arm) for arm in recipe.arm]


def _row(recipe: Recipe, arm: Arm, settings: tuple[str, ...], by_arm: Mapping[str, list[TrialResult]]) -> ArmRow:
    trials, base = by_arm[arm.name], compared_with(recipe, arm)
    good = [c for c in trials if c.evaluation is not None]
    ious = photo_ious(good)
    chain = [[c for c in by_arm[name] if c.evaluation is not None] for name in _chain(recipe, arm)]
    true_px, predicted_px, false_px = (sum(column) for column in zip((0, 0, 0), *map(_pixels, good), strict=True))
    return ArmRow(
        name=arm.name,
        say=arm.say,
        settings=settings,
        iou=bootstrap_over_photos(np.array(list(ious.values()))),
        by_seed=tuple(
            _mean(photo_ious([c for c in good if c.seed == s]).values()) for s in sorted({c.seed for c in good})
        ),
        against=base.name if base else "",
        difference=paired_difference(ious, photo_ious(by_arm[base.name])) if base else None,
        true_px=true_px,
        predicted_px=predicted_px,
        false_px=false_px,
        minutes=sum(_mean(c.minutes for c in trials) for trials in chain) if good else math.nan,
        steps=round(sum(_mean(c.steps for c in trials) for trials in chain)) if good else 0,
        parameters=good[0].parameters if good else 0,
        weights=_weights(arm, good),
        photo_ious=ious,
        sizes=by_size(o for trial in good if trial.evaluation for p in trial.evaluation.photos for o in p.objects),
        failed=next((c.failed for c in trials if c.failed), ""),
        train_photos=round(_mean(c.train_photos for c in good)) if good else 0,
        quality=_quality(good),
    )


def _quality(good: Sequence[TrialResult]) -> Quality:
    """Return how good the photos of all seeds and folds are together."""
    evaluations = [trial.evaluation for trial in good if trial.evaluation]
    if not evaluations:
        return "none"
    together = joined(evaluations)
    return quality_of(together, best_constant(together)[1])


def _chain(recipe: Recipe, arm: Arm) -> list[str]:
    """Return the arm's name and those of the arms whose training its weights have behind them."""
    return [arm.name, *(_chain(recipe, recipe.named(arm.starts_from)) if arm.starts_from else [])]


def _weights(arm: Arm, good: Sequence[TrialResult]) -> str:
    """Return where an arm's weights came from: the arm that it starts from, or what its run says."""
    if not good:
        return ""
    return f"those of {arm.starts_from}" if arm.starts_from else good[0].weights


def photo_ious(trials: Sequence[TrialResult]) -> dict[str, float]:
    """Return the mean IoU of each photo that shows an object, averaged over the seeds, by name.

    Photos without an object have no IoU unless something is predicted on them. They are left out of every arm, so that
    arms are compared on the same photos, and are counted in `false_px`.
    """
    by_photo: dict[str, list[float]] = {}
    for trial in trials:
        if trial.evaluation is not None:
            classes = trial.evaluation.classes
            for photo in trial.evaluation.photos:
                if shows_object(photo.counts, classes):
                    by_photo.setdefault(photo.name, []).append(mean_over(iou(photo.counts), classes.scored))
    return {name: math.fsum(values) / len(values) for name, values in sorted(by_photo.items())}


def shows_object(counts: Confusion, classes: ClassTable) -> bool:
    """True if a photo's truth holds a pixel of a scored class."""
    return bool(counts[list(classes.scored)].sum() > 0)


def _pixels(trial: TrialResult) -> tuple[int, int, int]:
    """Return the object pixels that are true, predicted, and predicted on photos that show none."""
    assert trial.evaluation is not None
    classes = trial.evaluation.classes
    scored = list(classes.scored)

    def predicted(photos: Sequence[PhotoScore]) -> int:
        return sum(int(p.counts[:, scored].sum()) for p in photos)

    photos = trial.evaluation.photos
    empty = [p for p in photos if not shows_object(p.counts, classes)]
    return sum(int(p.counts[scored].sum()) for p in photos), predicted(photos), predicted(empty)


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return math.fsum(known) / len(known) if known else math.nan


def plots(curves: Sequence[CurveSpec], rows: Sequence[ArmRow]) -> tuple[Plot, ...]:
    """Return the recipe's curves with their measured points."""
    by_name = {row.name: row for row in rows}
    return tuple(Plot(c.title, c.x, tuple((line.name, _points(line, by_name)) for line in c.line)) for c in curves)


def _points(line: LineSpec, rows: Mapping[str, ArmRow]) -> tuple[PlotPoint, ...]:
    if line.at:
        return tuple(PlotPoint(at, rows[arm].iou) for arm, at in zip(line.arms, line.at, strict=True))
    trained = [rows[arm] for arm in line.arms if rows[arm].train_photos]
    return tuple(PlotPoint(row.train_photos, row.iou) for row in trained)


def photos_to_show(rows: Sequence[ArmRow], *, worst: int = 3, median: int = 3) -> list[tuple[str, str]]:
    """Return (photo, why): those with the lowest mean over all arms, and those around its median."""
    names = {name for row in rows for name in row.photo_ious}
    means = {name: _mean(row.photo_ious[name] for row in rows if name in row.photo_ious) for name in names}
    order = sorted(means, key=lambda name: (means[name], name))
    start = max(worst, (len(order) - median) // 2)
    low, middle = order[:worst], order[start : start + median]
    return [*((name, "among the worst") for name in low), *((name, "around the median") for name in middle)]
