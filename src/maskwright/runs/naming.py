"""Names of run folders that nobody chose: runs/NAME-1, the next number, and the newest."""

import glob
import re
from pathlib import Path

from maskwright.errors import RunError


def free_folder(name: str) -> Path:
    """Return runs/NAME-1, or with the next number that no file has."""
    numbers = range(1, 100_000)
    return next(folder for n in numbers if not (folder := Path("runs") / f"{name}-{n}").exists())


def another_folder(out: Path) -> Path:
    """Return a folder beside `out` that does not exist: its name with the next free number, from -2 on."""
    stem = re.sub(r"-\d+$", "", out.name)
    return next(f for n in range(2, 100_000) if not (f := out.with_name(f"{stem}-{n}")).exists())


def newest_folder(name: str) -> Path:
    """Return the folder that `free_folder` gave last; RunError if there is none."""
    folders = [f for f in Path("runs").glob(f"{glob.escape(name)}-*") if f.name[len(name) + 1 :].isdigit()]
    if not folders:
        raise RunError(f"there is no run to continue in runs/{name}-*: give its folder with --out")
    return max(folders, key=lambda folder: int(folder.name[len(name) + 1 :]))


def name_of(data: Path) -> str:
    """Return the name of a folder of photos, or of the folder of a file or pattern, for the names of runs."""
    folder = data.resolve() if data.is_dir() else data.resolve().parent
    return "".join("-" if letter in "*?[]" else letter for letter in folder.name) or "run"
