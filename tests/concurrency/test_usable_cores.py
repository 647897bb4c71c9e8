"""Cores that a container may use."""

import math
import os
from pathlib import Path

import pytest

from maskwright.concurrency.usable_cores import quota, usable_cores


def test_no_more_cores_than_this_process_may_run_on() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def write(root: Path, files: dict[str, str]) -> tuple[Path, Path]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root / "cgroup", root / "self"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"self": "0::/\n", "cgroup/cpu.max": "200000 100000\n"}, 2.0),  # docker --cpus=2, seen from inside
        ({"self": "0::/\n", "cgroup/cpu.max": "max 100000\n"}, math.inf),
        ({"self": "0::/\n"}, math.inf),  # the root group has no such file
        ({"self": "0::/a/b\n", "cgroup/a/cpu.max": "150000 100000\n", "cgroup/a/b/cpu.max": "max 100000\n"}, 1.5),
        ({"self": "0::/../..\n", "cgroup/cpu.max": "50000 100000\n"}, 0.5),
        (
            {
                "self": "4:cpu,cpuacct:/docker/12ab\n0::/\n",  # as the host names it
                "cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
                "cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            3.0,
        ),
        (
            {
                "self": "1:cpu:/one\n",
                "cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "cgroup/cpu/one/cpu.cfs_quota_us": "100000\n",
                "cgroup/cpu/one/cpu.cfs_period_us": "50000\n",
            },
            2.0,
        ),
        ({"self": "0::/\n", "cgroup/cpu.max": "what 100000 is this"}, math.inf),
        ({"self": "2:cpuset:/x\n", "cgroup/cpuset/cpu.cfs_quota_us": "1000"}, math.inf),
    ],
)
def test_the_quota_of_control_groups_is_read(tmp_path: Path, files: dict[str, str], cores: float) -> None:
    assert quota(*write(tmp_path, files)) == cores


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert quota(tmp_path, tmp_path / "absent") == math.inf
