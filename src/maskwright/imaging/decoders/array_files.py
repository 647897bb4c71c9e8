"""Arrays on disk, npy and npz: what they hold, by their headers, and one picture of a stack at a time."""

import ast
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from maskwright.errors import DataError

ARRAY_SUFFIXES = (".npy", ".npz")
BYTES_MOST = 1 << 30
"""A compressed array is unpacked whole, and not beyond this; npy files are read where they lie, whatever their size."""
NUMBERS = "buif"


@dataclass(frozen=True)
class StoredArray:
    """One array of a file: `key` is its name in an npz, "" in an npy."""

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Return the size of the array in memory, in bytes."""
        return int(np.prod(self.shape, dtype=np.float64)) * self.dtype.itemsize


def is_array_file(path: Path) -> bool:
    """Tell by the name whether a file is an npy or npz."""
    return path.suffix.lower() in ARRAY_SUFFIXES


def stored_arrays(path: Path) -> tuple[StoredArray, ...]:
    """Return the arrays of numbers in an npy or npz file from their headers; DataError where it cannot be read."""
    try:
        if path.suffix.lower() == ".npy":
            with path.open("rb") as file:
                arrays = [_header(file, "")]
        else:
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
                arrays = [_member(archive, name) for name in names]
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there: restore it") from error
    except Exception as error:  # a header may hold anything: no list of exceptions is complete
        raise DataError(f"{path} is no numpy array that can be read ({error}): save it again with np.save") from error
    return tuple(array for array in arrays if array.dtype.kind in NUMBERS)


def _member(archive: zipfile.ZipFile, name: str) -> StoredArray:
    with archive.open(name) as file:
        return _header(file, name.removesuffix(".npy"))


def _header(file: IO[bytes], key: str) -> StoredArray:
    """Return what an npy header says; the pickled objects that npy files may hold are never unpacked."""
    version = npy_format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = npy_format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = npy_format.read_array_header_2_0(file)
    else:
        length = int.from_bytes(file.read(4), "little")
        fields = ast.literal_eval(file.read(min(length, 1 << 16)).decode())
        shape, dtype = fields["shape"], npy_format.descr_to_dtype(fields["descr"])
    if any(side < 0 for side in shape):
        raise ValueError(f"its header says the shape {shape}")
    return StoredArray(key, tuple(int(side) for side in shape), np.dtype(dtype))


def open_array(path: Path, key: str = "") -> NDArray[Any]:
    """Return an array of a file, one of an npy without reading it; DataError where it is too large or damaged."""
    stored = next((array for array in stored_arrays(path) if array.key == key), None)
    if stored is None:
        raise DataError(f"{path} holds no array of numbers{f' called {key!r}' if key else ''}: save one with np.save")
    if path.suffix.lower() == ".npz" and stored.nbytes > BYTES_MOST:
        raise DataError(
            f"{path} unpacks to {stored.nbytes / 1e9:.1f} GB, more than {BYTES_MOST / 1e9:.1f}: save it with np.save"
        )
    try:
        if path.suffix.lower() == ".npy":
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        return _unpacked(path, key, changed_ns=path.stat().st_mtime_ns)
    except Exception as error:  # files come from anywhere: no list of exceptions is complete
        raise DataError(f"{path} is damaged ({str(error)[:120]}): save the array again with np.save") from error


@lru_cache(maxsize=2)  # a stack is asked for picture by picture, and an npz must be unpacked from its start
def _unpacked(path: Path, key: str, *, changed_ns: int) -> NDArray[Any]:
    """Return an array of an npz; `changed_ns` makes a file that was written again another one."""
    del changed_ns
    with np.load(path, allow_pickle=False) as arrays:
        return np.asarray(arrays[key])
