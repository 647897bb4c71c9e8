"""The group of processes that train together: joining it, and passing plain values through it.

Values go through a gloo group, which waits on the CPU for as long as the first process checks or evaluates. Each
training has a group of its own for its tensors, nccl between GPUs.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from inspect import signature
from typing import Any, Literal, TypeVar

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import distributed
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from maskwright.errors import ConfigError, DevicesError, MaskwrightError
from maskwright.planning.machine import this_machine
from maskwright.training.distributed.ranks import Ranks, ranks_of

T = TypeVar("T")
JOINING = timedelta(minutes=10)
"""After this time the processes that have come give up."""
WAITING = timedelta(days=30)
"""The others wait for the first process without limit: what ends a process ends its connections too."""
STEP = timedelta(minutes=10)
"""No exchange within a training takes so long."""
LOST = ("gloo", "nccl", "connection closed by peer", "connection reset by peer", "broken pipe", "store")
"""Words in torch's messages about a process that has ended."""


@contextmanager
def joined(ranks: Ranks) -> Iterator[None]:
    """Join the group of processes; DevicesError in one line if they do not come, or if one ends while others train."""
    try:
        store, _, _ = next(rendezvous("env://", timeout=JOINING))
        store = PrefixStore(f"group {_number_of_group(store, ranks)}", store)
        distributed.init_process_group("gloo", store=store, rank=ranks.rank, world_size=ranks.count, timeout=WAITING)
    except (distributed.DistError, RuntimeError, ValueError) as error:
        where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
        raise DevicesError(
            f"{ranks.name} found no others at {where}: start all {ranks.count} with the same --rdzv-endpoint"
        ) from error
    try:
        yield
    except MaskwrightError:
        raise
    except RuntimeError as error:
        if any(word in str(error).lower() for word in LOST):
            raise DevicesError(
                "another process of this training ended: see what it printed; the same command with --resume continues"
            ) from error
        raise
    distributed.destroy_process_group()


def _number_of_group(store: Store, ranks: Ranks) -> int:
    """Return how many groups the processes have joined before: each has addresses of its own in the store."""
    return (int(store.add("joined", 1)) - 1) // ranks.count


def current_ranks() -> Ranks:
    """Return the place of this process in the group that it has joined; the only one without a group."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return Ranks()
    return ranks_of(os.environ) or Ranks()


def from_first(ranks: Ranks, make: Callable[[], T]) -> T:
    """Return on every process what `make` gives on the first; only there it is called."""
    if ranks.count == 1:
        return make()
    values = [make() if ranks.is_first else None]
    distributed.broadcast_object_list(values, src=0)
    return values[0]  # type: ignore[return-value]


def from_all(ranks: Ranks, value: T) -> list[T]:
    """Return the values of all processes, in their order."""
    if ranks.count == 1:
        return [value]
    values: list[Any] = [None] * ranks.count
    distributed.all_gather_object(values, value)
    return values


@contextmanager
def agreed(ranks: Ranks) -> Iterator[None]:
    """Do something on every process; if it fails on one, the first process raises that error, all others end."""
    failure: MaskwrightError | None = None
    try:
        yield
    except MaskwrightError as error:
        failure = error
    for rank, known in enumerate(from_all(ranks, failure)):
        if known is not None and ranks.is_first:
            raise known if rank == 0 else type(known)(f"process {rank + 1} of {ranks.count}: {known}")
        if known is not None:
            raise DevicesError("a process of this training failed")


def training_group(ranks: Ranks) -> distributed.ProcessGroup | None:
    """Return a new group for the tensors of a training; None if this process trains alone."""
    if ranks.count == 1:
        return None
    group = distributed.new_group(backend="nccl" if this_machine().gpu else "gloo", timeout=STEP)
    assert isinstance(group, distributed.ProcessGroup)
    return group


def make_fabric(
    ranks: Ranks, group: distributed.ProcessGroup | None, *, precision: Literal["32-true", "bf16-mixed"]
) -> Fabric:
    """Return Fabric for one device, or for DistributedDataParallel over the group.

    Raises ConfigError if this machine has fewer GPUs than processes.
    """
    accelerator = "cuda" if this_machine().gpu else "cpu"  # what the plan was made for: never a Mac's GPU unasked
    if group is None:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    if accelerator == "cuda" and ranks.local_count > torch.cuda.device_count():
        raise ConfigError(
            f"{ranks.local_count} processes run on this machine, but it has {torch.cuda.device_count()} GPUs: "
            "start one a GPU"
        )
    # The graph is the same in every step: so parameters that no gradient reaches are allowed, as on one device.
    options: dict[str, Any] = {"process_group": group, "static_graph": True, _sync_of_buffers(): False}
    fabric = Fabric(
        accelerator=accelerator,
        devices=ranks.local_count,
        num_nodes=ranks.nodes,
        strategy=DDPStrategy(**options),
        precision=precision,
        plugins=[TorchElasticEnvironment()],
    )
    fabric.launch()
    return fabric


def _sync_of_buffers() -> str:
    """Return the argument of DistributedDataParallel, renamed in torch 2.15, that broadcasts BatchNorm's statistics."""
    known = signature(DistributedDataParallel).parameters
    return "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
