"""A command whose trainings run in several processes: the first does the work, the others train in step with it."""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from maskwright.errors import ConfigError, DeviceMemoryError, DevicesError, DivergedError, MaskwrightError
from maskwright.training.distributed.launch import LOST_CODE, end_with_launcher, is_launched
from maskwright.training.distributed.ranks import Ranks

T = TypeVar("T")


def in_several_processes(ranks: Ranks, work: Callable[[], int]) -> int:
    """Do the work of a command on the first process, its trainings on all; return the exit code.

    What fails on all processes is reported by the first, what fails on another one by that one.
    """
    from maskwright.training.distributed.broadcast import hand_out
    from maskwright.training.distributed.group import joined

    if is_launched(os.environ):
        end_with_launcher()
    if not ranks.is_first:
        return _follow(ranks)
    try:
        with joined(ranks):
            code = work()
            hand_out(None, ranks)
            return code
    except (DevicesError, KeyboardInterrupt) as error:
        if is_launched(os.environ):  # the launcher knows what happened, and says so
            sys.exit(130 if isinstance(error, KeyboardInterrupt) else LOST_CODE)
        raise


def result_in_several_processes(ranks: Ranks, work: Callable[[], T]) -> T:
    """Do the work on the first process, its trainings on all; return on each what the work gave, or raise its error.

    Errors in the middle of a training end the processes: they would wait for each other.
    """
    from torch import distributed

    from maskwright.training.distributed.broadcast import hand_out
    from maskwright.training.distributed.group import from_first, joined
    from maskwright.training.worker_loop import run_worker

    if distributed.is_initialized():
        raise ConfigError("this process has joined a torch.distributed group already: call fit before that")
    with joined(ranks):
        outcome: list[T | MaskwrightError] = []
        if ranks.is_first:
            try:
                outcome.append(work())
            except (DevicesError, DivergedError, DeviceMemoryError):
                raise
            except MaskwrightError as error:
                outcome.append(error)
            hand_out(None, ranks)
        else:
            run_worker(ranks)
        given = from_first(ranks, lambda: outcome[0])
        distributed.barrier()
    if isinstance(given, MaskwrightError):
        raise given
    return given


def _follow(ranks: Ranks) -> int:
    from maskwright.training.distributed.group import joined
    from maskwright.training.worker_loop import run_worker

    try:
        with joined(ranks):
            run_worker(ranks)
    except KeyboardInterrupt:
        return 130
    except (DevicesError, DivergedError):  # the first process says the same
        return LOST_CODE
    except MaskwrightError as error:
        raise type(error)(f"{ranks.name}: {error}") from error
    return 0
