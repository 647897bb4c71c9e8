"""What one process, or several that train together, see of a small training; `python -m` under torchrun writes it."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from maskwright.datasets.content_hash import Digests
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError, MaskwrightError
from maskwright.planning.plan import Plan
from maskwright.training.calibration import ValidatedConfidence
from maskwright.training.distributed.broadcast import hand_out
from maskwright.training.distributed.collectives import whole_batch
from maskwright.training.distributed.group import agreed, current_ranks, from_all, from_first, joined
from maskwright.training.distributed.ranks import Ranks, ranks_of
from maskwright.training.distributed.sync_batchnorm import synced_batchnorm
from maskwright.training.loop import inner_evaluation, train
from maskwright.training.loop_log import Clock, Log
from maskwright.training.optimizer import set_rate
from maskwright.training.state import TrainingState, averaged, batches, set_up
from maskwright.training.step import take_step
from maskwright.training.time_budget import refitted
from maskwright.training.worker_loop import run_worker
from tests.support.plans import parts_of, small_plan

STEPS = 20
BATCH = 5
"""Not divided by two: one of two processes has a crop less."""


def plan_of(folder: Path) -> Plan:
    """Return a plan with plain gradient descent, which magnifies rounding less than AdamW."""
    plan = small_plan(open_dataset(folder), steps=STEPS)
    return replace(plan, optim=replace(plan.optim, batch=BATCH, name="sgd", lr_decoder=0.01, lr_encoder=0.01))


def in_float64(plan: Plan) -> Plan:
    """Return the plan in double precision: what differs by more than 1e-9 then is no rounding."""
    return replace(plan, optim=replace(plan.optim, precision="64-true"))  # type: ignore[arg-type]


def measure(folder: Path) -> dict[str, Any]:
    """Return losses, crops and counts of a training on the photos in a folder, the same however many take part."""
    state = set_up(parts_of(open_dataset(folder), inner=3), in_float64(plan_of(folder)), 0)
    state.average.double()
    losses, crops = [], []
    state.net.train()
    for step, batch in enumerate(batches(state, range(STEPS))):
        shares = from_all(state.ranks, (batch.photos, batch.masks))
        crops.append([int(pixels.sum()) for pixels in _in_slots([photos for photos, _ in shares])])
        set_rate(state.optimizer, state.plan.optim, step, photos=6)
        losses.append(take_step(state, batch, step).loss)
    state.average.float()
    evaluation = inner_evaluation(state, ValidatedConfidence(averaged(state)), photos=len(state.parts.inner))
    weights = from_all(state.ranks, float(sum(p.detach().double().sum() for p in state.net.parameters())))
    return {
        "losses": losses,
        "crops": crops,
        "weights": weights,
        "counts": [photo.counts.tolist() for photo in evaluation.photos],
        "names": [photo.name for photo in evaluation.photos],
        "norm": _norm(state),
        "budget": _budget(state),
    }


def _in_slots(shares: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    return [shares[slot % len(shares)][slot // len(shares)] for slot in range(sum(map(len, shares)))]


def _norm(state: TrainingState) -> dict[str, Any]:
    """Return gradients and statistics of a BatchNorm over five crops, in float64."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.BatchNorm2d(4, affine=False))
    net = net.double()
    crops = 3 * torch.randn(5, 3, 6, 6, dtype=torch.float64) + 1
    with synced_batchnorm(state.group):
        own = net(crops[list(state.ranks.share(5))])
    output = whole_batch(own, state.ranks, state.group, total=5)
    torch.autograd.backward(torch.sin(output).mul(output).sum().sqrt())
    gradients = [_summed(p.grad, state) for p in net.parameters()]
    return {"gradients": gradients, "buffers": [b.tolist() for b in net.buffers()], "output": output.tolist()}


def _summed(gradient: Tensor | None, state: TrainingState) -> list[float]:
    assert gradient is not None
    return [float(v) for v in torch.stack(from_all(state.ranks, gradient)).sum(dim=0).flatten()]


def _budget(state: TrainingState) -> list[int]:
    """Return the steps that each process takes after its clock, which runs slower by its rank, has corrected them."""
    optim = replace(state.plan.optim, steps=1000, minutes=10.0)
    plan = replace(state.plan, optim=optim, sampling=replace(state.plan.sampling, centred_until=0.0, inner_until=1.0))
    clock = Clock(time.monotonic() - 100.0 * (2 + state.ranks.rank))
    log = Log(Path(), clock, lambda _: None, plan, timed=True, step_s=1.0 + state.ranks.rank, writes=False)
    fitted = refitted(replace(state, plan=plan), log, step=500, validation_s=0.0)
    return from_all(state.ranks, fitted.plan.optim.steps)


def exchanges(ranks: Ranks) -> dict[str, Any]:
    """Return what becomes of values, and of errors on one process and on all."""
    return {
        "ranks": [ranks.rank for ranks in from_all(ranks, current_ranks())],
        "first": from_first(ranks, lambda: f"made by {ranks.rank}"),
        "alone": from_all(ranks, _error(ranks, fails=ranks.rank == 1)),
        "everywhere": from_all(ranks, _error(ranks, fails=True)),
        "nowhere": from_all(ranks, _error(ranks, fails=False)),
    }


def _error(ranks: Ranks, *, fails: bool) -> str:
    try:
        with agreed(ranks):
            if fails:
                raise DataError(f"bad photo at {ranks.rank}")
    except MaskwrightError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def other_data(ranks: Ranks, folder: Path) -> str:
    """Return the error of processes that read different photos; each counts as a machine of its own."""
    from maskwright.training.distributed.same_data import same_digests

    dataset = open_dataset(folder)
    dataset = replace(dataset, samples=dataset.samples[ranks.rank :])
    apart = replace(ranks, local_count=1)
    try:
        digests: Digests = same_digests(dataset, apart)
    except MaskwrightError as error:
        return str(error)
    return digests.data


def resume(folder: Path, run: Path, ranks: Ranks) -> None:
    """Continue the interrupted training in `run`; the first process leads, the others follow."""
    if ranks.is_first:
        train(parts_of(open_dataset(folder), inner=3), plan_of(folder), out=run, resume=True)
        hand_out(None, ranks)
    else:
        run_worker(ranks)


def environment_of_tests() -> Mapping[str, str]:
    """Return the environment in which processes find this module, with one thread each."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])}


if __name__ == "__main__":
    place = ranks_of(os.environ)
    assert place is not None
    with joined(place):
        photos = Path(sys.argv[1])
        measured = {**measure(photos), "exchanges": exchanges(place), "other data": other_data(place, photos)}
        if place.is_first:
            Path(sys.argv[2]).write_text(json.dumps(measured))
        resume(photos, Path(sys.argv[3]), place)
