"""Where inputs and outputs may lie: folders of this machine, and URLs that fsspec knows, such as s3://bucket/photos."""

import posixpath
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from maskwright.errors import ConfigError, DataError, FileError, MaskwrightError, OutputError
from maskwright.files import TEMPORARY, write_bytes, write_with

PAUSES_S = (0.5, 2.0, 8.0)
"""So long is waited before a transfer that failed is tried again."""
FILES_AT_ONCE = 256
WHOLE_UPLOADS = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory")
"""Protocols where a file is visible only once all of it has arrived; elsewhere it is written beside and renamed."""
OBJECT_STORES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
"""Packages of one protocol alone, which are taken where they are installed; the extra s3 brings obstore for all."""
PERMANENT = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError, MemoryError)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Storage:
    """A folder, by its path or its URL; files in it are named by paths with "/"."""

    root: str

    def __str__(self) -> str:
        return self.root

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; None for a URL."""
        return None if is_url(self.root) else Path(self.root)


def is_url(place: str) -> bool:
    """True for "s3://bucket/a.jpg", False for a path."""
    return "://" in place


def url_name(url: str) -> str:
    """Return the file name of a URL, without what http(s) addresses have after it."""
    path = urlsplit(url).path if url.startswith(("http://", "https://")) else url
    return posixpath.basename(path.rstrip("/"))


def write_stored(storage: Storage, name: str, data: bytes) -> None:
    """Write a file whole or not at all; OutputError if that fails, also after several tries."""
    if storage.folder is not None:
        write_bytes(storage.folder / name, data)
        return
    _send(storage, name, lambda system, target: system.pipe_file(target, data))


def upload(storage: Storage, name: str, local: Path) -> None:
    """Copy a file of this machine to `name`, whole or not at all; OutputError if that fails."""
    if storage.folder is not None:
        write_with(storage.folder / name, lambda temporary: _copied(local, temporary))
        return
    _send(storage, name, lambda system, target: system.put_file(str(local), target))


def read_stored(storage: Storage, name: str) -> bytes:
    """Return the bytes of a file; FileError if it cannot be read."""
    return next(data for _, data in read_all_stored(storage, [name]))


def read_all_stored(storage: Storage, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, fetching many at a time from a URL; FileError if one cannot be read."""
    if storage.folder is not None:
        for name in names:
            with _transferring("read", f"{storage}/{name}", error=FileError):
                yield name, (storage.folder / name).read_bytes()
        return
    system, root = _file_system(storage.root)
    for start in range(0, len(names), FILES_AT_ONCE):
        batch = {f"{root}/{name}": name for name in names[start : start + FILES_AT_ONCE]}
        with _transferring("read", f"{storage}/{names[start]}", error=FileError):
            fetched = _retried(lambda: system.cat(list(batch)))  # noqa: B023 - called at once
        yield from ((name, fetched[path]) for path, name in batch.items())


def stored_names(storage: Storage, folder: str) -> list[str]:
    """Return the names of the files in a folder of the storage, sorted; none if there is no such folder."""
    if storage.folder is not None:
        path = storage.folder / folder
        files = path.iterdir() if path.is_dir() else ()
        return sorted(f"{folder}/{file.name}" for file in files if not file.name.startswith("."))
    system, root = _file_system(storage.root)
    system.invalidate_cache()
    with _transferring("list", f"{storage}/{folder}", error=FileError):
        paths = _retried(lambda: _listed(system, f"{root}/{folder}"))
    return sorted(f"{folder}/{posixpath.basename(path)}" for path in paths)


def is_stored(storage: Storage, name: str) -> bool:
    """True if there is a file or a folder of this name."""
    if storage.folder is not None:
        return (storage.folder / name).exists()
    system, root = _file_system(storage.root)
    system.invalidate_cache()
    with _transferring("look for", f"{storage}/{name}", error=FileError):
        return bool(_retried(lambda: system.exists(f"{root}/{name}")))


@contextmanager
def fetched(place: str) -> Iterator[Path]:
    """Yield the path of a file: itself, or of a copy of a URL's file, which is removed afterwards.

    Raises DataError if a URL cannot be read.
    """
    if not is_url(place):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, ignore_cleanup_errors=True) as folder:
        local = Path(folder) / (url_name(place) or "file")
        system, path = _file_system(place)
        with _transferring("read", place, error=DataError):
            _retried(lambda: system.get_file(path, str(local)))
        yield local


def found_below(url: str) -> list[str]:
    """Return the URLs of all files below a folder, or of those that a pattern with * matches, sorted."""
    system, path = _file_system(url)
    with _transferring("list", url, error=DataError):
        paths: Iterable[str] = _retried(lambda: system.glob(path) if "*" in path else system.find(path))
        return sorted(system.unstrip_protocol(file) for file in paths)


def _file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it; ConfigError names the package that is missing."""
    import fsspec  # a part of torch's installation; slow to import

    try:
        system, path = fsspec.core.url_to_fs(url, **_object_store_options(_protocol(url)))
    except ImportError as error:
        install = "pip install 'maskwright[s3]'" if _protocol(url) in OBJECT_STORES else str(error)
        raise ConfigError(f"{url} needs a package that is not installed: {install}") from error
    except ValueError as error:
        raise ConfigError(f"{url}: {error}: give a path, or a URL such as s3://bucket/folder") from error
    return system, str(path).rstrip("/")


def _object_store_options(protocol: str) -> dict[str, object]:
    """Let obstore speak to buckets where no package of that protocol alone is installed; return its options."""
    alone = OBJECT_STORES.get(protocol)
    if alone is None or find_spec(alone) is not None or find_spec("obstore") is None:
        return {}
    from obstore.fsspec import register

    register(protocol)
    return {"retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=60)}}  # we try again ourselves


def _protocol(url: str) -> str:
    return url.partition("://")[0]


def _listed(system: Any, path: str) -> list[str]:  # noqa: ANN401 - fsspec has no types
    try:
        return [entry["name"] for entry in system.ls(path, detail=True) if entry["type"] == "file"]
    except FileNotFoundError:
        return []


def _send(storage: Storage, name: str, send: Callable[[Any, str], object]) -> None:
    """Let `send` fill a file of a URL; where a half-sent one would be visible, beside its place, and rename it."""
    system, root = _file_system(storage.root)
    folder, _, last = f"{root}/{name}".rpartition("/")
    with _transferring("write", f"{storage}/{name}", error=OutputError):
        if _protocol(storage.root) in WHOLE_UPLOADS:
            _retried(lambda: send(system, f"{folder}/{last}"))
            return
        _retried(lambda: system.makedirs(folder, exist_ok=True))
        _retried(lambda: send(system, f"{folder}/{TEMPORARY}{last}"))
        _retried(lambda: system.mv(f"{folder}/{TEMPORARY}{last}", f"{folder}/{last}"))


def _retried(transfer: Callable[[], _Result]) -> _Result:
    """Return what a transfer gives; one that fails is tried again, unless trying again cannot help."""
    for pause_s in PAUSES_S:
        try:
            return transfer()
        except PERMANENT:
            raise
        except Exception:  # each store has exceptions of its own
            time.sleep(pause_s)
    return transfer()


@contextmanager
def _transferring(what: str, place: str, *, error: type[MaskwrightError]) -> Iterator[None]:
    """Turn whatever a transfer raises into one line with the file's place."""
    try:
        yield
    except MaskwrightError:
        raise
    except Exception as reason:  # each store has exceptions of its own
        said = getattr(reason, "strerror", None) or str(reason)[:160] or type(reason).__name__
        raise error(f"cannot {what} {place}: {said}") from reason


def _copied(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
