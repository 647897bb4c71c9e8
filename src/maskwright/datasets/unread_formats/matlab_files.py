"""MATLAB's files of label matrices: not read, but looked into, so that the refusal gives the command for PNGs."""

import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.part_names import PARTS
from maskwright.findings.python_commands import python_command, python_text

BYTES_MOST, UNPACKED_MOST = 1 << 26, 1 << 28
HEADER_BYTES, COMPRESSED = 128, 15
MIN_SIDE_PX = 16
"""Rows and columns that a label matrix must have."""
MAX_DEPTH = 3
"""Structures within structures in which a matrix is looked for."""
MAX_CELLS = 4
"""Cells of a cell array in which it is looked for."""
MATRICES_MOST = 4
IN_MATLAB = 'in MATLAB: imwrite(uint8(mask), "masks/NAME.png")'
SAVING = """\
from pathlib import Path
import numpy as np
from PIL import Image
from scipy.io import loadmat
root = Path({root})
for f in sorted(root.rglob({pattern})):
    out = root / "masks" / f.relative_to(root).with_suffix(".png")
    try:
        m = np.asarray(loadmat(f, simplify_cells=True){place})
        ids = m.astype(np.uint8 if m.itemsize == 1 else np.uint16)
        if m.ndim != 2 or (ids != m).any():
            raise ValueError("no matrix of numbers from 0 to 65535")
        if out.exists():
            raise ValueError(str(out) + " is there already")
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(ids).save(out)
    except Exception as error:
        print("left out:", f, repr(error))
"""
"""Each file has the type that its own numbers need; no file is written over, and one that does not fit is named."""

Place = tuple[str | int, ...]


def matlab_way(path: Path) -> str:
    """Return what to do with a MATLAB file: the Python command that saves the label matrix of each as a PNG in masks/.

    Where no matrix of whole numbers is found, or the file is of version 7.3 or very large, what to do in MATLAB.
    """
    try:
        place, *others = islice(_matrices(_content(path), ()), MATRICES_MOST)
    except Exception:  # no matrix is there, or the file is damaged: such fail in many ways inside the parser
        return IN_MATLAB
    folder = path.parent.parent if path.parent.name.lower() in PARTS else path.parent
    code = SAVING.format(
        root=python_text(folder),
        pattern=python_text(f"*{path.suffix}"),
        place="".join(f"[{key!r}]" for key in place),
    )
    beside = f" ({path.name} holds {', '.join(map(_called, others))} too: write that instead if it is the mask)"
    return (
        f"save its matrix {_called(place)} as PNG in {folder / 'masks'}, and those of all files like it"
        f"{beside if others else ''}: {python_command(code)}"
    )


def _called(place: Place) -> str:
    return str(place[0]) + "".join(f"[{key!r}]" for key in place[1:])


def _content(path: Path) -> dict[str, object]:
    """Return the variables of a file; none where it would take much memory."""
    if path.stat().st_size > BYTES_MOST or _unpacked_bytes(path.read_bytes()) > UNPACKED_MOST:
        return {}
    from scipy.io import loadmat  # takes a moment to load, and few datasets need it

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


def _matrices(value: object, place: Place) -> Iterator[Place]:
    """Yield the keys that lead to matrices of whole numbers in nested variables."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "uibf":
        if value.ndim == 2 and min(value.shape) >= MIN_SIDE_PX and _are_ids(value):
            yield place
    elif isinstance(value, dict) and len(place) < MAX_DEPTH:
        for key, inner in value.items():
            if not str(key).startswith("__"):
                yield from _matrices(inner, (*place, str(key)))
    elif isinstance(value, list | np.ndarray) and len(place) < MAX_DEPTH:
        for i, inner in enumerate(list(value)[:MAX_CELLS]):
            yield from _matrices(inner, (*place, i))


def _are_ids(matrix: NDArray[Any]) -> bool:
    """Tell whether a matrix holds whole numbers from 0 to 65535 alone."""
    return bool(matrix.min() >= 0 and matrix.max() < 1 << 16 and (matrix == np.round(matrix)).all())
