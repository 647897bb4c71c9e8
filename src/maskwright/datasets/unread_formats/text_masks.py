"""Masks as text, a number for each pixel: not read, but known, so that the refusal gives the command for PNGs."""

from pathlib import Path

from maskwright.datasets.parsing.text_files import beginning
from maskwright.errors import DataError
from maskwright.findings.python_commands import python_command, python_text

SIDE_LEAST = 16
BYTES_MOST, LINES_LOOKED_AT = 1 << 28, 64
DIGITS_MOST = 6
SAVING = """\
from pathlib import Path
import numpy as np
from PIL import Image
root = Path({root})
for f in sorted(root.rglob("*.txt")):
    out = root / "masks" / f.relative_to(root).with_suffix(".png")
    try:
        lines = f.read_text().split("\\n", 1)
        m = np.array(lines[1].split(), np.int64).reshape([int(n) for n in lines[0].split()[:2]][::-1])
        if m.min() < 0 or m.max() > 65535 or min(m.shape) < 16:
            raise ValueError("no matrix of numbers from 0 to 65535")
        if out.exists():
            raise ValueError(str(out) + " is there already")
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(m.astype(np.uint8 if m.max() < 256 else np.uint16)).save(out)
    except Exception as error:
        print("left out:", f, repr(error))
"""


def text_mask_sentence(path: Path, root: Path) -> str:
    """Return what is said of a text that is a mask, with the command that makes PNGs of all; "" for other texts."""
    size_hw = _mask_size(path)
    if size_hw is None:
        return ""
    command = python_command(SAVING.format(root=python_text(root)))
    return (
        f"holds a number for each pixel ({size_hw[1]}x{size_hw[0]}), as masks in text do. Make PNGs of all in "
        f"{root / 'masks'}: {command}"
    )


def _mask_size(path: Path) -> tuple[int, int] | None:
    """Return height and width of a mask in text: its first line says them, and a number a line follows; else None."""
    size_bytes = path.stat().st_size
    if size_bytes > BYTES_MOST:
        return None
    try:
        lines = [line.split() for line in beginning(path).splitlines()[:LINES_LOOKED_AT]]
    except DataError:
        return None
    if len(lines) < LINES_LOOKED_AT or not all(map(_are_numbers, lines)):
        return None
    if len(lines[0]) != 2 or any(len(line) != 1 for line in lines[1:]):
        return None
    width, height = map(int, lines[0])
    fits = min(width, height) >= SIDE_LEAST and 2 * width * height <= size_bytes <= 9 * width * height + 32
    return (height, width) if fits else None


def _are_numbers(cells: list[str]) -> bool:
    return all(cell.isascii() and cell.isdecimal() and len(cell) <= DIGITS_MOST for cell in cells)
