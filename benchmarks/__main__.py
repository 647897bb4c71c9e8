"""The benchmark: `python -m benchmarks [--tier default|full] ...`; cells that are measured are not measured again."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.cells import ROOT, Cell, known_outcomes, outcome_of
from benchmarks.one_cell import METHODS
from benchmarks.sets import SETS, SHARED, parts_of
from benchmarks.tables import as_markdown, beside_lines, compared, machine_lines
from maskwright.files import write_json, write_text

RESULTS = ROOT / "benchmarks" / "results"
QUICK_MINUTES = 1.25
QUICK_SETS = ("futoshiki", "futoshiki-scenes", "car_parts", "crackforest", "isbi_membrane", "kolektor", "camvid")
SLOW = "smp-recipe-40-epochs"
"""Takes as long as it takes: in the full tier only."""


def cells_of(tier: str, sets: Sequence[str], methods: Sequence[str]) -> list[Cell]:
    """Return the cells of a tier: `default` one fold a set, `full` all folds and two seeds."""
    if tier == "default":
        return [
            Cell(name, fold, method, 0, QUICK_MINUTES)
            for name in sets or QUICK_SETS
            for fold in SETS[name].quick
            for method in methods or [m for m in METHODS if m != SLOW]
        ]
    return [
        Cell(name, fold, method, seed, SETS[name].minutes)
        for seed in (0, 1)
        for name in sets or list(SETS)
        for fold in range(len(parts_of(name)))
        for method in methods or METHODS
    ]


def main() -> None:
    """Measure what is missing, one cell after the other, and write the tables after each."""
    arguments = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    arguments.add_argument("--tier", choices=("default", "full"), default="default")
    arguments.add_argument("--sets", nargs="*", choices=list(SETS), default=[])
    arguments.add_argument("--methods", nargs="*", choices=list(METHODS), default=[])
    arguments.add_argument("--out", type=Path, default=RESULTS, help="where measured cells are kept")
    options = arguments.parse_args()
    if not SHARED.exists():
        raise SystemExit(f"{SHARED} is absent: put the photos there, its README says where they come from")
    cells = cells_of(options.tier, options.sets, options.methods)
    for cell in cells:
        outcome_of(cell, options.out)
        _write(cells, options.out)


def _write(cells: list[Cell], out: Path) -> None:
    outcomes = list(known_outcomes(cells, out))
    write_text(ROOT / "BENCHMARKS.md", as_markdown(outcomes) + beside_lines(ROOT / "benchmarks"))
    rows = [asdict(row) for row in compared(outcomes)]
    text = json.dumps({"machine": machine_lines(), "compared": rows, "cells": [asdict(one) for one in outcomes]})
    write_json(ROOT / "benchmarks" / "results.json", json.loads(text.replace("NaN", "null")))


if __name__ == "__main__":
    main()
