"""A Ray cluster of several nodes on this machine, in a process of its own, for tests and benchmarks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_SCRIPT = """
import json, os, sys

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "RAY_raylet_start_wait_time_s": "300"}
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
    """Start a head node with the first number of CPUs and another node for each further number; end all of them."""
    words = [sys.executable, "-W", "ignore", "-c", _SCRIPT, *map(str, cpus)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    before = psutil.Process(process.pid)
    try:
        assert process.stdout is not None
        yield RayNodes(json.loads(process.stdout.readline()), process)
    finally:
        children = before.children(recursive=True)
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in children:
            if child.is_running():
                child.kill()
        psutil.wait_procs(children, 20)
        if process.stdout is not None:
            process.stdout.close()


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
