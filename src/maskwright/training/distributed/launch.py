"""Starting the processes of a training on this machine, one a device, by torch's elastic launcher (torchrun's)."""

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING

from maskwright.errors import DevicesError
from maskwright.training.distributed.ranks import threads_each

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

RUN_ID = "maskwright-devices"
"""Name of the launch in TORCHELASTIC_RUN_ID, by which a process knows that this module started it."""
LOST_CODE = 75
"""Exit code of a process that ends because another one did; the launcher then says why."""
SHUTDOWN_S = 10
PARENT_EVERY_S = 1.0


def is_launched(environment: Mapping[str, str]) -> bool:
    """Return True in a process that `launch` started."""
    return environment.get("TORCHELASTIC_RUN_ID") == RUN_ID


def end_with_launcher() -> None:
    """End this process when the launcher has ended, even by SIGKILL: each has a session of its own and would go on."""
    launcher = os.getppid()

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(PARENT_EVERY_S)
        os._exit(LOST_CODE)  # as after a SIGKILL: files are written whole or not at all

    Thread(target=watch, daemon=True).start()


def launch(words: Sequence[str], *, devices: int) -> int:
    """Run `maskwright WORDS` in so many processes that train together; return the exit code of the command.

    Raises DevicesError, one line, if one of the processes is killed; all others have ended then.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=devices,
        run_id=RUN_ID,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        shutdown_timeout=SHUTDOWN_S,
    )
    os.environ["OMP_NUM_THREADS"] = threads_each(devices, os.environ)
    logging.disable(logging.ERROR)  # the launcher's own account of a process that ended: ours is one line
    try:
        elastic_launch(config, sys.executable)("-m", "maskwright", *words)
    except ChildFailedError as error:
        return code_of(error.failures, devices)
    except SignalException as error:
        if error.sigval == signal.SIGINT:
            raise KeyboardInterrupt from error
        raise DevicesError(f"stopped by {error.sigval.name}: the same command with --resume continues") from error
    finally:
        logging.disable(logging.NOTSET)
    return 0


def code_of(failures: "Mapping[int, ProcessFailure]", devices: int) -> int:
    """Return the exit code of the first process that said why it failed; DevicesError if none did.

    All others were ended by the launcher, with SIGTERM.
    """
    codes = {rank: failures[rank].exitcode for rank in sorted(failures)}
    said = [code for code in codes.values() if code > 0 and code != LOST_CODE]
    if said:
        return said[0]
    killed = sorted((rank for rank, code in codes.items() if code < 0), key=lambda rank: codes[rank] == -signal.SIGTERM)
    if not killed:
        raise DevicesError("the processes lost each other: the same command with --resume continues")
    raise DevicesError(
        f"process {killed[0] + 1} of {devices} was killed by {failures[killed[0]].signal_name()}, and the others were "
        "ended: the same command with --resume continues, also with another --devices"
    )
