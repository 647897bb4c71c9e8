"""The trainings of a command, handed by the first process to all others that train with it."""

from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.splitting.split import Parts
from maskwright.errors import ConfigError
from maskwright.planning.plan import Plan
from maskwright.training.distributed.group import from_first
from maskwright.training.distributed.ranks import Ranks
from maskwright.wording import count_of


@dataclass(frozen=True)
class Task:
    """One training: its parts, plan and seed, and its run folder; `begun`: it continues from the last checkpoint."""

    parts: Parts
    plan: Plan
    folder: Path
    seed: int
    begun: bool


def hand_out(task: Task | None, ranks: Ranks) -> None:
    """Give the other processes their next training; None tells them that no more comes.

    Raises ConfigError if the batch has too few crops for so many devices, and on any process but the first.
    """
    if not ranks.is_first:
        raise ConfigError(
            f"{ranks.name} cannot begin a training, only the first can: start `maskwright train` by torchrun"
        )
    if task is not None:
        _require_enough_crops(task.plan, ranks)
    from_first(ranks, lambda: task)


def next_task(ranks: Ranks) -> Task | None:
    """Wait for the next training; None if no more comes."""
    task: Task | None = from_first(ranks, lambda: None)
    return task


def _require_enough_crops(plan: Plan, ranks: Ranks) -> None:
    batch, count = plan.optim.batch, ranks.count
    if batch < count:
        raise ConfigError(
            f"the batch has {count_of(batch, 'crop')}, fewer than the {count} devices: give at most "
            f"{batch} devices, or --set optim.batch={count}"
        )
    if count > 1 and plan.net.checkpointing:
        raise ConfigError("net.checkpointing works on one device only: --set net.checkpointing=false")
