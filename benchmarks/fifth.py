"""The article's 40 epochs, and maskwright in a fifth of their time: `python -m benchmarks.fifth --sets crackforest`.

For sets where the 40 epochs take more than ten minutes. Cells that are measured are not measured again. Writes
fifth.json, a row a set, fold and method: what was reached, in what time, and the paired difference. One seed.
"""

import argparse
import json
from dataclasses import asdict
from typing import Any

from benchmarks.__main__ import RESULTS, SLOW
from benchmarks.sets import SETS, parts_of
from benchmarks.tables import OURS, compared
from benchmarks.trials import ROOT, Trial, outcome_of
from maskwright.files import write_json

RESULT = ROOT / "benchmarks" / "fifth.json"


def main() -> None:
    """Measure, print and write."""
    arguments = argparse.ArgumentParser(prog="benchmarks.fifth", description=__doc__)
    arguments.add_argument("--sets", nargs="+", choices=list(SETS), default=["crackforest"])
    arguments.add_argument("--folds", nargs="+", type=int, help="of each set, the quick tier's first unless told")
    options = arguments.parse_args()
    folds = {name: options.folds or SETS[name].quick[:1] for name in options.sets}
    for name, wanted in folds.items():
        if max(wanted) >= len(parts_of(name)):
            arguments.error(f"{name} has {len(parts_of(name))} folds, counted from 0: name others with --folds")
    for name, wanted in folds.items():
        for fold in wanted:
            theirs = outcome_of(Trial(name, fold, SLOW, 0, SETS[name].minutes), RESULTS)
            minutes = round(theirs.train_s / 60 / 5, 2)
            ours = outcome_of(Trial(name, fold, OURS, 0, minutes), RESULTS)
            measured = compared([ours, theirs])
            _keep([{"fold": fold, **asdict(row)} for row in measured])
            reached = ", ".join(f"{row.mean_iou:.3f} after {row.train_s:.0f} s" for row in measured)
            print(f"{name}, fold {fold}: {reached}", flush=True)


def _keep(rows: list[dict[str, Any]]) -> None:
    """Put the rows of a set and fold into the file, in place of what it held for them."""
    kept = json.loads(RESULT.read_text(encoding="utf-8"))["compared"] if RESULT.exists() else []
    now = (rows[0]["set_name"], rows[0]["fold"])
    rows = [*rows, *(row for row in kept if (row["set_name"], row["fold"]) != now)]
    write_json(RESULT, {"compared": sorted(rows, key=lambda row: (row["set_name"], row["fold"]))})


if __name__ == "__main__":
    main()
