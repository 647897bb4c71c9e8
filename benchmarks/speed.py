"""Speed and memory: `python -m benchmarks.speed`; steps against smp's default U-Net, waiting for data, peak memory.

Steps of both sides take turns in one process, augmentation included, so that the ratio holds on a machine whose speed
drifts. Memory is that of a training in a process of its own, on few and on many 12-megapixel photos.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.hardware import machine_lines, now_and_commit
from benchmarks.memory import peak_mb
from benchmarks.methods.smp_recipe import BATCH, SIZE_PX, augmentations
from benchmarks.methods.smp_recipe import set_up as set_up_smp
from benchmarks.methods.smp_recipe import take_step as take_smp_step
from benchmarks.methods.task import resized_pairs, shuffled_batches
from benchmarks.sets import SHARED, parts_of
from benchmarks.trials import ROOT
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.files import write_json
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Plan, Request
from maskwright.synthetic.puzzle_photos import draw_puzzle_photos
from maskwright.training.loop import train
from maskwright.training.speed.malloc import freed_memory_kept
from maskwright.training.state import batches, set_up
from maskwright.training.step import take_step

SET, FOLD = "futoshiki", 0
ROUNDS, STEPS_A_ROUND = 6, 8
LONG_SIDE_PX = 4032
FEW, MANY = 10, 50
MEMORY_MINUTES = 1.0
RESULT = ROOT / "benchmarks" / "speed.json"

Take = Callable[[int], None]
"""Takes so many training steps."""


@dataclass(frozen=True)
class Speed:
    """Million pixels a second of training steps, the middle round of each side, and all rounds' ratios.

    `whole_ratio`: that of ours with the whole encoder trained, as smp's is.
    """

    ours_mpx_s: float
    smp_mpx_s: float
    ratio: float
    whole_ratio: float
    ratios: tuple[float, ...]


@dataclass(frozen=True)
class Memory:
    """A short training on 12-megapixel photos: peak of the process, and the share of its time spent waiting."""

    photos: int
    peak_mb: float
    data_wait_share: float
    steps: int


def measure_speed(parts: Parts) -> Speed:
    """Return both sides' pixels a second, in turns of a few steps after a warm-up of each."""
    plan = make_plan(measure(parts.train), this_machine(), Request())
    whole = replace(plan, net=replace(plan.net, frozen_stages=0))
    sides = (_ours(parts, plan), _ours(parts, whole), _smp(parts))
    for take, _ in sides:
        take(3)
    rounds = [[_px_a_second(take, px) for take, px in sides] for _ in range(ROUNDS)]
    ours, ours_whole, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
    ratios = tuple(round(one[0] / one[2], 3) for one in rounds)
    return Speed(ours / 1e6, theirs / 1e6, ours / theirs, ours_whole / theirs, ratios)


def _px_a_second(take: Take, px_a_step: int) -> float:
    started = time.monotonic()
    take(STEPS_A_ROUND)
    return STEPS_A_ROUND * px_a_step / (time.monotonic() - started)


def _ours(parts: Parts, plan: Plan) -> tuple[Take, int]:
    """Return steps as `maskwright train` takes them: photos read from disk, drawn ahead in one thread.

    Nothing is drawn ahead beyond the steps that are asked for, so that no drawing falls into another side's turn.
    """
    state = set_up(parts, replace(plan, optim=replace(plan.optim, steps=10_000)), 0)
    state.net.train()
    numbers = itertools.count()

    def take(count: int) -> None:
        steps = list(itertools.islice(numbers, count))
        with freed_memory_kept():
            for step, batch in zip(steps, batches(state, range(steps[0], steps[-1] + 1)), strict=True):
                take_step(state, batch, step)

    return take, plan.optim.batch * plan.scale.crop_px**2


def _smp(parts: Parts) -> tuple[Take, int]:
    """Return steps of smp's default U-Net in fp32 on the same encoder, with the augmentations of its own example.

    Photos are kept decoded and reduced in memory, and crops are drawn in the step, as in a loader without workers.
    """
    recipe, augment = set_up_smp(len(parts.train.classes)), augmentations(0, beyond=0)
    pairs = resized_pairs(parts.train, SIZE_PX)
    drawn = shuffled_batches(len(pairs), BATCH, np.random.default_rng(0))

    def take(count: int) -> None:
        for _, places in itertools.islice(drawn, count):
            take_smp_step(recipe, augment, [pairs[i] for i in places])

    return take, BATCH * SIZE_PX**2


def measure_memory(folder: Path, count: int) -> Memory:
    """Return the peak memory of a short training on `count` drawn photos of 12 megapixels, in its own process."""
    photos = folder / str(count)
    draw_puzzle_photos(photos, count=count, long_side_px=LONG_SIDE_PX)
    words = [sys.executable, "-m", "benchmarks.speed", "--memory-of", str(photos)]
    said = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return Memory(**json.loads(said.splitlines()[-1]))


def _train_and_tell(photos: Path) -> None:
    dataset = open_dataset(photos)
    plan = make_plan(measure(dataset), this_machine(), Request(MEMORY_MINUTES))
    with tempfile.TemporaryDirectory() as scratch:
        run = train(Parts(dataset, None, (), ()), plan, out=Path(scratch) / "run", seed=0)
    found = Memory(len(dataset), round(peak_mb()), round(run.facts.data_wait_share, 4), run.facts.steps)
    print(json.dumps(asdict(found)))


def main() -> None:
    """Measure, print, and write speed.json."""
    arguments = argparse.ArgumentParser(prog="benchmarks.speed", description=__doc__)
    arguments.add_argument("--memory-of", type=Path, help="train on these photos alone and tell the peak memory")
    options = arguments.parse_args()
    if options.memory_of:
        _train_and_tell(options.memory_of)
        return
    if not SHARED.exists():
        raise SystemExit(f"{SHARED} is absent: put the photos there, its README says where they come from")
    speed = measure_speed(parts_of(SET)[FOLD])
    print(
        f"{speed.ours_mpx_s:.2f} against {speed.smp_mpx_s:.2f} million px/s: {speed.ratio:.2f} times, "
        f"{speed.whole_ratio:.2f} with the whole encoder trained; {speed.ratios}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        memories = [measure_memory(Path(scratch), count) for count in (FEW, MANY)]
    for one in memories:
        print(f"{one.photos} photos of 12 MP: peak {one.peak_mb:.0f} MB, {one.data_wait_share:.1%} waiting for data")
    held = {
        "machine": machine_lines(),
        "measured": now_and_commit(),
        "speed": asdict(speed),
        "memory": [asdict(one) for one in memories],
    }
    write_json(RESULT, held)


if __name__ == "__main__":
    main()
