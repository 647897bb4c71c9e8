"""The user's cache: folders that are filled once, whole or not at all, and used again while nothing is missing."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from maskwright.errors import OutputError
from maskwright.files import write_json

UNUSED_S = 14 * 24 * 3600
"""What was not used for so long is removed."""
CONTENTS = ".contents.json"
"""How the name of the list of a folder's files ends; the list lies beside the folder."""
FILLING = ".unpacking-"
ELSEWHERE = "set XDG_CACHE_HOME to a folder with space that you may write to"


def cache_folder(name: str) -> Path:
    """Return maskwright's folder `name` in the user's cache, which may not exist; OutputError without a home folder."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "maskwright" / name
    except RuntimeError as error:  # no HOME, and no such user: usual in containers
        raise OutputError(f"there is no home folder for the cache: {ELSEWHERE}") from error


def filled_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `fill`: now, if it is new or a file of it is missing, and else from earlier.

    Two processes may ask at once. Raises OutputError where the folder cannot be written.
    """
    _forget_unused(folder.parent)
    if not _is_whole(folder):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _fill(folder, fill)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(f"cannot fill {folder}: {reason}; {ELSEWHERE}") from error
    with suppress(OSError):  # another user's cache that may only be read
        os.utime(folder)
    return folder


def _fill(folder: Path, fill: Callable[[Path], None]) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=FILLING, dir=folder.parent))
    try:
        (temporary / "new").mkdir()
        fill(temporary / "new")
        write_json(_list_of(folder), dict(_sizes(temporary / "new")))
        if folder.exists():
            os.rename(folder, temporary / "old")  # noqa: PTH104 - at once, or not at all
        try:
            os.rename(temporary / "new", folder)  # noqa: PTH104
        except OSError:
            if not _is_whole(folder):  # another process was not faster
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    """True if the folder is there and holds every file of its list, in its size."""
    try:
        listed = json.loads(_list_of(folder).read_text("utf-8"))
        return folder.is_dir() and dict(_sizes(folder)).items() >= listed.items()
    except (OSError, ValueError, AttributeError):
        return False


def _sizes(folder: Path) -> Iterator[tuple[str, int | None]]:
    """Yield each file of a folder with its size in bytes, and each link that leads somewhere with None."""
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            entry = Path(path, name)
            if entry.is_symlink():
                if entry.exists():
                    yield entry.relative_to(folder).as_posix(), None
            elif name in names:
                yield entry.relative_to(folder).as_posix(), entry.stat().st_size


def _list_of(folder: Path) -> Path:
    return folder.with_name(folder.name + CONTENTS)


def _forget_unused(cache: Path) -> None:
    for entry in cache.glob("*") if cache.is_dir() else ():
        with suppress(OSError):  # another process removes it at the same time
            if entry.name.endswith(CONTENTS):
                if not entry.with_name(entry.name.removesuffix(CONTENTS)).exists():
                    entry.unlink()
            elif time.time() - entry.stat().st_mtime > UNUSED_S:
                shutil.rmtree(entry, ignore_errors=True)
