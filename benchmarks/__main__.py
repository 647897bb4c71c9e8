"""The benchmark: `python -m benchmarks [--tier default|full] ...`; trials that are measured are not measured again.

A whole tier is written down, the default one in BENCHMARKS.md and results.json, the full one in BENCHMARKS-FULL.md and
results-full.json; of some sets or methods the tables are printed.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.hardware import machine_lines
from benchmarks.sets import SETS, SHARED, parts_of
from benchmarks.tables import as_markdown, beside_lines, compared
from benchmarks.trials import METHODS, ROOT, Outcome, Trial, outcome_of
from maskwright.files import write_json, write_text

RESULTS = ROOT / "benchmarks" / "results"
QUICK_MINUTES = 1.25
QUICK_SETS = ("futoshiki", "futoshiki-scenes", "car_parts", "crackforest", "isbi_membrane", "kolektor", "camvid")
SLOW = "smp-recipe-40-epochs"
"""Takes as long as it takes: in the full tier only."""


def trials_of(
    tier: str,
    *,
    sets: Sequence[str] = (),
    methods: Sequence[str] = (),
    folds: Sequence[int] = (),
    minutes: float | None = None,
) -> list[Trial]:
    """Return the trials of a tier: `default` one fold of most sets, `full` all folds and two seeds.

    `sets` and `methods`: those alone; `folds` and `minutes`: these instead of the default tier's.
    """
    if tier == "default":
        return [
            Trial(name, fold, method, 0, minutes or QUICK_MINUTES)
            for name in sets or QUICK_SETS
            for fold in folds or SETS[name].quick
            for method in methods or [m for m in METHODS if m != SLOW]
        ]
    return [
        Trial(name, fold, method, seed, SETS[name].minutes)
        for seed in (0, 1)
        for name in sets or list(SETS)
        for fold in range(len(parts_of(name)))
        for method in methods or METHODS
    ]


def main() -> None:
    """Measure what is missing, one trial after the other, and write or print the tables."""
    arguments = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    arguments.add_argument("--tier", choices=("default", "full"), default="default")
    arguments.add_argument("--sets", nargs="*", choices=list(SETS), default=[])
    arguments.add_argument("--methods", nargs="*", choices=list(METHODS), default=[])
    arguments.add_argument("--folds", nargs="*", type=int, default=[], help="of each set, in the default tier")
    arguments.add_argument("--minutes", type=float, help="a training, in the default tier")
    arguments.add_argument("--out", type=Path, default=RESULTS, help="where measured trials are kept")
    options = arguments.parse_args()
    if not SHARED.exists():
        raise SystemExit(f"{SHARED} is absent: put the photos there, its README says where they come from")
    if options.tier == "full" and (options.folds or options.minutes):
        arguments.error(
            "--folds and --minutes are for the default tier: the full one has all folds and its own minutes"
        )
    for name in options.sets or QUICK_SETS:
        if options.folds and max(options.folds) >= len(parts_of(name)):
            arguments.error(f"{name} has {len(parts_of(name))} folds, counted from 0: name sets that have them")
    sets, methods, folds, minutes = options.sets, options.methods, options.folds, options.minutes
    trials = trials_of(options.tier, sets=sets, methods=methods, folds=folds, minutes=minutes)
    outcomes = [outcome_of(trial, options.out) for trial in trials]
    if sets or methods or folds or minutes:
        print(as_markdown(outcomes))
    else:
        write(outcomes, tier=options.tier)


def write(outcomes: list[Outcome], *, tier: str) -> None:
    """Write the tables of a whole tier, and what the benchmarks with a command of their own left."""
    name, results = ("BENCHMARKS.md", "results") if tier == "default" else ("BENCHMARKS-FULL.md", "results-full")
    beside = beside_lines(ROOT / "benchmarks") if tier == "default" else ""
    write_text(ROOT / name, as_markdown(outcomes) + beside)
    rows = [asdict(row) for row in compared(outcomes)]
    held = {"machine": machine_lines(), "compared": rows, "trials": [asdict(one) for one in outcomes]}
    write_json(ROOT / "benchmarks" / f"{results}.json", held)


if __name__ == "__main__":
    main()
