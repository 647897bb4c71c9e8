"""How many cores this process may use: a container's share is often less than the machine that shows through."""

import math
import os
from functools import cache
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
"""Where the limits of all groups of processes lie."""
MEMBERSHIP = Path("/proc/self/cgroup")
"""Says which group this process is in."""
UNLIMITED = ("max", "-1")


@cache
def usable_cores() -> int:
    """Return how many cores this process may use at a time: those it may run on, and no more than its quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, quota(CGROUPS, MEMBERSHIP))))


def quota(cgroups: Path, membership: Path) -> float:
    """Return the cores that the control groups of this process leave it, as `docker --cpus` sets them; inf if all.

    `cgroups`: where they are mounted, version 1 or 2; `membership`: the file that names this process's groups.
    """
    try:
        lines = membership.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return math.inf
    found = [math.inf]
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if not controllers:
            found += [_of_version_2(folder) for folder in _upwards(cgroups, group)]
        elif "cpu" in controllers.split(","):
            for name in (controllers, "cpu"):
                found += [_of_version_1(folder) for folder in _upwards(cgroups / name, group)]
    return min(found)


def _upwards(mounted: Path, group: str) -> list[Path]:
    """Return the folders of a group and of those above it: each may set a limit, and a container sees the top."""
    parts = PurePosixPath(group.strip("/")).parts
    if ".." in parts:  # a group above the container's own
        parts = ()
    return [mounted.joinpath(*parts[:count]) for count in range(len(parts), -1, -1)]


def _of_version_2(folder: Path) -> float:
    return _cores(*_words(folder / "cpu.max", 2))


def _of_version_1(folder: Path) -> float:
    return _cores(*_words(folder / "cpu.cfs_quota_us", 1), *_words(folder / "cpu.cfs_period_us", 1))


def _words(file: Path, count: int) -> list[str]:
    """Return the words of a file of the kernel, so many; words for "no limit" if it is absent."""
    try:
        words = file.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        words = []
    return words if len(words) == count else [UNLIMITED[0]] * count


def _cores(allowed: str, period: str) -> float:
    """Return microseconds of computing a period as a number of cores."""
    if allowed in UNLIMITED or not (allowed.isdigit() and period.isdigit() and int(allowed) and int(period)):
        return math.inf
    return int(allowed) / int(period)
