"""SIGTERM, as a batch system or a container sends it: the command ends as after Ctrl-C, with nothing left behind."""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

LAUNCHED = ("RANK", "TORCHELASTIC_RUN_ID")
"""Variables of a process of torchrun, which ends its processes itself and waits for them in C++."""


class Terminated(KeyboardInterrupt):
    """SIGTERM was received."""

    exit_code = 128 + signal.SIGTERM


@contextmanager
def sigterm_stops(environment: Mapping[str, str]) -> Iterator[None]:
    """Inside, SIGTERM raises Terminated.

    Nothing changes outside the main thread, in a process of torchrun, and where SIGTERM has a handler already.
    """
    is_main = threading.current_thread() is threading.main_thread()
    is_launched = any(name in environment for name in LAUNCHED)
    if not is_main or is_launched or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _raise(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends the process at once
    raise Terminated
