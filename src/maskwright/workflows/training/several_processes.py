"""A command whose trainings run in several processes: the first does the work, the others train in step with it."""

import os
import sys
from collections.abc import Callable

from maskwright.errors import DevicesError, DivergedError, MaskwrightError
from maskwright.training.devices.launch import LOST_CODE, end_with_launcher, is_launched
from maskwright.training.devices.ranks import Ranks


def in_several_processes(ranks: Ranks, work: Callable[[], int]) -> int:
    """Do the work of a command on the first process, its trainings on all; return the exit code.

    What fails on all processes is reported by the first, what fails on another one by that one.
    """
    from maskwright.training.devices.broadcast_trainings import hand_out
    from maskwright.training.devices.group import joined

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


def _follow(ranks: Ranks) -> int:
    from maskwright.training.devices.group import joined
    from maskwright.training.follow_first_process import follow

    try:
        with joined(ranks):
            follow(ranks)
    except KeyboardInterrupt:
        return 130
    except (DevicesError, DivergedError):  # the first process says the same
        return LOST_CODE
    except MaskwrightError as error:
        raise type(error)(f"{ranks.name}: {error}") from error
    return 0
