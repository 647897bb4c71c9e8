"""The worker seen from the server: started, asked, ended where it takes too long, and started again."""

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock

from maskwright.errors import RunError
from maskwright.serve.limits import Limits
from maskwright.serve.refusal import RefusedError
from maskwright.serve.worker_process import Done, Failed, Job, Loading, Ready, work

START_S = 300.0
RETRY_S = 5


class Worker:
    """Holds one worker process. `ask` is called from one thread at a time."""

    def __init__(self, loading: Loading, limits: Limits) -> None:
        self._loading, self._limits = loading, limits
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._starting = Lock()
        self.restarts = 0
        self.classes: dict[str, tuple[str, ...]] = {}
        self.notes: tuple[str, ...] = ()
        self.trust: dict[str, str] = {}

    @property
    def is_ready(self) -> bool:
        """True while the process is there and its networks are loaded."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """The id of the worker process."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process and wait for its networks; RunError if they cannot be loaded."""
        with self._starting:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            arguments = (theirs, self._loading, self._limits.megapixels)
            self._process = context.Process(target=work, args=arguments, name="maskwright-worker", daemon=True)
            self._process.start()
            theirs.close()
            self._await_ready(self._pipe)

    def _await_ready(self, pipe: Connection) -> None:
        try:
            first = pipe.recv() if pipe.poll(START_S) else Failed(500, f"the networks did not load in {START_S:.0f} s")
        except (EOFError, OSError):
            first = Failed(500, "the worker process ended while it loaded the networks")
        if not isinstance(first, Ready):
            self.stop()
            raise RunError(first.message)
        self.classes, self.notes, self.trust = first.classes, first.notes, first.trust

    def ask(self, job: Job) -> Done:
        """Return the answer to a job; RefusedError if it is refused, takes too long, or the process ends over it."""
        if not self.is_ready:
            self.restart()
        assert self._pipe is not None
        try:
            self._pipe.send(job)
            if not self._pipe.poll(self._limits.predict_s):
                self.stop()
                limit = f"{self._limits.predict_s:g}"
                raise RefusedError(
                    503, f"the prediction took more than {limit} s: send a smaller photo", retry_after_s=RETRY_S
                )
            reply: Done | Failed = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise RefusedError(503, "the worker process ended: try again", retry_after_s=RETRY_S) from error
        if isinstance(reply, Failed):
            raise RefusedError(reply.status, reply.message)
        return reply

    def restart(self) -> None:
        """Start the process again; RefusedError if that fails."""
        self.stop()
        self.restarts += 1
        try:
            self.start()
        except RunError as error:
            raise RefusedError(503, f"the worker process cannot be started: {error}", retry_after_s=RETRY_S) from error

    def stop(self) -> None:
        """End the process at once."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
            self._process = None
