"""The place of this process among those that train together. No torch: the command line reads it first."""

from collections.abc import Mapping
from dataclasses import dataclass

from maskwright.concurrency.usable_cores import usable_cores
from maskwright.errors import ConfigError
from maskwright.planning.machine import this_machine
from maskwright.wording import count_of

RENDEZVOUS = ("RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""Besides WORLD_SIZE, what torchrun puts into the environment of each process."""


@dataclass(frozen=True)
class Ranks:
    """This process is the `rank`-th (from 0) of `count`, of which `local_count` run on this machine."""

    rank: int = 0
    count: int = 1
    local_count: int = 1

    @property
    def is_first(self) -> bool:
        """True for the one process that writes and prints."""
        return self.rank == 0

    @property
    def local_rank(self) -> int:
        """The number of the device on this machine."""
        return self.rank % self.local_count

    @property
    def nodes(self) -> int:
        """The number of machines."""
        return self.count // self.local_count

    @property
    def name(self) -> str:
        """The process as a person counts."""
        return f"process {self.rank + 1} of {self.count}"

    def share(self, total: int) -> range:
        """Return which of `total` items are this process's: every `count`-th."""
        return range(self.rank, total, self.count)


def ranks_of(environment: Mapping[str, str]) -> Ranks | None:
    """Return the place that torchrun has put into the environment; None where nothing started several processes.

    Raises ConfigError if the environment is incomplete, or if the machines run different numbers of processes.
    """
    if environment.get("WORLD_SIZE", "1") == "1":
        return None
    for name in RENDEZVOUS:
        if not environment.get(name):
            raise ConfigError(
                f"WORLD_SIZE is {environment['WORLD_SIZE']}, but {name} is not set: start with `torchrun -m maskwright "
                "train ...`, which sets both, or unset WORLD_SIZE"
            )
    rank, count, local = (_number(environment, name) for name in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if count % max(1, local) or not 0 <= rank < count:
        raise ConfigError(
            f"{count} processes, {local} of them here, and this one has the number {rank}: start the same number of "
            "processes on each machine, --nproc-per-node of torchrun"
        )
    return Ranks(rank, count, local)


def _number(environment: Mapping[str, str], name: str) -> int:
    try:
        return int(environment[name])
    except ValueError as error:
        raise ConfigError(f"{name} is {environment[name]!r}, not a number: start with torchrun") from error


def require_devices(count: int) -> None:
    """Raise ConfigError if this machine has fewer than `count` GPUs, or, without a GPU, fewer cores."""
    machine = this_machine()
    if machine.gpu:
        import torch

        available, what = torch.cuda.device_count(), "GPU"
    else:
        available, what = machine.cores, "CPU core"
    if count > available:
        raise ConfigError(
            f"{count} devices are asked for, but this machine has {count_of(available, what)}: "
            f"give --devices {available}{'' if available > 1 else ', or leave it out'}"
        )


def threads_each(count: int, environment: Mapping[str, str]) -> str:
    """Return OMP_NUM_THREADS for each of `count` processes: as set, else an equal share of the cores."""
    return environment.get("OMP_NUM_THREADS") or str(max(1, usable_cores() // count))
