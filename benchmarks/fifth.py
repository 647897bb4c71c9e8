"""The article's 40 epochs, and maskwright in a fifth of their time: `python -m benchmarks.fifth --sets crackforest`.

For sets where the 40 epochs take more than ten minutes. Cells that are measured are not measured again. Writes
fifth.json, a row a set and method: what was reached, in what time, and the paired difference. One fold and one seed.
"""

import argparse
import json
from dataclasses import asdict

from benchmarks.__main__ import RESULTS, SLOW
from benchmarks.cells import ROOT, Cell, outcome_of
from benchmarks.sets import SETS
from benchmarks.tables import OURS, compared
from maskwright.files import write_json

RESULT = ROOT / "benchmarks" / "fifth.json"


def main() -> None:
    """Measure, print and write."""
    arguments = argparse.ArgumentParser(prog="benchmarks.fifth", description=__doc__)
    arguments.add_argument("--sets", nargs="+", choices=list(SETS), default=["crackforest"])
    options = arguments.parse_args()
    rows = []
    for name in options.sets:
        fold = SETS[name].quick[0]
        theirs = outcome_of(Cell(name, fold, SLOW, 0, SETS[name].minutes), RESULTS)
        minutes = round(theirs.train_s / 60 / 5, 2)
        ours = outcome_of(Cell(name, fold, OURS, 0, minutes), RESULTS)
        measured = compared([ours, theirs])
        rows += [asdict(row) for row in measured]
        print(f"{name}: " + ", ".join(f"{row.mean_iou:.3f} after {row.train_s:.0f} s" for row in measured))
    kept = json.loads(RESULT.read_text(encoding="utf-8"))["compared"] if RESULT.exists() else []
    rows += [row for row in kept if row["set_name"] not in options.sets]
    write_json(RESULT, {"compared": rows})


if __name__ == "__main__":
    main()
