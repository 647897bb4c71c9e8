"""kill -9 at random moments; the same command again must end with the same result and leave nothing behind."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.commands import SMALL, run, settings, start, train_words
from benchmarks.reliability.results import Figures, differences

STEPS = 12
MOST_STARTS = 5
MOST_LINES = 3
"""Of the problems of one try."""


@dataclass(frozen=True)
class Target:
    """A command to kill: `words` but for its `--out`, `again` what is added to go on, `share` of all tries."""

    name: str
    words: tuple[object, ...]
    again: tuple[str, ...]
    share: float


def targets(photos: Path, finished: Path) -> tuple[Target, ...]:
    """Return the commands that are killed; `finished` is a run to predict with."""
    train = tuple(train_words(photos, Path("OUT"), steps=STEPS))
    arms = ("--arm", "ce: loss=ce", "--arm", "dice: loss=dice", "--seeds", "1")
    short = settings(*SMALL, "optim.steps=4", "split.test=0.25")
    curve = settings(*SMALL, "optim.steps=4")
    return (
        Target("train", train, ("--resume",), 0.36),
        Target("train --folds", (*train, "--folds", "2"), ("--resume",), 0.2),
        Target("compare", ("compare", photos, "--out", "OUT", *arms, *short), ("--resume",), 0.16),
        Target("predict", ("predict", finished, photos / "images", "--out", "OUT"), (), 0.16),
        Target("learning-curve", ("learning-curve", photos, "--out", "OUT", "--minutes", "1", *curve), (), 0.12),
    )


def kill_commands(photos: Path, work: Path, *, tries: int, rng: random.Random) -> Figures:
    """Kill each command at random moments, half of the times while a file is being written; let it finish then."""
    figures = Figures("kill -9")
    finished = work / "finished"
    run(train_words(photos, finished, steps=STEPS), work / "finished-log")
    for target in targets(photos, finished):
        reference = work / "reference"
        shutil.rmtree(reference, ignore_errors=True)
        undisturbed = run(_words(target, reference), work / "log")
        if undisturbed.code:
            figures.count([f"{target.name} alone: exit code {undisturbed.code}: {undisturbed.error.strip()}"])
            continue
        count = round(tries * target.share)
        killed = sum(_one(target, work, undisturbed.seconds, figures, rng, writing=i % 2 == 1) for i in range(count))
        figures.notes.append(f"{target.name}: {killed} of {count} killed in time")
    return figures


def _words(target: Target, out: Path) -> list[object]:
    return [out if str(word) == "OUT" else word for word in target.words]


def _one(target: Target, work: Path, seconds: float, figures: Figures, rng: random.Random, *, writing: bool) -> bool:
    """Kill the command once, and run it again until the end; True if it was killed before it ended."""
    out = work / "killed"
    for _ in range(MOST_STARTS):  # a command may end before its moment comes
        shutil.rmtree(out, ignore_errors=True)
        moment = rng.uniform(0, seconds)
        killed = start(_words(target, out), work / "log").kill_after(moment, writing_in=out if writing else None)
        if killed.code != 0:
            break
    again = run([*_words(target, out), *target.again], work / "log") if killed.code < 0 else killed
    problems = differences(out, work / "reference") if again.code == 0 else [f"exit code {again.code}: {again.error}"]
    if killed.code >= 0 and target.again and killed.code != 0:
        problems.append(f"not killed, but ended with {killed.code}")
    first = problems[:MOST_LINES]
    figures.count([f"{target.name}, killed after {moment:.2f} s: {problem.strip()}" for problem in first])
    shutil.rmtree(out, ignore_errors=True)
    return killed.code < 0
