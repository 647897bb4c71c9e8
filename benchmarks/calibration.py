"""Can the confidences be believed? `python -m benchmarks.calibration` trains on each set and judges its own doubts.

The photos are the leaderboard's: all training photos of a set, its judged photos chose nothing. For each set: the error
of calibration (ECE) with its interval, and how well "unsure" finds the photos with an IoU below 0.5. Kept in
calibration.json, one row a set and seed; goes on where it stopped. `--write` puts the table into BENCHMARKS.md.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hardware import machine_lines, now_and_commit
from benchmarks.leaderboard.photo_lists import numbers_of, parts_with
from benchmarks.predict.page import write_section
from benchmarks.sets import SETS
from maskwright.datasets.fingerprint import measure
from maskwright.evaluation.evaluate import Evaluation, evaluate
from maskwright.evaluation.expected_iou import POOR_IOU
from maskwright.files import read_json, write_json
from maskwright.inference.load import load
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Request
from maskwright.training.loop import train
from maskwright.wording import capitalised

RESULTS = Path(__file__).with_suffix(".json")
Row = dict[str, Any]


def main() -> None:
    """Measure every set that has no row yet, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--minutes", type=float, default=1.25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put the table into BENCHMARKS.md")
    options = parser.parse_args()
    stored: Any = read_json(RESULTS) if RESULTS.exists() else []
    rows: list[Row] = list(stored)
    known = {(row["set"], row["minutes"], row["seed"]) for row in rows}
    for name in options.sets:
        if (name, options.minutes, options.seed) not in known:
            rows.append(measured(name, options.minutes, options.seed))
            write_json(RESULTS, rows)
            print(line(rows[-1]), flush=True)
    print(*summary(rows), sep="\n")
    if options.write:
        write_section("\n".join(table(rows)), name="bench-calibration")


def measured(name: str, minutes: float, seed: int) -> Row:
    """Train on a set and return how far its judged photos bear out what the network expects."""
    parts = parts_with(name, numbers_of(name)[-1])
    assert parts.test is not None
    plan = make_plan(measure(parts.train), this_machine(), Request(minutes))
    with tempfile.TemporaryDirectory() as scratch:
        run = train(parts, plan, out=Path(scratch) / "run", seed=seed)
        evaluation = evaluate(load(run.folder), parts.test)
    return {
        "set": name,
        "minutes": minutes,
        "seed": seed,
        "steps": run.facts.steps,
        "machine": machine_lines()[0],
        "measured": now_and_commit(),
        **_scores(evaluation),
    }


def _scores(evaluation: Evaluation) -> Row:
    assert evaluation.calibration is not None
    return {
        "iou": round(evaluation.mean_iou_per_photo.value, 4),
        "ece": round(evaluation.calibration.error, 4),
        "ece_interval": [round(value, 4) for value in evaluation.calibration_interval or ()],
        "threshold": evaluation.least_expected_iou,
        "expected": [_rounded(photo.expected_iou) for photo in evaluation.photos],
        "true": [_rounded(value) for value in evaluation.photo_ious.tolist()],
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def counts(row: Row) -> tuple[int, int, int]:
    """Return how many scored photos are unsure, poor (IoU below 0.5), and both.

    A photo whose objects were all missed has no expected IoU: it is poor and was not marked.
    """
    pairs = [(e, t) for e, t in zip(row["expected"], row["true"], strict=True) if t is not None]
    unsure, poor = [e is not None and e < row["threshold"] for e, _ in pairs], [t < POOR_IOU for _, t in pairs]
    return sum(unsure), sum(poor), sum(u and p for u, p in zip(unsure, poor, strict=True))


def line(row: Row) -> str:
    """Return a row in words."""
    unsure, poor, found = counts(row)
    low, high = row["ece_interval"] or (float("nan"),) * 2
    return (
        f"{row['set']:17} seed {row['seed']}, {row['minutes']:g} min, {row['steps']:4} steps: IoU {row['iou']:.3f}, "
        f"ECE {row['ece']:.3f} ({low:.3f} to {high:.3f}), poor {poor}, unsure {unsure}, both {found}"
    )


def summary(rows: list[Row]) -> Iterator[str]:
    """Yield a line a row, the median error of calibration, and what "unsure" finds over all sets."""
    yield from map(line, rows)
    yield together_in_words(rows)


def together_in_words(rows: list[Row]) -> str:
    """Return the median error of calibration, and what "unsure" finds over all rows."""
    unsure, poor, found = (sum(column) for column in zip(*map(counts, rows), strict=True))
    return (
        f"median ECE {np.median([row['ece'] for row in rows]):.3f}; of {poor} photos below {POOR_IOU} {found} are "
        f"unsure ({found / max(poor, 1):.0%}), of {unsure} unsure ones {found / max(unsure, 1):.0%} are poor"
    )


def table(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of the Markdown table, and below it what all rows give together."""
    yield f"{rows[-1]['machine']}; {rows[0]['measured']} to {rows[-1]['measured']}."
    yield ""
    yield "| set | seed | minutes | steps | IoU per photo | ECE (95 %) | photos | below 0.5 | marked unsure | both |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        unsure, poor, found = counts(row)
        low, high = row["ece_interval"] or (float("nan"),) * 2
        yield (
            f"| {row['set']} | {row['seed']} | {row['minutes']:g} | {row['steps']} | {row['iou']:.3f} | "
            f"{row['ece']:.3f} ({low:.3f} to {high:.3f}) | {len(row['true'])} | {poor} | {unsure} | {found} |"
        )
    yield ""
    yield f"{capitalised(together_in_words(rows))}."


if __name__ == "__main__":
    main()
