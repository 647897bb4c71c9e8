"""How right are the forecasts of `maskwright learning-curve`? `python -m benchmarks.forecasts` measures it.

Of each set some photos are taken as a user's own. The curve of these is measured as the command does it, and continued
to twice as many. The truth is what trainings on twice as many photos score on all others.

The learner is a linear head on frozen ImageNet features at 192 px, which trains in milliseconds, so that hundreds of
curves can be measured; `--learner network` takes short trainings of the network instead, hours on two cores.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.linear_head import LinearHead
from benchmarks.sets import dataset_of
from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset, isolate, pick, usable
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import RunError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.files import read_json, write_json
from maskwright.planning.machine import this_machine
from maskwright.planning.settings import read_settings
from maskwright.synthetic.board_photos import draw_coil_photos
from maskwright.synthetic.puzzle_photos import draw_puzzle_photos
from maskwright.workflows.compare.trial import Trial, TrialListener, run_trial, trial_folder
from maskwright.workflows.learning_curve.design import Design, Shape, Training, designed, trainings
from maskwright.workflows.learning_curve.forecast import Scores, forecast
from maskwright.workflows.learning_curve.label_agreement import label_agreement
from maskwright.workflows.learning_curve.points import Trained, points_of, scores_of
from maskwright.workflows.progress.screen import ignore
from maskwright.workflows.training.prepare import Job, plan_for

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULTS = Path(__file__).with_name("forecasts.json")
CACHE = Path(__file__).resolve().parents[1] / "runs" / "forecasts"
SETTINGS = ("optim.steps=40", "optim.batch=4", "scale.long_side_px=160", "scale.crop_px=96", "predict.flip=false")
SHAPE, SCORED_LEAST, SCORED_MOST, TRUTHS = Shape(4, 4, 120), 12, 40, 3
SETS = (
    "crackforest",
    "drive",
    "magnetic_tile",
    "camvid",
    "camvid class 8",
    "camvid class 5",
    "camvid class 9",
    "car_parts",
    "isbi_membrane",
    "kolektor",
    "drawn puzzles",
    "drawn coils",
)
PHOTOS, DRAWS = (6, 8, 12, 16, 24), 3
Row = dict[str, Any]
Learner = Callable[[str, int, Parts], Evaluation | None]


@dataclass(frozen=True)
class Case:
    """A set, how many of its photos are the user's, and which draw of them."""

    name: str
    photos: int
    draw: int


def opened(name: str) -> Dataset:
    """Return the annotated photos of a set; of camvid one class alone where its name follows; drawn ones are drawn."""
    folder, _, only = name.partition(" ")
    dataset = _drawn(name) if folder == "drawn" else dataset_of(folder)
    dataset = isolate(dataset, only) if only and folder != "drawn" else dataset
    dataset = usable(dataset, file_findings(dataset))
    samples = dataset.samples[:: max(1, len(dataset.samples) // 120)]
    return replace(dataset, samples=tuple(replace(s, part=None, group=s.name) for s in samples))


def _drawn(name: str) -> Dataset:
    folder = CACHE / name.replace(" ", "-")
    if not folder.exists():
        draw = draw_puzzle_photos if name == "drawn puzzles" else draw_coil_photos
        draw(folder, count=64, long_side_px=400)
    return open_dataset(folder)


def divided(dataset: Dataset, case: Case) -> tuple[list[str], list[str]]:
    """Return the names of the user's photos, and those of all others, in a drawn order."""
    names = [sample.name for sample in dataset.samples]
    drawn = [names[i] for i in np.random.default_rng((20, case.draw)).permutation(len(names))]
    return drawn[: case.photos], drawn[case.photos :]


def truth_parts(dataset: Dataset, case: Case, truth: int) -> Parts:
    """Return twice the photos to learn from, other ones for each truth, and the same photos to score."""
    own, others = divided(dataset, case)
    scored = others[max(case.photos, len(others) - SCORED_MOST) :]
    rest = others[: len(others) - len(scored)]
    extra = [rest[i] for i in np.random.default_rng((21, truth)).permutation(len(rest))[: case.photos]]
    return Parts(pick(dataset, [*own, *extra]), pick(dataset, scored), (), ())


def subset_parts(own: Dataset, design: Design, training: Training) -> Parts:
    """Return the parts of a training as `parts_of` does, without inner photos, which take the time of reading masks."""
    fold = design.folds[training.fold]
    names = [name for group in fold.order for name in group][: design.sizes[training.size]]
    return Parts(pick(own, names), pick(own, fold.held_out), (), ())


def measured(dataset: Dataset, case: Case, learn: Learner) -> Row:
    """Return what a forecast takes, and the truth."""
    own = pick(dataset, divided(dataset, case)[0])
    scores = _scores(own, learn)
    truths = [learn("truth", truth, truth_parts(dataset, case, truth)) for truth in range(TRUTHS)]
    return {
        "set": case.name,
        "photos": case.photos,
        "draw": case.draw,
        "subsets": scores.photos.tolist(),
        "iou": scores.iou.round(5).tolist(),
        "covariance": scores.covariance.round(8).tolist(),
        "training_sd": round(scores.training_sd, 5),
        "folds": scores.folds,
        "top": round(label_agreement(own).ceiling, 4),
        "truth": [round(float(truth.mean_iou_per_photo.value), 5) for truth in truths if truth is not None],
    }


def _scores(own: Dataset, learn: Learner) -> Scores:
    names = [sample.name for sample in own.samples]
    design = designed(own, [(name,) for name in names], SHAPE, seed=0)
    trained = []
    for training in trainings(design, ()):
        parts = subset_parts(own, design, training)
        evaluation = learn(f"{design.sizes[training.size]} photos", training.fold, parts)
        trained.append(Trained("main", training.fold, training.size, len(parts.train), evaluation))
    points = [p for p in points_of(trained, arm="main", folds=SHAPE.folds) if not math.isnan(p.iou.value)]
    if len(points) < 2:
        raise RunError("fewer than two subsets have a score")
    return scores_of(points, {name: i for i, name in enumerate(names)})


def network(dataset: Dataset, case: Case) -> Learner:
    """Return the learner that trains the network for 40 steps at 160 px; every training is kept."""
    out = CACHE / f"{case.name}-{case.photos}-{case.draw}".replace(" ", "-")
    own = pick(dataset, divided(dataset, case)[0])
    plan = plan_for(Job(SHARED, out, read_settings(SETTINGS)), Parts(own, None, (), ()), this_machine())

    def learn(name: str, seed: int, parts: Parts) -> Evaluation | None:
        folder = trial_folder(out, name, seed, seed)
        trial = Trial(name, seed, seed, parts, plan)
        return run_trial(trial, folder, data="", begin=lambda: TrialListener(ignore, ignore)).evaluation

    return learn


def judged(row: Row) -> dict[str, float]:
    """Return the forecast for twice the photos of a stored row: value, interval, error, and the share it covers.

    `chance` is the median error of one who knows the curve, but not that these photos happened to be hard or easy.
    """
    values = {key: np.array(row[key], dtype=float) for key in ("subsets", "iou", "covariance", "truth")}
    scores = Scores(values["subsets"], values["iou"], values["covariance"], row["training_sd"], row["folds"])
    found = forecast(scores, top=row["top"]).at(2 * row["photos"])
    truth = values["truth"]
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "truth": float(truth.mean()),
        "error": abs(found.value - float(truth.mean())),
        "covered": float(np.mean((truth >= found.low) & (truth <= found.high))),
        "chance": 0.6745 * math.sqrt(float(values["covariance"][-1, -1]) + row["training_sd"] ** 2 / TRUTHS),
        "no_change": abs(float(values["iou"][-1]) - float(truth.mean())),
    }


def lines(rows: list[Row]) -> Iterator[str]:
    """Yield a line for each set and number of photos, and one for all."""
    results = [(row, judged(row)) for row in rows]
    for key in [*dict.fromkeys((row["set"], None) for row in rows), *((None, n) for n in PHOTOS), (None, None)]:
        chosen = [one for row, one in results if key[0] in (None, row["set"]) and key[1] in (None, row["photos"])]
        if chosen:
            yield _summary(key[0] or (f"{key[1]} photos" if key[1] else "all"), chosen)


def _summary(name: str, chosen: list[dict[str, float]]) -> str:
    covered = float(np.mean([one["covered"] for one in chosen]))
    bias = float(np.mean([one["value"] - one["truth"] for one in chosen]))
    error, naive, chance = (float(np.median([one[key] for one in chosen])) for key in ("error", "no_change", "chance"))
    width = float(np.median([one["high"] - one["low"] for one in chosen]))
    what = f"covered {covered:4.0%}, error {error:.3f} (last score {naive:.3f}, chance {chance:.3f})"
    return f"{name:18} {len(chosen):3} forecasts: {what}, bias {bias:+.3f}, width {width:.3f}"


def main() -> None:
    """Measure every case that has no row yet, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="measure nothing")
    parser.add_argument("--sets", nargs="*", default=SETS, metavar="SET", help="measure these only")
    parser.add_argument("--learner", choices=("linear", "network"), default="linear")
    options = parser.parse_args()
    path = RESULTS if options.learner == "linear" else RESULTS.with_stem("forecasts_network")
    stored: Any = read_json(path) if path.exists() else []
    rows: list[Row] = list(stored)
    known = {(row["set"], row["photos"], row["draw"]) for row in rows}
    for name in () if options.print else options.sets:
        cases = [Case(name, photos, draw) for photos in PHOTOS for draw in range(DRAWS)]
        cases = [case for case in cases if (name, case.photos, case.draw) not in known]
        if not cases:
            continue
        dataset = opened(name)
        head = LinearHead(dataset)
        for case in cases:
            if len(dataset) < 2 * case.photos + SCORED_LEAST:
                continue
            learn = network(dataset, case) if options.learner == "network" else head.learn
            try:
                rows.append(measured(dataset, case, learn))
            except RunError as error:
                print(f"{case}: {error}", flush=True)
        write_json(path, rows)
        print(*lines([row for row in rows if row["set"] == name]), sep="\n", flush=True)
    print(*lines(rows), sep="\n")


if __name__ == "__main__":
    main()
