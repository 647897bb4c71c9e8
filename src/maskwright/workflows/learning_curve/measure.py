"""The job of `maskwright learning-curve`: nested subsets -> trainings -> curve -> forecast, page and JSON."""

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwright.datasets.label_bits import label_bits
from maskwright.errors import RunError
from maskwright.imaging.mask_geometry import reduced_size_hw
from maskwright.inference.load import load
from maskwright.planning.settings import without_length
from maskwright.runs.naming import another_folder
from maskwright.runs.run_lock import JOB_LOCK, claimed
from maskwright.workflows.compare.significance import paired_difference
from maskwright.workflows.label_errors import Suspect, suspects
from maskwright.workflows.learning_curve.curve import ArmGain, LearningCurve, Setting
from maskwright.workflows.learning_curve.design import Training
from maskwright.workflows.learning_curve.forecast import forecast
from maskwright.workflows.learning_curve.label_agreement import label_agreement
from maskwright.workflows.learning_curve.points import Point, Trained, joined_evaluation, points_of, scores_of
from maskwright.workflows.learning_curve.preparation import CurveJob, Prepared, store_design
from maskwright.workflows.learning_curve.quality import measured_quality
from maskwright.workflows.learning_curve.report.page import write_curve
from maskwright.workflows.learning_curve.trainings import folder_of, train_all
from maskwright.workflows.progress.screen import Screen

BITS_PHOTOS = 40
LONGER_MINUTES = 30


def measure_curve(prepared: Prepared, screen: Screen) -> LearningCurve:
    """Train on nested subsets and forecast; everything is kept in the folder, so that the same call goes on.

    Raises RunError where the folder is in use or too many trainings failed.
    """
    design = prepared.design
    sizes = ", ".join(map(str, design.sizes))
    screen.tell(
        f"{len(prepared.dataset)} photos; subsets of {sizes} photos in {len(design.folds)} folds, "
        f"{design.minutes:.1f} minutes for each training"
    )
    with claimed(prepared.job.out, lock=JOB_LOCK):
        store_design(prepared)
        curve = curve_of(prepared, train_all(prepared, screen))
        write_curve(curve)
    return curve


def curve_of(prepared: Prepared, trained: Sequence[Trained]) -> LearningCurve:
    """Return the curve of finished trainings; RunError where fewer than two subsets have a score."""
    folds = len(prepared.design.folds)
    points = [p for p in points_of(trained, arm="main", folds=folds) if not math.isnan(p.iou.value)]
    failed = tuple(dict.fromkeys(t.failed for t in trained if t.failed))
    if len(points) < 2:
        why = failed[0] if failed else "no held-out photo shows an object"
        raise RunError(f"{prepared.job.out}: fewer than two subsets of the photos have a score: {why}")
    scores = scores_of(points, {name: i for i, group in enumerate(prepared.groups) for name in group})
    agreement = label_agreement(prepared.dataset)
    doubtful = _suspects(prepared, trained)
    names = {suspect.name for suspect in doubtful}
    return LearningCurve(
        folder=prepared.job.out,
        setting=_setting(prepared),
        photos=len(prepared.dataset),
        groups=len(prepared.groups),
        points=tuple(points),
        quality=measured_quality(trained),
        forecast=forecast(scores, top=agreement.ceiling),
        agreement=agreement,
        bits=label_bits(prepared.dataset, most_photos=BITS_PHOTOS),
        arms=tuple(_arm_gain(arm, points, points_of(trained, arm=arm, folds=folds)) for arm in prepared.arms),
        suspects=tuple(doubtful),
        without_suspects=_mean({n: iou for n, iou in points[-1].photo_ious.items() if n not in names}),
        target=prepared.job.target,
        failed=failed,
    )


def _setting(prepared: Prepared) -> Setting:
    plan, sizes = prepared.plan, [s.size_hw for s in prepared.dataset.samples if s.size_hw]
    reduced = [reduced_size_hw(size, plan.scale.long_side_px) for size in sizes]
    height, width = (round(sum(size[axis] for size in reduced) / len(reduced)) for axis in (0, 1))
    return Setting(
        data=prepared.job.data,
        command=_command(prepared),
        minutes=prepared.design.minutes,
        folds=len(prepared.design.folds),
        long_side_px=plan.scale.long_side_px,
        crop_px=plan.scale.crop_px,
        photo_hw=(height, width),
        weights=plan.net.weights,
        net=plan.net.name,
        longer=_longer_command(prepared),
    )


def _command(prepared: Prepared) -> str:
    job = prepared.job
    return _command_of(job, job.sets, minutes=job.minutes, out=job.out)


def _longer_command(prepared: Prepared) -> str:
    """Return the command that measures with longer trainings, without a forced number of steps, in another folder."""
    job = prepared.job
    return _command_of(
        job, without_length(job.sets), minutes=max(LONGER_MINUTES, 4 * job.minutes), out=another_folder(job.out)
    ) + (f" --arms {','.join(job.arms)}" if job.arms else "")


def _command_of(job: CurveJob, sets: Sequence[str], *, minutes: float, out: Path) -> str:
    words = ["maskwright", "learning-curve", str(job.data), "--minutes", f"{minutes:g}", "--out", str(out)]
    words += [word for text in sets for word in ("--set", text)] + (["--only", job.only] if job.only else [])
    return shlex.join(words)


def _arm_gain(arm: str, main: Sequence[Point], points: Sequence[Point]) -> ArmGain:
    by_photos = {point.photos: point for point in main}
    gains = [
        (p.photos, paired_difference(p.photo_ious, by_photos[p.photos].photo_ious))
        for p in points
        if p.photos in by_photos
    ]
    return ArmGain(arm, tuple(points), tuple(gains))


def _suspects(prepared: Prepared, trained: Sequence[Trained]) -> list[Suspect]:
    """Return the photos whose masks the models of the largest subset contradict with confidence."""
    largest = len(prepared.design.sizes) - 1
    evaluation = joined_evaluation(trained, arm="main", size=largest)
    if evaluation is None:
        return []
    return suspects(
        prepared.dataset, evaluation, lambda fold: load(folder_of(prepared, Training("main", fold or 0, largest)))
    )


def _mean(ious: Mapping[str, float]) -> float:
    known = [iou for iou in ious.values() if not math.isnan(iou)]
    return math.fsum(known) / len(known) if known else math.nan
