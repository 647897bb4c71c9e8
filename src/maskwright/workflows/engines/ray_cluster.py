"""Ray: one started on this machine for one command, or a cluster by its address; imported only if asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from maskwright.errors import ConfigError, MaskwrightError
from maskwright.optional_packages import import_extra

RAY = "ray"
"""A cluster that is known here, or started."""
PREFIX = "ray://"
"""Begins the address of a cluster elsewhere."""
OBJECT_STORE_BYTES = 200 << 20
"""Of a Ray that a command starts: only paths and counts pass through it."""
CLIENT_PORT = "10001"
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_agent_register_timeout_ms": "200000",  # on a busy machine nodes take longer than Ray waits by default
    "RAY_raylet_start_wait_time_s": "200",
    "RAY_worker_niceness": "0",  # 15 by default: on a busy machine such workers stand still
}


@dataclass(frozen=True)
class Cluster:
    """The module `ray`, connected, and what the cluster has in all."""

    ray: Any
    cpus: int
    gpus: int

    @property
    def places(self) -> int:
        """How many one-CPU actors there may be: one a GPU, else one a CPU, with one CPU left free.

        Ray stands still without a word where actors take every CPU.
        """
        return self.gpus or max(1, self.cpus - 1)


def address_of(text: str) -> str:
    """Return the address in "ray" ("": a Ray for this command alone) or "ray://ADDRESS"; ConfigError for other text."""
    if text == RAY:
        return ""
    if text.startswith(PREFIX) and len(text) > len(PREFIX):
        return text.removeprefix(PREFIX)
    raise ConfigError(f"--on {text} is no engine: give ray, ray://auto on a node of a cluster, or ray://HOST:6379")


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to a cluster, or start a Ray on this machine if the address is ""; both are left at the end.

    Raises ConfigError where Ray is not installed, or no cluster answers.
    """
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    ray = import_extra("ray", "ray", purpose="--on ray")
    try:
        _connect(ray, address)
    except Exception as error:  # Ray raises bare exceptions where a node does not start
        reason = str(error).strip().partition("\n")[0][:160]
        raise ConfigError(
            f"no Ray cluster answers at {address or 'this machine'}: {reason}: see `ray status`"
        ) from error
    try:
        has = ray.cluster_resources()
        yield Cluster(ray, int(has.get("CPU", 1)), int(has.get("GPU", 0)))
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:  # noqa: ANN401 - a module that may not be installed
    shared = {"logging_level": "ERROR", "log_to_driver": False}
    if not address:
        # One more CPU than there is: the one that no actor takes.
        cpus = (os.cpu_count() or 1) + 1
        ray.init("local", num_cpus=cpus, object_store_memory=OBJECT_STORE_BYTES, include_dashboard=False, **shared)
    elif address.endswith(f":{CLIENT_PORT}"):
        ray.init(f"{PREFIX}{address}", **shared)
    else:
        ray.init(address, **shared)


def as_ours(error: Any) -> MaskwrightError:  # noqa: ANN401 - an error of Ray
    """Return what a task or an actor raised, in one line."""
    cause = error.cause
    if isinstance(cause, MaskwrightError):
        return cause
    return MaskwrightError(f"on Ray: {type(cause).__name__}: {str(cause)[:160]}")
