"""Trainings on Ray: a task each, into a run folder of its own; what they wait for is trained before."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from maskwright.errors import MaskwrightError
from maskwright.workflows.engines.ray_cluster import Cluster, as_ours

MOST_RETRIES = 3
"""After so many deaths of a worker or a node a training is given up; each goes on from its last checkpoint."""


@dataclass(frozen=True)
class Training:
    """One training: what runs it, picklable, and the names of the trainings that it `follows`."""

    name: str
    run: Callable[[], object]
    follows: tuple[str, ...] = ()


def run_trainings(cluster: Cluster, trainings: Sequence[Training], *, tell: Callable[[str], None]) -> None:
    """Run every training as a task of as many CPUs as this process has threads for PyTorch, and a GPU where there are.

    Plan, seed and threads are those of a training in this process. The error of the first that fails is raised.
    """
    ray, threads = cluster.ray, torch.get_num_threads()
    options = {"num_cpus": threads, "num_gpus": 1 if cluster.gpus else 0, "max_retries": MOST_RETRIES}
    task = ray.remote(**options)(_run)
    tell(
        f"{len(trainings)} trainings on Ray, {threads} CPU{'s'[: threads > 1]}{' and a GPU' * bool(cluster.gpus)} each"
    )
    references: dict[str, Any] = {}
    for training in trainings:
        after = [references[name] for name in training.follows if name in references]
        references[training.name] = task.remote(replace(training, follows=()), threads, str(Path.cwd()), *after)
    waiting = {reference: name for name, reference in references.items()}
    while waiting:
        (ready,), _ = ray.wait(list(waiting), num_returns=1)
        try:
            ray.get(ready)
        except ray.exceptions.RayTaskError as error:
            raise as_ours(error) from error
        except ray.exceptions.RayError as error:
            reason = str(error).strip().partition("\n")[0][:160]
            raise MaskwrightError(f"{waiting[ready]} was lost ({reason}): go on with --resume") from error
        tell(f"{waiting.pop(ready)} is trained")


def _run(training: Training, threads: int, folder: str, *_: object) -> None:
    """Run a training in a worker, in the folder of the command; Ray passes what it follows, which is nothing."""
    torch.set_num_threads(threads)
    with contextlib.chdir(folder):
        training.run()
