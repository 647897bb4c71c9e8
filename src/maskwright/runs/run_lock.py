"""One process a run folder: a lock file that the system releases when its holder ends, however it ends."""

import errno
import json
import os
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from maskwright.errors import OutputError, RunError
from maskwright.files import TEMPORARY, make_folder

LOCK = "in_use.lock"
JOB_LOCK = "job.lock"
"""Held by a whole command, from its first file to its last; `train` holds LOCK within."""


@contextmanager
def claimed(folder: Path, *, lock: str = LOCK) -> Iterator[None]:
    """Hold `folder`, which is made if need be, for this process alone; remove what a killed process left half-written.

    The lock file names the holder's process and host. RunError if another process holds the folder; a lock whose
    holder has ended is taken over. OutputError if the file cannot be written.
    """
    path = make_folder(folder) / lock
    file = _open_locked(path, folder)
    try:
        _remove_leftovers(folder)
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        yield
    finally:
        path.unlink(missing_ok=True)
        file.close()


def _open_locked(path: Path, folder: Path) -> IO[str]:
    """Return the lock file, locked; a file that its holder removed between opening and locking is opened again."""
    while True:
        try:
            file = _opened(path)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}; choose another place") from error
        if not _lock(file):
            file.seek(0)
            holder = _named(file.read(1000))
            file.close()
            raise RunError(f"{folder} is in use by {holder}: wait until it ends, or choose another --out")
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()


def _opened(path: Path) -> IO[str]:
    """Open the lock file, which is made if need be; OSError for a link, a pipe or a device: they are not ours."""
    own = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    number = os.open(path, os.O_RDWR | os.O_CREAT | own, 0o666)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a plain file")
    return os.fdopen(number, "r+", encoding="utf-8")


def _named(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"process {int(holder['pid'])} on {str(holder['host'])[:60]}"
    except (ValueError, LookupError, TypeError):
        return "another process"


if sys.platform == "win32":

    def _lock(file: IO[str]) -> bool:
        """Lock the file for this process; False if another one holds it."""
        import msvcrt

        try:
            file.seek(1_000_000)  # a byte that nobody reads: Windows locks for reading too
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _lock(file: IO[str]) -> bool:
        """Lock the file for this process; False if another one holds it."""
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote.

    A folder below that has a lock of its own is left alone: its holder may be writing, and else the next one tidies up.
    """
    for place, folders, names in os.walk(folder):
        if Path(place) != folder and {LOCK, JOB_LOCK} & set(names):
            folders.clear()
            continue
        for name in names:
            if name.startswith(TEMPORARY):
                with suppress(OSError):
                    Path(place, name).unlink()
