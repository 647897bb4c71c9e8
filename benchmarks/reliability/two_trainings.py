"""Two trainings into one folder: one of them ends with its own model, the other one is refused."""

import hashlib
import random
import shutil
import time
from pathlib import Path

from benchmarks.reliability.commands import Ended, run, start, train_words
from benchmarks.reliability.results import Figures

STEPS = 10
SEEDS = (0, 1)


def train_twice(photos: Path, work: Path, *, tries: int, rng: random.Random) -> Figures:
    """Start two trainings with different seeds within a random part of the time that one takes."""
    figures = Figures("two trainings into one folder")
    alone = {}
    for seed in SEEDS:
        out = work / f"alone{seed}"
        ended = run(train_words(photos, out, steps=STEPS, seed=seed), work / "log")
        alone[seed] = _digest(out)
    for _ in range(tries):
        figures.count(_one(photos, work, alone, delay_s=rng.uniform(0, ended.seconds)))
    return figures


def _one(photos: Path, work: Path, alone: dict[int, str], *, delay_s: float) -> list[str]:
    out = work / "shared"
    words = {seed: train_words(photos, out, steps=STEPS, seed=seed) for seed in SEEDS}
    first = start(words[SEEDS[0]], work / "first")
    time.sleep(delay_s)
    second = start(words[SEEDS[1]], work / "second")
    ends = {SEEDS[0]: first.wait(), SEEDS[1]: second.wait()}
    problems = _problems(ends, _digest(out), alone)
    shutil.rmtree(out, ignore_errors=True)
    return [f"started {delay_s:.2f} s apart: {problem}" for problem in problems]


def _problems(ends: dict[int, Ended], model: str, alone: dict[int, str]) -> list[str]:
    succeeded = [seed for seed, ended in ends.items() if ended.code == 0]
    if len(succeeded) != 1:
        return [f"{len(succeeded)} of two report success"]
    problems = [] if model == alone[succeeded[0]] else ["the model is not that of the training that succeeded"]
    for seed in set(ends) - set(succeeded):
        if ends[seed].code != 2 or len(ends[seed].error.splitlines()) != 1:
            problems.append(f"the other ended with {ends[seed].code}: {ends[seed].error[:200]}")
    return problems


def _digest(out: Path) -> str:
    model = out / "model.safetensors"
    return hashlib.sha256(model.read_bytes()).hexdigest() if model.exists() else "none"
