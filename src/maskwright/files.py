"""Files in and out: written whole or not at all; read within bounds, with one error for whatever is wrong."""

import json
import math
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from maskwright.errors import FileError, MaskwrightError, OutputError

MOST_BYTES = 64 << 20
DEEPEST = 60
"""Levels of lists and objects within one another; deeper ones are an attack, and break recursive code."""
TEMPORARY = ".maskwright-"
"""How the names of temporary files begin, so that those of a killed process can be found and removed."""


@contextmanager
def reading(path: Path, *, error: type[MaskwrightError] = FileError, advice: str = "") -> Iterator[None]:
    """Turn whatever a reader of `path` raises into one line with the file's name; MaskwrightErrors pass.

    A FileError becomes an `error` too. `advice` says what to do now.
    """
    what_now = f": {advice}" if advice else ""
    try:
        yield
    except FileError as reason:
        raise error(f"{reason}{what_now}") from reason
    except MaskwrightError:
        raise
    except OSError as reason:
        raise error(f"cannot read {path}: {reason.strerror or reason}{what_now}") from reason
    except MemoryError as reason:
        raise error(f"{path} needs more memory than there is{what_now}") from reason
    except Exception as reason:  # files come from anywhere: no list of exceptions is complete
        raise error(f"{path} is damaged ({type(reason).__name__}: {str(reason)[:120]}){what_now}") from reason


def read_text(path: Path, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the UTF-8 text of a file of at most `most_bytes`; FileError if it is missing, larger, or not text."""
    with reading(path):
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)  # a device or a pipe does not know its size
        if len(data) > most_bytes:
            raise FileError(f"{path} is too large: more than {most_bytes / 2**20:.0f} MB")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as reason:
            raise FileError(f"{path} is damaged: it is not UTF-8 text ({reason})") from reason


def read_json(path: Path, *, most_bytes: int = MOST_BYTES) -> object:
    """Return the value of a JSON file; FileError if it is missing, too large, too deep, or not JSON."""
    text = read_text(path, most_bytes=most_bytes)
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as reason:
        raise FileError(f"{path} is damaged: it is not valid JSON ({str(reason)[:120]})") from reason
    _require_shallow(value, path)
    return value


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as nested values; FileError if it is missing, too large, too deep, or not TOML."""
    text = read_text(path)
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as reason:
        raise FileError(f"{path} is not valid TOML: {str(reason)[:120]}") from reason
    _require_shallow(tree, path)
    return tree


def _require_shallow(value: object, path: Path) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise FileError(f"{path} is damaged: its values are more than {DEEPEST} levels deep")


def _containers(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


def from_home(path: Path) -> Path:
    """Return the path with `~` as the home folder; a name that begins with ~ and is no user's stays as it is."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def make_folder(folder: Path) -> Path:
    """Create `folder` with its parents and return it; OutputError if that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot create the folder {folder}: {error.strerror}; choose another place") from error
    return folder


def remove_matching(folder: Path, own: re.Pattern[str]) -> None:
    """Remove the files below a folder whose path there, with slashes, `own` matches, and folders that are empty then.

    Whatever else lies there stays, and so do the folders that hold it.
    """
    for place, _, names in os.walk(folder, topdown=False):
        for file in (Path(place, name) for name in names):
            if own.fullmatch(file.relative_to(folder).as_posix()):
                with suppress(OSError):
                    file.unlink()
        with suppress(OSError):  # it holds something else
            Path(place).rmdir()


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`; OutputError if that fails.

    A device, such as /dev/stdout, is written directly; a link stays a link.
    """
    make_folder(path.parent)
    temporary = None
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            write(path)
            return
        path = path.resolve()
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=path.parent)
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
    """Write `text` as UTF-8, whole or not at all; bytes of a file name that are not text become escapes."""
    write_with(path, lambda temporary: _write_bytes(temporary, text.encode(errors="backslashreplace")))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data`, whole or not at all."""
    write_with(path, lambda temporary: _write_bytes(temporary, data))


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON; it must hold None instead of NaN."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def without_nan(value: object) -> object:
    """Return a tree of plain values as JSON holds it: floats with 6 digits, None for NaN and infinity."""
    match value:
        case float():
            return round(value, 6) if math.isfinite(value) else None
        case dict():
            return {key: without_nan(item) for key, item in value.items()}
        case list() | tuple():
            return [without_nan(item) for item in value]
        case _:
            return value


def spreadsheet_cell(text: str) -> str:
    """Return a csv cell that no spreadsheet takes for a formula: a quote goes before = + - @ and control characters."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
