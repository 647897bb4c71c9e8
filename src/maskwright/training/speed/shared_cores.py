"""Threads of a training on cores that other programs use too: threads that wait for a held-up one lose all their time.

OpenMP's threads meet after each layer, and spin while they wait. Where another program holds the core of one of them,
every meeting takes a slice of the scheduler's time: on two cores beside one busy program a step took 20 to 60 times as
long with two threads as with one. docs/decisions/285 has the measurements.
"""

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

LEAST_S = 1.0
"""Seconds over which the others' share of the cores is measured, at least."""
TOLERATED_CORES = 0.2
"""What the others may use before a thread is given up for them."""
BUSY_FIELDS = (1, 3, 6, 7)
"""Of a line of /proc/stat: user, system, irq and softirq. What runs niced gives way by itself."""


@dataclass(frozen=True)
class Usage:
    """Seconds of computing on this process's `cores`, by anyone and by this process, at one time of the clock."""

    clock_s: float
    anyone_s: float
    own_s: float
    cores: int


@dataclass
class SharedCores:
    """Sets the number of threads of this process to the cores that other programs leave.

    `most`: threads where nobody else computes; `since`: the usage that the next measurement is compared with, None if
    nothing is watched.
    """

    most: int
    since: Usage | None

    def give_way(self) -> None:
        """Measure what others use, if a second has passed, and set torch's threads for it."""
        if self.since is None or time.monotonic() - self.since.clock_s < LEAST_S:
            return
        now = usage()
        if now is not None:
            threads = threads_beside(others_cores(self.since, now), cores=now.cores, most=self.most)
            if threads != torch.get_num_threads():
                torch.set_num_threads(threads)
        self.since = now


@contextmanager
def shared_cores(*, watched: bool) -> Iterator[SharedCores]:
    """Watch the other programs from now on, and set torch's threads back at the end.

    Nothing is watched where `watched` is False, nor where the user has set OMP_NUM_THREADS.
    """
    most = torch.get_num_threads()
    alone = not watched or most == 1 or bool(os.environ.get("OMP_NUM_THREADS"))
    try:
        yield SharedCores(most, None if alone else usage())
    finally:
        torch.set_num_threads(most)


def others_cores(before: Usage, after: Usage) -> float:
    """Return how many of this process's cores other programs used between two times."""
    seconds = max(after.clock_s - before.clock_s, 1e-9)
    return max(0.0, (after.anyone_s - before.anyone_s - (after.own_s - before.own_s)) / seconds)


def threads_beside(others: float, *, cores: int, most: int) -> int:
    """Return how many threads to compute with, 1 to `most`, while others use so many of the cores."""
    return max(1, min(most, cores - max(0, math.ceil(others - TOLERATED_CORES))))


def usage() -> Usage | None:
    """Return the usage of this process's cores until now; None where the system does not tell, as outside Linux."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    names = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    rows = [fields for line in lines if (fields := line.split()) and fields[0] in names]
    ticks = sum(int(fields[place]) for fields in rows for place in BUSY_FIELDS)
    own = os.times()
    return Usage(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), own.user + own.system, len(rows))
