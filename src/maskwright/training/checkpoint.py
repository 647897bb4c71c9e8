"""What a training saves on its way, and how an interrupted one goes on from it with the same numbers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright.datasets.dataset import Dataset
from maskwright.errors import RunError
from maskwright.losses.build import make_loss
from maskwright.models.weights.tensor_files import load_tensors, save_tensors
from maskwright.planning.plan import Plan
from maskwright.runs.folder import HistoryRow, write_history
from maskwright.training.health.monitor import Care, care_as_tree, care_from_tree
from maskwright.training.health.rescue import plan_after
from maskwright.training.state import Bench

if TYPE_CHECKING:
    from maskwright.training.loop import Progress

SAME_AGAIN = (
    "resume with the data, --seed, --only, --folds, --set data.* and split.* of the first time, or choose another --out"
)


@dataclass
class Clock:
    """Where the time went, in seconds: `before` in earlier sessions of a resumed run, `waited` for data."""

    started: float
    before: float = 0.0
    waited: float = 0.0

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.started


@dataclass
class Log:
    """Where a training writes down how it goes, and what it knows of itself.

    `plan` is plan.toml: without what rescues changed. Where `timed`, its steps are to fill its minutes. `step_s`: how
    long a step takes, the latest weighing most; `saving_s`: how long the latest saving took.
    """

    folder: Path
    clock: Clock
    on_progress: "Callable[[Progress], None]"
    care: Care
    plan: Plan
    timed: bool
    step_s: float = 0.0
    saving_s: float = 0.0
    history: list[HistoryRow] = field(default_factory=list)


def save(bench: Bench, log: Log, step: int) -> None:
    """Write checkpoint.pt, all that the training needs to go on from `step`, and history.csv."""
    started = time.monotonic()
    state = {
        "step": step,
        "steps": log.plan.optim.steps,
        "timed": log.timed,
        "step_s": log.step_s,
        "saving_s": log.saving_s,
        **_identity(bench),
        "seconds": log.clock.seconds,
        "waited": log.clock.waited,
        "net": bench.net.state_dict(),
        "average": bench.average.state_dict(),
        "optimiser": bench.optimiser.state_dict(),
        "history": [(r.step, r.minutes, r.loss, r.lr, r.validation_iou) for r in log.history],
        "care": care_as_tree(log.care),
        "weights": bench.weights,
    }
    save_tensors(log.folder / "checkpoint.pt", state)
    write_history(log.folder, log.history)
    log.saving_s = time.monotonic() - started


def _identity(bench: Bench) -> dict[str, object]:
    """Return what must be the same for a run to go on: the seed, who learns, watches and is held out, and the masks."""
    parts = bench.parts
    return {
        "seed": bench.seed,
        "train": sample_names(parts.train),
        "inner": list(parts.inner),
        "test": sample_names(parts.test),
        "data": bench.learnt.data,
    }


def is_begun(folder: Path) -> bool:
    """Tell whether the folder holds a training that was interrupted."""
    return (folder / "checkpoint.pt").exists()


def restore(bench: Bench, log: Log) -> tuple[Bench, int]:
    """Load the last saved state; return the bench and the step, the beginning where nothing was saved yet."""
    folder = log.folder
    if not is_begun(folder):
        return bench, 0
    state = load_tensors(folder / "checkpoint.pt")
    if "data" not in state:
        raise RunError(
            f"{folder} was begun with an earlier maskwright: finish it with that one, or choose another --out"
        )
    if state["seed"] != bench.seed:
        raise RunError(f"{folder} was begun with seed {state['seed']}: resume with --seed {state['seed']}")
    if {key: state.get(key) for key in _identity(bench)} != _identity(bench):
        raise RunError(f"{folder} was begun with other photos, masks, classes or another division: {SAME_AGAIN}")
    log.clock.before, log.clock.waited = state["seconds"], state["waited"]
    log.history = [HistoryRow(*row) for row in state["history"]]
    log.care = care_from_tree(state["care"])
    log.plan = replace(bench.plan, optim=replace(bench.plan.optim, steps=state["steps"]))
    log.timed, log.step_s, log.saving_s = state["timed"], state["step_s"], state["saving_s"]
    step = load_weights(bench, state)
    bench = replace(bench, weights=state["weights"])
    return by_plan(bench, plan_after(log.plan, log.care.rescues)), step


def by_plan(bench: Bench, plan: Plan) -> Bench:
    """Return the bench with another plan and its loss; the rates of the optimiser stay as they are."""
    return replace(bench, plan=plan, loss=make_loss(plan.loss, bench.fabric.device))


def load_weights(bench: Bench, state: dict[str, Any]) -> int:
    """Load a saved state into the bench; return its step."""
    bench.net.load_state_dict(state["net"])
    bench.average.load_state_dict(state["average"])
    bench.optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def sample_names(dataset: Dataset | None) -> list[str]:
    """Return the names of a part's samples, none for no part."""
    return [sample.name for sample in dataset.samples] if dataset else []
