"""Writing files so that nothing half-written is ever taken for good."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from maskwright.errors import OutputError


def make_folder(folder: Path) -> Path:
    """Create `folder` with its parents and return it; OutputError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot create the folder {folder}: {error.strerror}; choose another place") from error
    return folder


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`; OutputError where it fails.

    What is no file, such as /dev/stdout, is written straight; a link stays a link.
    """
    make_folder(path.parent)
    temporary = None
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            write(path)
            return
        path = path.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o666 & ~_umask())
        write(temporary)
        _flush(temporary)
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; free some space or choose another place") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all; bytes of a file name that are no text become escapes."""
    write_with(path, lambda temporary: _write_bytes(temporary, text.encode(errors="backslashreplace")))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data`, whole or not at all."""
    write_with(path, lambda temporary: _write_bytes(temporary, data))


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON; NaN must have been made None before."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
