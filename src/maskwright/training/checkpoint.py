"""checkpoint.pt: what an interrupted training needs to continue with the same numbers."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge
from pydantic import TypeAdapter, ValidationError
from pydantic.types import AllowInfNan

from maskwright.datasets.content_hash import data_digest
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import RunError
from maskwright.models.weights.tensor_files import load_tensors, save_tensors
from maskwright.output_file_names import CHECKPOINT_FILE
from maskwright.planning.plan_file import plan_of_run
from maskwright.runs.folder import HistoryRow, read_run_facts, write_history
from maskwright.training.distributed.group import from_first
from maskwright.training.loop_log import Log
from maskwright.training.state import TrainingState

SAME_AGAIN = (
    "resume with the data, --seed, --only, --folds, --set data.* and split.* of the first time, or choose another --out"
)
Seconds = Annotated[float, Ge(0.0), AllowInfNan(False)]
Tree = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """The contents of checkpoint.pt.

    `steps`, `timed`, `step_s`, `saving_s`, `history`: of the log. `net`, `average`, `optimizer`: state dicts.
    `health`: the monitor as plain values. `weights`: where the first weights came from.
    """

    step: Annotated[int, Ge(0)]
    steps: Annotated[int, Ge(0)]
    timed: bool
    step_s: Seconds
    saving_s: Seconds
    seconds: Seconds
    waited: Seconds
    net: Tree
    average: Tree
    optimizer: Tree
    history: list[tuple[int, float, float, float, float | None]]
    health: Tree
    weights: str


OLD_NAMES = {"optimiser": "optimizer", "care": "health"}
"""Keys of `Saved` as maskwright 0.1.0 wrote them."""


def save(state: TrainingState, log: Log, step: int, *, health: Tree) -> None:
    """Write checkpoint.pt, which continues the training from `step`, and history.csv; `health`: plain values.

    It holds nothing about the number of devices: any other number can continue.
    """
    if not log.writes:
        return
    started = time.monotonic()
    values = {
        "step": step,
        "steps": log.plan.optim.steps,
        "timed": log.timed,
        "step_s": log.step_s,
        "saving_s": log.saving_s,
        **_identity(state),
        "seconds": log.clock.seconds,
        "waited": log.clock.waited,
        "net": state.net.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "history": [(row.step, row.minutes, row.loss, row.lr, row.validation_iou) for row in log.history],
        "health": health,
        "weights": state.weights,
    }
    save_tensors(log.folder / CHECKPOINT_FILE, values)
    write_history(log.folder, log.history)
    log.saving_s = time.monotonic() - started


def _identity(state: TrainingState) -> Tree:
    """Return what must be the same for a run to continue: the seed, the parts, and the data."""
    parts = state.parts
    return {
        "seed": state.seed,
        "train": sample_names(parts.train),
        "inner": list(parts.inner),
        "test": sample_names(parts.test),
        "data": state.digests.data,
    }


def restore(state: TrainingState, log: Log) -> Saved:
    """Load the last checkpoint into the state's network and optimizer and into the log, and return it.

    Raises RunError if it is damaged, or if its seed, photos, masks, classes or split are not those of the state.
    """
    saved = from_first(state.ranks, lambda: _read_same(log.folder, state))
    log.clock.before, log.clock.waited = saved.seconds, saved.waited
    log.history = [HistoryRow(*row) for row in saved.history]
    log.plan = replace(state.plan, optim=replace(state.plan.optim, steps=saved.steps))
    log.timed, log.step_s, log.saving_s = saved.timed, saved.step_s, saved.saving_s
    _load(state, saved, log.folder / CHECKPOINT_FILE)
    return saved


def _read_same(folder: Path, state: TrainingState) -> Saved:
    """Return the checkpoint in the folder; RunError if it is that of another training."""
    values = load_tensors(folder / CHECKPOINT_FILE)
    _require_same(folder, values, state)
    saved = _parse(folder / CHECKPOINT_FILE, values)
    _require_same_steps(folder, saved)
    return saved


def _require_same_steps(folder: Path, saved: Saved) -> None:
    """Raise RunError if the steps in plan.toml were edited; the rates until here followed the old ones."""
    steps = plan_of_run(folder).optim.steps
    if not saved.timed and steps != saved.steps:
        raise RunError(
            f"{folder / 'plan.toml'} gives optim.steps = {steps}, and the training was begun with {saved.steps}: put "
            f"{saved.steps} back to resume, or train again with another --out"
        )


def reload_weights(state: TrainingState, folder: Path) -> int:
    """Load network and optimizer of the last checkpoint into the state; return its step."""
    saved = from_first(state.ranks, lambda: _parse(folder / CHECKPOINT_FILE, load_tensors(folder / CHECKPOINT_FILE)))
    _load(state, saved, folder / CHECKPOINT_FILE)
    return saved.step


def _require_same(folder: Path, values: Mapping[str, Any], state: TrainingState) -> None:
    if "data" not in values:
        raise RunError(
            f"{folder} was begun with an earlier maskwright: finish it with that one, or choose another --out"
        )
    if values.get("seed") != state.seed:
        raise RunError(f"{folder} was begun with seed {values.get('seed')}: resume with --seed {values.get('seed')}")
    identity = _identity(state)
    if {key: values.get(key) for key in identity} != identity:
        photos = {*values.get("train", ()), *values.get("test", ())}
        raise RunError(
            f"{folder} was begun with other photos, masks, classes or another division: {_way_out(state.parts, photos)}"
        )


def _way_out(parts: Parts, photos: Collection[str]) -> str:
    """Return what to do about another division; `photos` are the names of those that the run was begun with."""
    groups_by = parts.train.facts.groups_by
    if not groups_by or set(photos) != {*sample_names(parts.train), *sample_names(parts.test)}:
        return SAME_AGAIN
    return (
        f"it has the same photos, and groups by their {groups_by} are kept whole now, as earlier versions did not do: "
        f"if nothing else was changed, choose another --out; else {SAME_AGAIN}"
    )


def _parse(path: Path, values: Mapping[str, Any]) -> Saved:
    named = {OLD_NAMES.get(key, key): value for key, value in values.items()}
    try:
        return TypeAdapter(Saved).validate_python(named)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{path} is damaged ({key}: {first['msg']}): train again") from error


def _load(state: TrainingState, saved: Saved, path: Path) -> None:
    try:
        state.net.load_state_dict(saved.net)
        state.average.load_state_dict(saved.average)
        state.optimizer.load_state_dict(saved.optimizer)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} does not fit plan.toml: restore the run's plan.toml, or train again") from error


def require_same_parts(folder: Path, parts: Parts, *, seed: int) -> None:
    """Raise RunError if the finished run in `folder` was trained on other photos or masks, or with another seed."""
    facts = read_run_facts(folder)
    now = (sample_names(parts.train), sample_names(parts.test), seed)
    if (list(facts.train_photos), list(facts.test_photos), facts.seed) != now:
        way_out = _way_out(parts, {*facts.train_photos, *facts.test_photos}) if facts.seed == seed else SAME_AGAIN
        raise RunError(f"{folder} holds a finished run with other photos, seed or division: {way_out}")
    if facts.data_digest not in ("", data_digest(parts.train)):
        raise RunError(f"{folder} holds a finished run trained on other masks or classes: {SAME_AGAIN}")


def sample_names(dataset: Dataset | None) -> list[str]:
    """Return the names of a part's samples; none if there is no such part."""
    return [sample.name for sample in dataset.samples] if dataset else []
