"""Training in two processes against one: losses step by step, IoU of photos held out, CPU time of a step.

`python -m benchmarks.devices` trains on the puzzle pages in ../shared/data/futoshiki by the same plan with each arm of
ARMS, once a seed, and prints the rows of BENCHMARKS.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from maskwright.datasets.dataset import pick
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Plan, Request
from maskwright.runs.folder import read_history
from maskwright.training.distributed.broadcast import next_task
from maskwright.training.distributed.group import from_all, joined
from maskwright.training.distributed.ranks import Ranks, ranks_of
from maskwright.training.loop import take_part, train
from maskwright.training.progress import Progress

DATA = Path("../shared/data/futoshiki")
ARMS = {"one process, one thread": (1, 1), "two processes, one thread each": (2, 1), "one process, two threads": (1, 2)}
"""Processes, and threads of each. The last arm shows what rounding in another order does by itself."""
STEPS, FIRST_STEPS, INNER = 100, 20, 5


@dataclass(frozen=True)
class Outcome:
    """One training: its losses, the IoU of the photos held out after the last step, and seconds of a step."""

    losses: list[float]
    iou: float
    cpu_s: float
    wall_s: float


def small(plan: Plan) -> Plan:
    """Return the plan at a low scale, its photos held out to the end."""
    return replace(
        plan,
        scale=replace(plan.scale, long_side_px=256, crop_px=96),
        optim=replace(plan.optim, steps=STEPS, precision="32-true"),
        sampling=replace(plan.sampling, inner_until=1.0),
    )


def trainings(data: Path, seeds: Sequence[int], ranks: Ranks, folder: Path) -> list[Outcome]:
    """Return the outcome for each seed on the first process, nothing on the others."""
    dataset = open_dataset(data)
    names = tuple(sample.name for sample in dataset.samples)
    parts = Parts(pick(dataset, names), None, names[:INNER], ("by hand",))
    plan = small(make_plan(measure(dataset), this_machine(), Request()))
    outcomes = []
    for seed in seeds:
        losses: list[float] = []
        cpu_s, wall_s = time.process_time(), time.monotonic()
        if ranks.is_first:
            run = folder / str(seed)
            train(parts, plan, out=run, seed=seed, on_progress=_recording(losses))
        else:
            task = next_task(ranks)
            assert task is not None
            take_part(task)
        cpu_s, wall_s = sum(from_all(ranks, time.process_time() - cpu_s)), time.monotonic() - wall_s
        if ranks.is_first:
            iou = read_history(run)[-1].validation_iou
            assert iou is not None
            outcomes.append(Outcome(losses, iou, cpu_s / STEPS, wall_s / STEPS))
    return outcomes


def _recording(losses: list[float]) -> Callable[[Progress], None]:
    return lambda progress: losses.append(progress.loss)


def outcomes_of(arm: tuple[int, int], data: Path, seeds: Sequence[int]) -> list[Outcome]:
    """Return the outcomes of an arm, from processes of its own."""
    processes, threads = arm
    environment: Mapping[str, str] = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "outcomes.json"
        words = ["-m", "benchmarks.devices", "--data", str(data), "--seeds", *map(str, seeds), "--worker", str(out)]
        start = [*torchrun, *words] if processes > 1 else words
        subprocess.run([sys.executable, *start], check=True, env=environment)
        return [Outcome(**values) for values in json.loads(out.read_text())]


def table(by_arm: Mapping[str, list[Outcome]], seeds: Sequence[int]) -> list[str]:
    """Return the rows: each arm beside the first, seed by seed."""
    reference = by_arm[next(iter(by_arm))]
    lines = [
        f"| arm | seed | IoU | from the first arm | largest difference of a loss, {FIRST_STEPS} steps | "
        "CPU s a step | steps a second |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, outcomes in by_arm.items():
        for seed, one, first in zip(seeds, outcomes, reference, strict=True):
            pairs = zip(one.losses[:FIRST_STEPS], first.losses[:FIRST_STEPS], strict=True)
            largest = max(abs(a - b) / b for a, b in pairs)
            lines.append(
                f"| {name} | {seed} | {one.iou:.4f} | {one.iou - first.iou:+.4f} | {largest:.1e} | {one.cpu_s:.2f} | "
                f"{1 / one.wall_s:.2f} |"
            )
    for name, outcomes in by_arm.items():
        lines.append(f"{name}: mean IoU {statistics.fmean(o.iou for o in outcomes):.4f}")
    return lines


def main() -> None:
    """Measure all arms, or, with --worker, carry out the trainings of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--worker", type=Path)
    options = parser.parse_args()
    if options.worker is None:
        arms = {}
        for name, arm in ARMS.items():
            arms[name] = outcomes_of(arm, options.data, options.seeds)
            print("\n".join(table(arms, options.seeds)), flush=True)
        return
    ranks = ranks_of(os.environ) or Ranks()
    with joined(ranks) if ranks.count > 1 else nullcontext(), TemporaryDirectory() as folder:
        outcomes = trainings(options.data, options.seeds, ranks, Path(folder))
        if ranks.is_first:
            options.worker.write_text(json.dumps([asdict(outcome) for outcome in outcomes]))


if __name__ == "__main__":
    main()
