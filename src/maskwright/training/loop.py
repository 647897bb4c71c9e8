"""Training, readable from top to bottom: the run folder, warm-up, steps, validation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from maskwright.data.dataset import Dataset, pick
from maskwright.data.split import Parts
from maskwright.errors import MaskwrightError, RunError
from maskwright.files import make_folder
from maskwright.judge.evaluate import evaluate
from maskwright.nets.checkpoint import load_tensors, save_tensors
from maskwright.planning.config import read_plan, write_plan
from maskwright.planning.plan import Plan
from maskwright.planning.run_folder import HistoryRow, RunFacts, read_run_facts, write_history, write_run_facts
from maskwright.training.bench import VALIDATIONS, Bench, averaged, batches, names_at, one_step, set_up, within_budget
from maskwright.training.optim import set_rate

SAME_AGAIN = "resume with the data, --seed, --folds and --set split.* of the first time, or choose another --out"


@dataclass(frozen=True)
class Progress:
    """Where training stands after `step` of `steps`; the validation IoU is the latest, None before the first."""

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
    bench = set_up(parts, plan, seed)
    first, history = _restore(bench, folder, clock) if resume else (0, [])
    if plan.optim.steps == 0:
        bench = within_budget(bench, plan.optim.minutes * 60 - clock.seconds)
    write_plan(bench.plan, folder / "plan.toml")
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


@dataclass(frozen=True)
class _Log:
    """Where a training writes down how it goes."""

    folder: Path
    clock: _Clock
    history: list[HistoryRow]
    on_progress: Callable[[Progress], None]


def _unwatched(progress: Progress) -> None:
    """Let progress go by."""


def _run_steps(bench: Bench, log: _Log, first: int) -> list[HistoryRow]:
    """Take all steps from `first` on; validate and save about twelve times."""
    steps, clock, history = bench.plan.optim.steps, log.clock, log.history
    interval = max(1, steps // VALIDATIONS)
    bench.net.train()
    losses: list[Tensor] = []
    iou: float | None = None
    waiting = time.monotonic()
    for step, batch in zip(range(first, steps), batches(bench, range(first, steps)), strict=True):
        clock.waited += time.monotonic() - waiting
        rate = set_rate(bench.optimiser, bench.plan.optim, step)
        losses.append(one_step(bench, batch, step))
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


def _validate(bench: Bench, step: int) -> float | None:
    """Return the inner photos' mean IoU at the working scale, None once they are learnt from, or without any."""
    if not bench.parts.inner or set(bench.parts.inner) & set(names_at(bench, step)):
        return None
    inner = pick(bench.parts.train, bench.parts.inner[: bench.plan.sampling.inner_photos or None])
    return evaluate(averaged(bench), inner, long_side_px=bench.plan.scale.long_side_px).dataset_iou


def _refuse_nan(loss: float, step: int) -> None:
    if loss != loss:
        raise MaskwrightError(
            f"the loss is no number at step {step + 1}: halve the rates with --set optim.lr_decoder=..."
        )


def _save(bench: Bench, log: _Log, step: int) -> None:
    state = {
        "step": step,
        **_identity(bench),
        "seconds": log.clock.seconds,
        "waited": log.clock.waited,
        "net": bench.net.state_dict(),
        "average": bench.average.state_dict(),
        "optimiser": bench.optimiser.state_dict(),
        "history": [(r.step, r.minutes, r.loss, r.lr, r.validation_iou) for r in log.history],
    }
    save_tensors(log.folder / "checkpoint.pt", state)
    write_history(log.folder, log.history)


def _identity(bench: Bench) -> dict[str, object]:
    """Return what must be the same for a run to go on: the seed, and who learns, watches and is held out."""
    parts = bench.parts
    return {
        "seed": bench.seed,
        "train": sample_names(parts.train),
        "inner": list(parts.inner),
        "test": sample_names(parts.test),
    }


def require_same_parts(folder: Path, parts: Parts, *, seed: int) -> None:
    """Raise RunError if the finished run in `folder` learnt from or held out other photos, or had another seed."""
    facts = read_run_facts(folder)
    now = (sample_names(parts.train), sample_names(parts.test), seed)
    if (list(facts.train_photos), list(facts.test_photos), facts.seed) != now:
        raise RunError(f"{folder} holds a finished run with other photos, seed or division: {SAME_AGAIN}")


def sample_names(dataset: Dataset | None) -> list[str]:
    """Return the names of a part's samples, none for no part."""
    return [sample.name for sample in dataset.samples] if dataset else []


def _restore(bench: Bench, folder: Path, clock: _Clock) -> tuple[int, list[HistoryRow]]:
    """Load the last saved state; return its step and history, or the beginning where nothing was saved yet."""
    if not (folder / "checkpoint.pt").exists():
        return 0, []
    state = load_tensors(folder / "checkpoint.pt")
    if state["seed"] != bench.seed:
        raise RunError(f"{folder} was begun with seed {state['seed']}: resume with --seed {state['seed']}")
    if {key: state.get(key) for key in _identity(bench)} != _identity(bench):
        raise RunError(f"{folder} was begun with other photos or another division: {SAME_AGAIN}")
    bench.net.load_state_dict(state["net"])
    bench.average.load_state_dict(state["average"])
    bench.optimiser.load_state_dict(state["optimiser"])
    clock.before, clock.waited = state["seconds"], state["waited"]
    return state["step"], [HistoryRow(*row) for row in state["history"]]


def _facts(bench: Bench, clock: _Clock) -> RunFacts:
    from maskwright import __version__
    from maskwright.planning.machine import this_machine

    train_set, test_set = bench.parts.train, bench.parts.test
    machine = this_machine()
    return RunFacts(
        version=__version__,
        data=str(train_set.root.resolve()),
        classes=train_set.classes,
        grey_range=train_set.grey_range,
        train_photos=tuple(sample_names(train_set)),
        inner_photos=bench.parts.inner,
        test_photos=tuple(sample_names(test_set)),
        split_reasons=bench.parts.why,
        seed=bench.seed,
        weights=bench.weights,
        machine=f"{machine.gpu or f'{machine.cores} CPU cores'}, {machine.system}",
        minutes=clock.seconds / 60,
        steps=bench.plan.optim.steps,
        data_wait_share=clock.waited / max(clock.seconds, 1e-9),
    )
