"""The leaderboard: `python -m benchmarks.leaderboard [--tier hour|day|all] ...`; measured cells are kept.

Each cell is one training in a process of its own. What this code measured on this machine is not measured again, so
that the command goes on where it was stopped. At the end LEADERBOARD.md, the table of the README and the plots are
written from all cells that there are; with --tables nothing is measured.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.hardware import machine_lines
from benchmarks.imports import ROOT
from benchmarks.leaderboard.cells import FOLDER, Cell, known, results_in
from benchmarks.leaderboard.methods import METHODS
from benchmarks.leaderboard.tiers import TIERS, Choice, cells_of
from benchmarks.leaderboard.writing import write_pages
from benchmarks.sets import SETS, SHARED


def main() -> None:
    """Measure what is missing, one cell after the other, and write the pages."""
    options = _options()
    if not options.tables:
        if not SHARED.exists():
            raise SystemExit(f"{SHARED} is absent: put the photos there, its README says where they come from")
        choice = Choice(options.sets, options.methods, options.photos, options.minutes, options.seeds)
        cells, results = cells_of(options.tier, choice), results_in(options.cells)
        missing = [cell for cell in cells if known(cell, results, any_code=options.any_code) is None]
        print(f"{len(cells)} cells, {len(missing)} to measure, on {machine_lines()[0]}", flush=True)
        measure(missing, options.cells, until=options.until)
    if options.cells == FOLDER:
        write_pages(results_in(FOLDER))


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="benchmarks.leaderboard", description=__doc__)
    arguments.add_argument("--tier", choices=TIERS, default="hour")
    arguments.add_argument("--sets", nargs="*", choices=list(SETS), default=[])
    arguments.add_argument("--methods", nargs="*", default=[], help=f"{', '.join(METHODS)}, or a file in methods/")
    arguments.add_argument("--photos", nargs="*", type=int, default=[], help="numbers of training photos, 0 for all")
    arguments.add_argument("--minutes", nargs="*", type=float, default=[])
    arguments.add_argument("--seeds", nargs="*", type=int, default=[])
    arguments.add_argument("--until", help="HH:MM of today: no cell is begun that would end later")
    arguments.add_argument("--any-code", action="store_true", help="keep cells that older code gave, fill the gaps")
    arguments.add_argument("--tables", action="store_true", help="measure nothing, write the pages")
    arguments.add_argument("--cells", type=Path, default=FOLDER, help="where measured cells are kept")
    return arguments.parse_args()


def measure(cells: list[Cell], folder: Path, *, until: str | None) -> None:
    """Measure one cell after the other, until the time; one that fails is named and left out."""
    for cell in cells:
        if until and time.strftime("%H:%M", time.localtime(time.time() + cell.minutes * 60 + 20)) > until:
            print(f"{until}: the rest waits for the next run of the same command", flush=True)
            return
        _measure(cell, folder)


def _measure(cell: Cell, folder: Path) -> None:
    started = time.monotonic()
    words = [sys.executable, "-m", "benchmarks.leaderboard.one_cell", json.dumps(asdict(cell)), str(folder)]
    print(f"{time.strftime('%H:%M:%S')}  {cell}", flush=True)
    code = subprocess.run(words, cwd=ROOT, check=False).returncode
    spent = f"{time.monotonic() - started:.0f} s"
    result = known(cell, results_in(folder), any_code=True)
    if code or result is None:
        print(f"          failed after {spent}: its message stands above; it stays not measured", flush=True)
        return
    mean = sum(result.counted) / len(result.counted)
    print(f"          {spent}: IoU per photo {mean:.3f}, over the set {result.dataset_iou:.3f}", flush=True)


if __name__ == "__main__":
    main()
