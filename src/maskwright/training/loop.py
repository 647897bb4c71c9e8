"""Training, readable from top to bottom: warm-up, steps, validation, the run folder."""

import logging
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from maskwright.data.dataset import pick
from maskwright.data.split import Parts
from maskwright.errors import MaskwrightError, RunError
from maskwright.files import make_folder
from maskwright.infer.segmenter import Segmenter
from maskwright.judge.evaluate import evaluate
from maskwright.nets.batches import Batch, Pages, draw_batch
from maskwright.nets.build import build_model
from maskwright.nets.checkpoint import load_tensors, save_tensors
from maskwright.nets.losses import cross_entropy, dice_loss
from maskwright.planning.config import read_plan, write_plan
from maskwright.planning.plan import Plan
from maskwright.planning.run_folder import HistoryRow, RunFacts, write_history, write_run_facts
from maskwright.training.optim import copy_for_average, make_optimiser, set_rate, update_average

WARM_UP_STEPS = 3
TIMED_STEPS = 6
VALIDATIONS = 12
"""How often a run is validated and saved; validation costs at most a tenth of the time."""


@dataclass(frozen=True)
class Progress:
    """Where training stands; `steps` is 0 during the warm-up."""

    step: int
    steps: int
    seconds: float
    loss: float
    validation_iou: float | None


@dataclass(frozen=True)
class Run:
    """A finished training: its folder and what run.json holds."""

    folder: Path
    facts: RunFacts


@dataclass(frozen=True)
class _Bench:
    """Everything that a step touches."""

    fabric: Fabric
    net: nn.Module
    average: nn.Module
    optimiser: torch.optim.Optimizer
    class_weights: Tensor
    pages: Pages
    parts: Parts
    plan: Plan
    seed: int
    weights: str


@dataclass
class _Clock:
    """Where the time went, in seconds: `before` in earlier sessions of a resumed run, `waited` for data."""

    started: float
    before: float = 0.0
    waited: float = 0.0

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.started


def train(
    parts: Parts,
    plan: Plan,
    *,
    out: Path | str,
    seed: int = 0,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Train on `parts.train` and leave a run folder; the photos of `parts.test` are never opened.

    With `plan.optim.steps` 0 the steps are measured to fill `plan.optim.minutes` from this call on. With
    `resume`, an interrupted run in `out` goes on from its last saved state and ends with the same numbers.
    """
    folder, clock = Path(out), _Clock(time.monotonic())
    plan = _claim(folder, plan, resume=resume)
    bench = _set_up(parts, plan, seed)
    first, history = _restore(bench, folder, clock) if resume else (0, [])
    if plan.optim.steps == 0:
        plan = replace(plan, optim=replace(plan.optim, steps=_steps_in_budget(bench, clock)))
        bench = replace(bench, plan=plan)
    write_plan(plan, folder / "plan.toml")
    watch = on_progress or _unwatched
    history = _run_steps(bench, _Log(folder, clock, history, watch), first)
    facts = _facts(bench, clock)
    save_tensors(folder / "model.pt", bench.average.state_dict())
    write_history(folder, history)
    write_run_facts(folder, facts)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return Run(folder, facts)


def _claim(folder: Path, plan: Plan, *, resume: bool) -> Plan:
    """Return the plan to train by: on resume the one in the folder, so that its steps stay as they were."""
    if (folder / "run.json").exists():
        raise RunError(f"{folder} holds a finished run: choose another --out, or remove it first")
    if resume and (folder / "checkpoint.pt").exists():
        return read_plan(folder / "plan.toml", why=plan.why)
    if not resume and (folder / "checkpoint.pt").exists():
        raise RunError(f"{folder} holds an interrupted run: go on with --resume, or choose another --out")
    make_folder(folder)
    return plan


def _set_up(parts: Parts, plan: Plan, seed: int) -> _Bench:
    torch.manual_seed(seed)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    fabric = Fabric(accelerator="auto", devices=1, precision=plan.optim.precision)
    class_count = len(parts.train.classes)
    built = build_model(plan.net, class_count)
    module = built.module.to(memory_format=torch.channels_last)
    average = copy_for_average(module).to(fabric.device)
    net, optimiser = fabric.setup(module, make_optimiser(module, plan.optim))
    weights = torch.tensor(plan.loss.class_weights, device=fabric.device)
    if len(weights) != class_count:
        raise RunError(
            f"loss.class_weights has {len(weights)} numbers, but there are {class_count} classes: give one a class"
        )
    return _Bench(fabric, net, average, optimiser, weights, Pages(parts.train, plan), parts, plan, seed, built.weights)


def _names_at(bench: _Bench, step: int) -> tuple[str, ...]:
    """Return the photos learnt from at a step: the inner validation photos join for the last part of the run."""
    names = tuple(s.name for s in bench.parts.train.samples)
    if step >= bench.plan.sampling.inner_until * bench.plan.optim.steps > 0:
        return names
    inner = set(bench.parts.inner)
    return tuple(name for name in names if name not in inner)


def _batches(bench: _Bench, steps: range) -> Iterator[Batch]:
    """Yield the batch of each step, always drawing two ahead in another thread."""
    with ThreadPoolExecutor(1) as drawer:

        def draw(step: int) -> Batch:
            return draw_batch(bench.pages, _names_at(bench, step), seed=bench.seed, step=step)

        ahead = [drawer.submit(draw, step) for step in steps[:2]]
        for step in steps:
            batch = ahead.pop(0).result()
            if step + 2 < steps.stop:
                ahead.append(drawer.submit(draw, step + 2))
            yield batch


def _one_step(bench: _Bench, batch: Batch, step: int) -> Tensor:
    """Take one optimiser step; return the loss."""
    photos = torch.from_numpy(batch.photos).to(bench.fabric.device, non_blocking=True).permute(0, 3, 1, 2).float()
    masks = torch.from_numpy(batch.masks).to(bench.fabric.device, non_blocking=True)
    logits = bench.net(photos)
    plan = bench.plan.loss
    loss = plan.cross_entropy * cross_entropy(logits, masks, bench.class_weights) + plan.dice * dice_loss(logits, masks)
    bench.optimiser.zero_grad(set_to_none=True)
    bench.fabric.backward(loss)
    bench.fabric.clip_gradients(bench.net, bench.optimiser, max_norm=5.0)
    bench.optimiser.step()
    update_average(bench.average, bench.net, step=step, decay=bench.plan.optim.ema)
    return loss.detach()


def _steps_in_budget(bench: _Bench, clock: _Clock) -> int:
    """Return how many steps fit into the rest of the minutes, measured by a few real ones that are then undone."""
    kept = {k: v.clone() for k, v in bench.net.state_dict().items()}
    seconds = []
    for step, batch in enumerate(_batches(bench, range(WARM_UP_STEPS + TIMED_STEPS))):
        started = time.monotonic()
        _one_step(bench, batch, step).item()
        seconds.append(time.monotonic() - started)
    step_seconds = statistics.median(seconds[WARM_UP_STEPS:])
    bench.net.load_state_dict(kept)
    bench.average.load_state_dict(kept)
    bench.optimiser.state.clear()
    left = bench.plan.optim.minutes * 60 - clock.seconds
    validation = min(VALIDATIONS * _validation_seconds(bench), 0.1 * left)
    return max(20, int(0.96 * (left - validation) / step_seconds))


def _validation_seconds(bench: _Bench) -> float:
    if not bench.parts.inner:
        return 0.0
    started = time.monotonic()
    evaluate(
        _segmenter(bench), pick(bench.parts.train, bench.parts.inner[:1]), long_side_px=bench.plan.scale.long_side_px
    )
    return (time.monotonic() - started) * len(bench.parts.inner)


def _segmenter(bench: _Bench) -> Segmenter:
    """Return the averaged network at one scale: what validation during training looks through."""
    plan = bench.plan
    single = replace(plan.predict, zooms=(1.0,), flip=False)
    tile_px = 2 * plan.scale.crop_px
    bf16 = plan.optim.precision == "bf16-mixed"
    return Segmenter(bench.average, bench.parts.train.classes, single, plan.scale.long_side_px, tile_px, bf16=bf16)


@dataclass(frozen=True)
class _Log:
    """Where a training writes down how it goes."""

    folder: Path
    clock: _Clock
    history: list[HistoryRow]
    on_progress: Callable[[Progress], None]


def _unwatched(progress: Progress) -> None:
    """Let progress go by."""


def _run_steps(bench: _Bench, log: _Log, first: int) -> list[HistoryRow]:
    """Take all steps from `first` on; validate and save about twelve times."""
    steps, clock, history = bench.plan.optim.steps, log.clock, log.history
    interval = max(1, steps // VALIDATIONS)
    bench.net.train()
    losses: list[Tensor] = []
    iou: float | None = None
    waiting = time.monotonic()
    for step, batch in zip(range(first, steps), _batches(bench, range(first, steps)), strict=True):
        clock.waited += time.monotonic() - waiting
        rate = set_rate(bench.optimiser, step, steps)
        losses.append(_one_step(bench, batch, step))
        latest = float(losses[-1])
        if (step + 1) % interval == 0 or step + 1 == steps:
            loss = float(torch.stack(losses).mean())
            _refuse_nan(loss, step)
            iou = _validate(bench, step)
            history.append(HistoryRow(step + 1, clock.seconds / 60, loss, rate, iou))
            losses.clear()
            _save(bench, log, step + 1)
        log.on_progress(Progress(step + 1, steps, clock.seconds, latest, iou))
        waiting = time.monotonic()
    return history


def _validate(bench: _Bench, step: int) -> float | None:
    """Return the inner photos' mean IoU at the working scale, None once they are learnt from, or without any."""
    if not bench.parts.inner or set(bench.parts.inner) & set(_names_at(bench, step)):
        return None
    inner = pick(bench.parts.train, bench.parts.inner)
    return evaluate(_segmenter(bench), inner, long_side_px=bench.plan.scale.long_side_px).dataset_iou


def _refuse_nan(loss: float, step: int) -> None:
    if loss != loss:
        raise MaskwrightError(
            f"the loss is no number at step {step + 1}: halve the rates with --set optim.lr_decoder=..."
        )


def _save(bench: _Bench, log: _Log, step: int) -> None:
    state = {
        "step": step,
        "seed": bench.seed,
        "seconds": log.clock.seconds,
        "waited": log.clock.waited,
        "net": bench.net.state_dict(),
        "average": bench.average.state_dict(),
        "optimiser": bench.optimiser.state_dict(),
        "history": [(r.step, r.minutes, r.loss, r.lr, r.validation_iou) for r in log.history],
    }
    save_tensors(log.folder / "checkpoint.pt", state)
    write_history(log.folder, log.history)


def _restore(bench: _Bench, folder: Path, clock: _Clock) -> tuple[int, list[HistoryRow]]:
    """Load the last saved state; return its step and history, or the beginning where nothing was saved yet."""
    if not (folder / "checkpoint.pt").exists():
        return 0, []
    state = load_tensors(folder / "checkpoint.pt")
    if state["seed"] != bench.seed:
        raise RunError(f"{folder} was begun with seed {state['seed']}: resume with --seed {state['seed']}")
    bench.net.load_state_dict(state["net"])
    bench.average.load_state_dict(state["average"])
    bench.optimiser.load_state_dict(state["optimiser"])
    clock.before, clock.waited = state["seconds"], state["waited"]
    return state["step"], [HistoryRow(*row) for row in state["history"]]


def _facts(bench: _Bench, clock: _Clock) -> RunFacts:
    from maskwright import __version__
    from maskwright.planning.machine import this_machine

    train_set, test_set = bench.parts.train, bench.parts.test
    machine = this_machine()
    return RunFacts(
        version=__version__,
        data=str(train_set.root),
        classes=train_set.classes,
        grey_range=train_set.grey_range,
        train_photos=tuple(s.name for s in train_set.samples),
        inner_photos=bench.parts.inner,
        test_photos=tuple(s.name for s in test_set.samples) if test_set else (),
        split_reasons=bench.parts.why,
        seed=bench.seed,
        weights=bench.weights,
        machine=f"{machine.gpu or f'{machine.cores} CPU cores'}, {machine.system}",
        minutes=clock.seconds / 60,
        steps=bench.plan.optim.steps,
        step_seconds=clock.seconds / max(1, bench.plan.optim.steps),
        data_wait_share=clock.waited / max(clock.seconds, 1e-9),
    )
