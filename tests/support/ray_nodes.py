"""A Ray cluster of several nodes on this machine, in a process of its own, for tests and benchmarks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import pytest

TRIES = 3
_SCRIPT = """
import json, os, sys

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
os.environ |= {"RAY_agent_register_timeout_ms": "200000", "RAY_raylet_start_wait_time_s": "200"}
from ray.cluster_utils import Cluster

cpus = [int(text) for text in sys.argv[1:]]
small = {"object_store_memory": 100 << 20, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cpus[0], **small})
nodes = [cluster.add_node(num_cpus=count, object_store_memory=100 << 20) for count in cpus[1:]]
print(json.dumps(cluster.address), flush=True)
for line in sys.stdin:
    if line.strip() == "kill node":
        cluster.remove_node(nodes.pop(), allow_graceful=False)
        print(json.dumps("killed"), flush=True)
cluster.shutdown()
"""


@dataclass(frozen=True)
class RayNodes:
    """A running cluster: its address, and the process that holds it."""

    address: str
    process: "subprocess.Popen[str]"

    def kill_node(self) -> None:
        """Kill the last node as a power cut would: -9 for all of its processes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("kill node\n")
        self.process.stdin.flush()
        assert json.loads(self.process.stdout.readline()) == "killed"

    def workers(self, doing: str) -> list[psutil.Process]:
        """Return the worker processes of the cluster whose title begins with `doing`, such as "ray::Predictor"."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if _title(child).startswith(doing)]


@contextmanager
def ray_nodes(*cpus: int) -> Iterator[RayNodes]:
    """Start a head node with the first number of CPUs and another node for each further number; end all of them.

    Ray gives up within seconds on a machine that others keep busy: it is tried three times, then the test is skipped.
    """
    for _ in range(TRIES):
        process = _begun(cpus)
        try:
            assert process.stdout is not None
            address = process.stdout.readline()
            if address:
                yield RayNodes(json.loads(address), process)
                return
        finally:
            _end(process)
    pytest.skip(f"Ray did not start in {TRIES} tries")


def _begun(cpus: tuple[int, ...]) -> "subprocess.Popen[str]":
    words = [sys.executable, "-W", "ignore", "-c", _SCRIPT, *map(str, cpus)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _end(process: "subprocess.Popen[str]") -> None:
    """End the process that holds a cluster, and whatever it started."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    with process:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
    for child in [*children, *_of_session(process.pid)]:
        with suppress(psutil.Error):
            child.kill()
    psutil.wait_procs(children, 20)


def _of_session(session: int) -> list[psutil.Process]:
    """Return the processes of a session that outlived the one that began it."""
    members = []
    for candidate in psutil.process_iter():
        with suppress(OSError):
            if os.getsid(candidate.pid) == session:
                members.append(candidate)
    return members


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
