"""Prediction of a long list on Ray: actors hold the model; each gets a chunk of paths, reads and predicts it."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maskwright._version import __version__
from maskwright.classes import ClassTable
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.inference.exported.exported_files import read_exported
from maskwright.inference.load import run_folders
from maskwright.inference.outputs.object_table import Scale
from maskwright.inference.outputs.photo_outputs import Measuring
from maskwright.remote_storage import Storage
from maskwright.runs.folder import read_run_facts
from maskwright.workflows.distribution_shift import unlike_runs
from maskwright.workflows.engines.ray_cluster import Cluster, as_ours
from maskwright.workflows.photo_lists.chunk_prediction import predict_chunk
from maskwright.workflows.photo_lists.chunks import Chunk, ChunkResult
from maskwright.workflows.photo_lists.done_list import enter_chunk, entered_chunk
from maskwright.workflows.photo_lists.identity import prediction_identity, require_same_identity, require_seen

MEMORY_BYTES = 1 << 30
"""What an actor asks Ray for: PyTorch, the model, and a photo of about 6 megapixels."""
MOST_TRIES = 3
MOST_DEATHS = 20
"""So many actors may die one after another without a chunk being finished."""
WAIT_S = 20
"""How long one answer is waited for before the actors are looked at."""
LONGEST_START_S = 300
"""After this time without an actor at work, the cluster is called too small."""


@dataclass(frozen=True)
class ActorJob:
    """What every actor predicts with, and where to."""

    run: str
    runtime: str
    fast: bool
    storage: Storage
    measuring: Measuring
    identity: dict[str, object]


def actor_job(run: Path, storage: Storage, scale: Scale, *, runtime: str, fast: bool) -> tuple[ActorJob, ClassTable]:
    """Return what the actors need, and the classes of the run; OutputError if the output is of another model."""
    identity = prediction_identity(run, scale, fast=fast)
    require_same_identity(storage, identity, run=run)
    everywhere = ",".join(os.path.abspath(part) for part in ([run] if run.exists() else str(run).split(",")))  # noqa: PTH100
    facts = None if run.is_file() else read_run_facts(run_folders(run)[0])
    classes = read_exported(run)[1].classes if facts is None else facts.classes
    return ActorJob(everywhere, runtime, fast, storage, Measuring(scale, unlike_runs(run)), identity), classes


class Predictor:
    """An actor: the model, loaded once on its node."""

    def __init__(self, job: ActorJob) -> None:
        self.job = job

    def start(self) -> str:
        """Load the model; return the version of maskwright here. Raises ConfigError if this node lacks the output."""
        from maskwright.workflows.export import load_with

        try:
            require_seen(self.job.storage, self.job.identity)
            run, runtime = Path(self.job.run), self.job.runtime
            self.segmenter = load_with(run, runtime, tell=lambda _: None, fast=self.job.fast)
        except MaskwrightError as error:
            raise ConfigError(f"on the node {socket.gethostname()}: {error}") from error
        return __version__

    def predict(self, chunk: Chunk, again: bool) -> ChunkResult:
        """Predict a chunk; one tried `again` may be entered already, by an actor that died before it answered."""
        before = entered_chunk(self.job.storage, chunk) if again else None
        if before is not None:
            return before
        return predict_chunk(self.segmenter, chunk, self.job.storage, self.job.measuring)


@dataclass(frozen=True)
class _Work:
    """What an actor does now: a chunk, or None while it starts."""

    actor: Any
    chunk: Chunk | None
    tries: int = 0


@dataclass
class _State:
    """Chunks that wait with how often they were tried, what each actor does, and deaths since the last success."""

    fresh: Iterator[Chunk]
    waiting: list[tuple[Chunk, int]] = field(default_factory=list)
    busy: dict[Any, _Work] = field(default_factory=dict)
    idle: list[Any] = field(default_factory=list)
    deaths: int = 0

    def next(self) -> tuple[Chunk, int] | None:
        """Return the chunk that is to be done next, None if none waits."""
        if not self.waiting and (chunk := next(self.fresh, None)) is not None:
            self.waiting.append((chunk, 0))
        return self.waiting[-1] if self.waiting else None

    @property
    def unfinished(self) -> bool:
        """True if a chunk waits or is being predicted."""
        return self.next() is not None or any(work.chunk is not None for work in self.busy.values())


def predict_on_ray(cluster: Cluster, job: ActorJob, chunks: Iterator[Chunk]) -> Iterator[ChunkResult]:
    """Yield the result of every chunk as it is finished; no more chunks are on their way than there are actors.

    A chunk whose actor or node died goes to another; a photo that killed its actor several times counts as failed.
    """
    ray, state = cluster.ray, _State(chunks)
    start = _starter(cluster, ray.put(job))
    for _ in range(cluster.places):
        _begin(state, start())
    while state.unfinished:
        reference = _first_ready(ray, state)
        work = state.busy.pop(reference)
        try:
            answer = ray.get(reference)
        except _deaths(ray) as death:
            yield from _lost(state, work, job, death)
            _begin(state, start())
        except ray.exceptions.RayTaskError as error:
            raise as_ours(error) from error
        else:
            state.idle.append(work.actor)
            if work.chunk is None:
                _require_same_version(answer)
            else:
                state.deaths = 0
                yield answer
        _give_chunks(state)


def _starter(cluster: Cluster, job: Any) -> Callable[[], Any]:  # noqa: ANN401 - a reference of Ray
    """Return what starts an actor, with the resources that it takes."""
    options = {"num_cpus": 1, "num_gpus": 1 if cluster.gpus else 0, "memory": MEMORY_BYTES}
    actor_class = cluster.ray.remote(**options)(Predictor)
    return lambda: actor_class.remote(job)


def _begin(state: _State, actor: Any) -> None:  # noqa: ANN401 - a handle of Ray
    """Let an actor load the model; it gets chunks once it has, which on a full cluster may be never."""
    state.busy[actor.start.remote()] = _Work(actor, None)


def _give_chunks(state: _State) -> None:
    """Give each idle actor a chunk, as long as chunks wait."""
    while state.idle and state.next() is not None:
        actor, (chunk, tries) = state.idle.pop(), state.waiting.pop()
        state.busy[actor.predict.remote(chunk, tries > 0)] = _Work(actor, chunk, tries)


def _first_ready(ray: Any, state: _State) -> Any:  # noqa: ANN401 - a module that may not be installed
    """Return what is finished first; ConfigError if no actor starts for minutes while none works."""
    waited_s = 0
    while True:
        ready, _ = ray.wait(list(state.busy), num_returns=1, timeout=WAIT_S)
        if ready:
            return ready[0]
        waited_s += WAIT_S
        if waited_s >= LONGEST_START_S and not any(work.chunk for work in state.busy.values()):
            raise ConfigError(
                f"no actor started in {waited_s} s: the cluster has no free place with 1 CPU and 1 GB: see `ray status`"
            )


def _lost(state: _State, work: _Work, job: ActorJob, death: Exception) -> Iterator[ChunkResult]:
    """Let the chunk of a dead actor wait again; photo by photo after some tries, and at last as failed.

    Raises MaskwrightError if actors die one after another and nothing is finished.
    """
    state.deaths += 1
    if state.deaths >= MOST_DEATHS:
        reason = str(death).strip().partition("\n")[0][:160]
        raise MaskwrightError(
            f"{state.deaths} actors died one after another ({reason}): see the logs of Ray, then go on"
        )
    chunk, tries = work.chunk, work.tries + 1
    if chunk is None:
        return
    if tries < MOST_TRIES:
        state.waiting.append((chunk, tries))
    elif len(chunk.photos) > 1:
        state.waiting += [(Chunk(chunk.number, (photo,)), 1) for photo in chunk.photos]
    else:
        failed = {chunk.photos[0].name: f"{chunk.photos[0].path}: the process that read it died {tries} times"}
        enter_chunk(job.storage, chunk.id, rows=(), done=(), failed=failed)
        yield ChunkResult(0, failed, {})


def _deaths(ray: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401 - a module that may not be installed
    """Return what Ray raises when an actor, its worker process or its node died."""
    said = ray.exceptions
    return (
        said.RayActorError,
        said.WorkerCrashedError,
        said.NodeDiedError,
        said.ObjectLostError,
        said.OutOfMemoryError,
    )


def _require_same_version(version: str) -> None:
    if version != __version__:
        raise ConfigError(f"a node has maskwright {version}, here is {__version__}: install the same on every node")
