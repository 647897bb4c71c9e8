"""Commands killed, run twice, out of space, with damaged weights and unread: `python -m benchmarks.reliability`.

Draws a tiny data set and trains networks of a second on it. Exit code 1 if anything was lost, left behind, or wrong.
Linux only; the full disks need the right to mount.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.fuzz.bases import draw_photos
from benchmarks.reliability.closed_pipes import close_pipes
from benchmarks.reliability.commands import import_all, run, train_words
from benchmarks.reliability.damaged_weights import damage_weights
from benchmarks.reliability.full_disk import fill_disks
from benchmarks.reliability.kills import kill_commands
from benchmarks.reliability.page import write_figures
from benchmarks.reliability.results import Figures
from benchmarks.reliability.two_trainings import train_twice

PARTS = ("twice", "kills", "disk", "weights", "pipes")


def main() -> int:
    """Run the parts; print their figures and every problem."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--twice", type=int, default=20, help="tries of two trainings, and of each damage to weights")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("--write", action="store_true", help="the figures into docs/reference/reliability.md")
    options = parser.parse_args()
    import_all()
    problems = 0
    with tempfile.TemporaryDirectory(prefix="maskwright-reliability-") as folder:
        photos = draw_photos(Path(folder) / "photos", count=8)
        for name in options.part or PARTS:
            work = Path(folder) / name
            work.mkdir()
            figures = _part(name, photos, work, options)()
            print(figures, flush=True)
            if options.write:
                write_figures(name, figures.line)
            problems += len(figures.problems)
    return int(problems > 0)


def _part(name: str, photos: Path, work: Path, options: argparse.Namespace) -> Callable[[], Figures]:
    rng = random.Random(options.seed)
    match name:
        case "twice":
            return lambda: train_twice(photos, work, tries=options.twice, rng=rng)
        case "kills":
            return lambda: kill_commands(photos, work, tries=options.kills, rng=rng)
        case "disk":
            return lambda: fill_disks(photos, work)
        case "weights":
            finished = _finished(photos, work)
            return lambda: damage_weights(photos, finished, work, tries=options.twice, rng=rng)
        case _:
            return lambda: close_pipes(photos, _finished(photos, work), work)


def _finished(photos: Path, work: Path) -> Path:
    """Return a finished run to predict with."""
    run(train_words(photos, work / "finished", steps=3), work / "log")
    return work / "finished"


if __name__ == "__main__":
    sys.exit(main())
