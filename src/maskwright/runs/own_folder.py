"""Folders that a command may write into: not those of photos and masks, where its files would count as data."""

from pathlib import Path

from maskwright.errors import OutputError
from maskwright.files import is_output
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES

ELSEWHERE = "choose another --out"
OWN_FILES = ("plan.toml", "asked.json", "run.json", "checkpoint.pt", "compare.json", "design.json")
"""One of them is in every folder that an earlier command made; only `predict` leaves none of them."""


def require_own_folder(out: Path, *data: Path) -> None:
    """Raise OutputError if what is written into `out` would lie among photos or masks, and later count as data.

    `data`: the files and folders that the command reads. A folder that an earlier command made may be used again.
    """
    if not out.is_dir() or is_output(out) or any((out / name).is_file() for name in OWN_FILES):
        return
    if any(folder.is_dir() and folder.samefile(out) for folder in data):
        raise OutputError(f"{out} is the folder of the data, and its files would count as data: {ELSEWHERE}")
    pictures = (path.name for path in out.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if picture := next(pictures, ""):
        raise OutputError(f"{out} holds pictures that no command of maskwright made, such as {picture}: {ELSEWHERE}")
