"""MATLAB's files of label matrices: not read, but looked into, so that the refusal gives the command for PNGs."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.part_names import PARTS

BYTES_MOST, UNPACKED_MOST = 1 << 26, 1 << 28
HEADER_BYTES, COMPRESSED = 128, 15
SIDE_LEAST, DEEPEST, CELLS_LOOKED_AT = 16, 3, 4
IN_MATLAB = 'in MATLAB: imwrite(uint8(mask), "masks/NAME.png")'


def matlab_way(path: Path) -> str:
    """Return what to do with a MATLAB file: the Python command that saves the label matrix of each as a PNG beside it.

    Where no matrix of whole numbers is found, or the file is of version 7.3 or very large, what to do in MATLAB.
    """
    try:
        place, kind = next(_matrices(_content(path), ""))
    except Exception:  # no matrix is there, or the file is damaged: such fail in many ways inside the parser
        return IN_MATLAB
    folder = path.parent.parent if path.parent.name.lower() in PARTS else path.parent
    code = (
        "from pathlib import Path; from PIL import Image; from scipy.io import loadmat; "
        f'[Image.fromarray(loadmat(f, simplify_cells=True){place}.astype("{kind}")).save(f.with_suffix(".png")) '
        f'for f in Path({json.dumps(str(folder))}).rglob("*.mat")]'
    )
    return f"save its matrix as a PNG beside it, and those of all files like it: python -c {quote(code)}"


def _content(path: Path) -> dict[str, object]:
    """Return the variables of a file; none where it would take much memory."""
    if path.stat().st_size > BYTES_MOST or _unpacked_bytes(path.read_bytes()) > UNPACKED_MOST:
        return {}
    from scipy.io import loadmat  # takes a moment to load, and few data sets need it

    return dict(loadmat(path, simplify_cells=True))


def _unpacked_bytes(data: bytes) -> int:
    """Return how many bytes the elements of a file of version 5 hold once unpacked, as far as is allowed."""
    order = "<" if data[126:128] == b"IM" else ">"
    place, total = HEADER_BYTES, 0
    while place + 8 <= len(data) and total <= UNPACKED_MOST:
        kind, size = np.frombuffer(data[place : place + 8], dtype=f"{order}u4").tolist()
        body = data[place + 8 : place + 8 + size]
        unpacked = zlib.decompressobj().decompress(body, UNPACKED_MOST + 1) if kind == COMPRESSED else body
        total, place = total + len(unpacked), place + 8 + size
    return total


def _matrices(value: object, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield where matrices of whole numbers lie in nested variables, as Python writes it, and the type for a PNG."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "uibf":
        if value.ndim == 2 and min(value.shape) >= SIDE_LEAST and _are_ids(value):
            yield place, "uint8" if value.max() < 1 << 8 and value.dtype.itemsize != 2 else "uint16"
    elif isinstance(value, dict) and depth < DEEPEST:
        for key, inner in value.items():
            if not str(key).startswith("__"):
                yield from _matrices(inner, f"{place}[{json.dumps(key)}]", depth + 1)
    elif isinstance(value, list | np.ndarray) and depth < DEEPEST:
        for i, inner in enumerate(list(value)[:CELLS_LOOKED_AT]):
            yield from _matrices(inner, f"{place}[{i}]", depth + 1)


def _are_ids(matrix: NDArray[Any]) -> bool:
    """Tell whether a matrix holds whole numbers from 0 to 65535 alone."""
    return bool(matrix.min() >= 0 and matrix.max() < 1 << 16 and (matrix == np.round(matrix)).all())
