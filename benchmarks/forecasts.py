"""How right are the forecasts of `maskwright learning-curve`? `python -m benchmarks.forecasts` measures it.

Of each set some photos are taken as a user's own. The curve of these is measured as the command does it, with short
trainings on small photos, and continued to twice as many. The truth is what trainings on twice as many photos score on
all others. Every training is kept in the cache, so that the same command goes on.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset, pick, usable
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import Parts, split
from maskwright.files import read_json, write_json
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.settings import read_settings
from maskwright.synthetic.board_photos import draw_coil_photos
from maskwright.synthetic.puzzle_photos import draw_puzzle_photos
from maskwright.workflows.compare.trial import Trial, TrialListener, TrialResult, run_trial, trial_folder
from maskwright.workflows.learning_curve.design import Shape, designed, parts_of, trainings
from maskwright.workflows.learning_curve.forecast import Scores, forecast
from maskwright.workflows.learning_curve.label_agreement import label_agreement
from maskwright.workflows.learning_curve.results import Trained, points_of, scores_of
from maskwright.workflows.prepare import Job, plan_for
from maskwright.workflows.watching.screen import ignore

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULTS = Path(__file__).with_name("forecasts.json")
CACHE = Path(__file__).resolve().parents[1] / "runs" / "forecasts"
SETTINGS = (
    "optim.steps=40",
    "optim.batch=4",
    "scale.long_side_px=160",
    "scale.crop_px=96",
    "predict.flip=false",
    "optim.precision=32-true",
)
SHAPE, SCORED_MOST, TRUTHS = Shape(3, 3, 60), 24, 2


@dataclass(frozen=True)
class Case:
    """A set, how many of its photos are the user's, and the one class that counts, "" for all."""

    name: str
    photos: int
    only: str = ""


CASES = (
    Case("crackforest", 12),
    Case("drive", 12),
    Case("magnetic_tile", 16),
    Case("camvid", 12),
    Case("drawn puzzles", 12),
    Case("car_parts", 12),
    Case("isbi_membrane", 8),
    Case("drawn boards", 12),
    Case("kolektor", 16),
    Case("camvid", 12, only="Car"),
    Case("camvid", 12, only="Tree"),
    Case("crackforest", 24),
)


def opened(case: Case) -> Dataset:
    """Return the annotated photos of a case's set; drawn ones are drawn on the first call."""
    folder = SHARED / case.name
    if case.name.startswith("drawn"):
        folder = CACHE / case.name.replace(" ", "-")
        if not folder.exists() and case.name == "drawn puzzles":
            draw_puzzle_photos(folder, count=40, long_side_px=400)
        elif not folder.exists():
            draw_coil_photos(folder, count=40)
    dataset = open_dataset(folder, only=case.only or None)
    dataset = usable(dataset, file_findings(dataset))
    return replace(dataset, samples=tuple(replace(s, part=None, group=s.name) for s in dataset.samples))


def divided(dataset: Dataset, case: Case) -> tuple[list[str], list[str]]:
    """Return the names of the user's photos, and those of all others, in a drawn order."""
    names = [sample.name for sample in dataset.samples]
    drawn = [names[i] for i in np.random.default_rng(20).permutation(len(names))]
    return drawn[: case.photos], drawn[case.photos :]


def truth_parts(dataset: Dataset, case: Case, draw: int) -> Parts:
    """Return twice the photos to learn from, other ones in each draw, and the same photos to score."""
    own, others = divided(dataset, case)
    scored = others[max(case.photos, len(others) - SCORED_MOST) :]
    rest = others[: len(others) - len(scored)]
    extra = [rest[i] for i in np.random.default_rng((21, draw)).permutation(len(rest))[: case.photos]]
    chosen = pick(dataset, [*own, *extra, *scored])
    held = set(scored)
    samples = tuple(replace(s, part="test" if s.name in held else "train") for s in chosen.samples)
    return split(replace(chosen, samples=samples))


def measured(case: Case) -> dict[str, object]:
    """Return the forecast of a case, and the truth."""
    dataset = opened(case)
    own = pick(dataset, divided(dataset, case)[0])
    out = CACHE / f"{case.name}-{case.only}-{case.photos}".replace(" ", "-")
    plan = plan_for(Job(SHARED, out, read_settings(SETTINGS)), Parts(own, None, (), ()), this_machine())
    scores = _scores(own, out, plan)
    truths = [_trial(out, "truth", draw, truth_parts(dataset, case, draw), plan) for draw in range(TRUTHS)]
    ious = [float(t.evaluation.mean_iou_per_photo.value) for t in truths if t.evaluation is not None]
    return {
        "set": f"{case.name} {case.only}".strip(),
        "photos": case.photos,
        "subsets": scores.photos.tolist(),
        "iou": scores.iou.tolist(),
        "covariance": scores.covariance.tolist(),
        "training_sd": scores.training_sd,
        "folds": scores.folds,
        "top": label_agreement(own).ceiling,
        "truth": ious,
    }


def _scores(own: Dataset, out: Path, plan: Plan) -> Scores:
    names = [sample.name for sample in own.samples]
    design = designed(own, [(name,) for name in names], SHAPE, seed=0)
    trained = []
    for training in trainings(design, ()):
        parts = parts_of(own, design, training)
        result = _trial(out, f"{design.sizes[training.size]} photos", training.fold, parts, plan)
        trained.append(
            Trained("main", training.fold, training.size, len(parts.train), result.evaluation, failed=result.failed)
        )
    points = [p for p in points_of(trained, arm="main", folds=SHAPE.folds) if not math.isnan(p.iou.value)]
    return scores_of(points, {name: i for i, name in enumerate(names)})


def _trial(out: Path, arm: str, fold: int, parts: Parts, plan: Plan) -> TrialResult:
    trial = Trial(arm, fold, fold, parts, plan)
    return run_trial(trial, trial_folder(out, arm, fold, fold), data="", begin=lambda: TrialListener(ignore, ignore))


def judged(row: dict[str, object]) -> dict[str, float]:
    """Return the forecast for twice the photos of a stored row: value, interval, error, and the share it covers."""
    values = {key: np.array(row[key], dtype=float) for key in ("subsets", "iou", "covariance", "truth")}
    sd, folds = float(str(row["training_sd"])), int(str(row["folds"]))
    scores = Scores(values["subsets"], values["iou"], values["covariance"], sd, folds)
    found = forecast(scores, top=float(str(row["top"]))).at(2 * float(str(row["photos"])))
    truth = values["truth"]
    return {
        "forecast": found.value,
        "low": found.low,
        "high": found.high,
        "truth": float(truth.mean()),
        "error": abs(found.value - float(truth.mean())),
        "covered": float(np.mean((truth >= found.low) & (truth <= found.high))),
        "no_change": abs(float(values["iou"][-1]) - float(truth.mean())),
    }


def lines(rows: list[dict[str, object]]) -> Iterator[str]:
    """Yield a line for each set, and the two figures that count."""
    results = [judged(row) for row in rows]
    for row, one in zip(rows, results, strict=True):
        span = f"{one['forecast']:.3f} ({one['low']:.3f}-{one['high']:.3f})"
        count = f"{row['photos']:3} -> {2 * int(str(row['photos'])):3}"
        yield f"{row['set']:22} {count}  {span}  truth {one['truth']:.3f}  error {one['error']:.3f}"
    if results:
        covered = float(np.mean([one["covered"] for one in results]))
        error, naive = (float(np.median([one[key] for one in results])) for key in ("error", "no_change"))
        errors = f"median error {error:.3f}, of the last score {naive:.3f}"
        yield f"{len(results)} sets: 80 % intervals cover {covered:.0%}; {errors}"


def main() -> None:
    """Measure every case that has no row yet, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="measure nothing")
    options = parser.parse_args()
    rows: list[dict[str, object]] = read_json(RESULTS) if RESULTS.exists() else []
    known = {(row["set"], row["photos"]) for row in rows}
    for case in CASES:
        if not options.print and (f"{case.name} {case.only}".strip(), case.photos) not in known:
            rows.append(measured(case))
            write_json(RESULTS, rows)
            print(*lines(rows[-1:]), sep="\n", flush=True)
    print(*lines(rows), sep="\n")


if __name__ == "__main__":
    main()
