"""From many requests to one worker: a bounded queue, first come, first served."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from maskwright.serve.limits import Limits
from maskwright.serve.refusal import RefusedError
from maskwright.serve.worker import RETRY_S, Worker
from maskwright.serve.worker_process import Done, Job


class Dispatcher:
    """Lets at most `limits.waiting` requests wait for the worker, and refuses the others at once."""

    def __init__(self, worker: Worker, limits: Limits) -> None:
        self.worker, self._limits = worker, limits
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="maskwright-worker")
        self.waiting = 0

    async def ask(self, job: Job) -> Done:
        """Return the answer to a job; RefusedError 429 if the queue is full, else as `Worker.ask`."""
        if self.waiting >= self._limits.waiting:
            raise RefusedError(429, f"{self.waiting} requests are waiting: try again later", retry_after_s=RETRY_S)
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self.worker.ask, job)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """End the worker; what waits is not predicted any more."""
        self.worker.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)
