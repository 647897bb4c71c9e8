"""CamVid's test photos, opened once everything is frozen: `python -m benchmarks.camvid_test --minutes 45`.

Trains as `maskwright train ../shared/data/camvid --set data.ignore=11 --minutes M` does, judges the 233 test photos at
480x360 over the 11 classes, and writes camvid.json: mean IoU, IoU by class, the minutes and steps that the run took,
machine. A finished run in `--out` is judged, not trained again; an interrupted one goes on. On a machine with several
cores, minutes are CPU minutes only where the process is held to one core.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from benchmarks.hardware import now_and_commit
from benchmarks.sets import SHARED
from benchmarks.trials import ROOT
from maskwright.checks.check import check
from maskwright.datasets.dataset import usable
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import split
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import evaluate
from maskwright.files import write_json
from maskwright.inference.load import load
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Request
from maskwright.runs.folder import read_run_facts
from maskwright.training.loop import train
from maskwright.training.progress import Progress

IGNORE_ID = 11
RESULT = ROOT / "benchmarks" / "camvid.json"


def main() -> None:
    """Train within the minutes, judge, print and write."""
    arguments = argparse.ArgumentParser(prog="benchmarks.camvid_test", description=__doc__)
    arguments.add_argument("--minutes", type=float, default=45.0)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--out", type=Path, default=ROOT / "runs" / "camvid")
    options = arguments.parse_args()
    dataset = open_dataset(SHARED / "camvid", ignore=IGNORE_ID)
    parts = split(usable(dataset, check(dataset)))
    assert parts.test is not None
    if not (options.out / "run.json").exists():
        plan = make_plan(measure(parts.train), this_machine(), Request(options.minutes))
        train(parts, plan, out=options.out, seed=options.seed, resume=True, on_progress=_tell)
    segmenter, facts = load(options.out), read_run_facts(options.out)
    evaluation = evaluate(segmenter, parts.test)
    by_class = dict(zip(dataset.classes.names, map(float, metrics.iou(evaluation.counts)), strict=True))
    print(
        f"mIoU {evaluation.dataset_iou:.4f} on {len(parts.test)} test photos; {facts.minutes:.1f} minutes of training"
    )
    for name, value in by_class.items():
        print(f"{name:12} {value:.3f}")
    write_json(
        RESULT,
        {
            "machine": [facts.machine],
            "measured": now_and_commit(),
            "seed": facts.seed,
            "minutes": round(facts.minutes, 2),
            "steps": facts.steps,
            "train_photos": len(facts.train_photos),
            "test_photos": len(parts.test),
            "miou": round(evaluation.dataset_iou, 5),
            "iou": {name: round(value, 5) for name, value in by_class.items()},
            "mean_iou_per_photo": asdict(evaluation.mean_iou_per_photo),
        },
    )


def _tell(progress: Progress) -> None:
    if progress.step % 100 == 0:
        iou = "" if progress.validation_iou is None else f", inner validation {progress.validation_iou:.3f}"
        print(f"step {progress.step} of {progress.steps}, loss {progress.loss:.3f}{iou}", flush=True)


if __name__ == "__main__":
    main()
