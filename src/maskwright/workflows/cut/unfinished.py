"""Tiles on their way: in a hidden folder until all are written, so that a killed command leaves no half of a dataset.

A row of tiles is done once its record is there; the same command goes on behind the last one.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from maskwright.errors import ConfigError, MaskwrightError, OutputError
from maskwright.files import make_folder, read_json, read_text, write_json, write_text
from maskwright.output_file_names import UNFINISHED_FOLDER

COMMAND, ROWS = "command.txt", "rows"
IMAGES, MASKS, CLASSES = "images", "masks", "classes.csv"
IN_ORDER = (MASKS, CLASSES, IMAGES)
"""How finished files are moved into place: photos last, since without them there is nothing to check or train on."""


def identity_of(files: Iterable[Path], settings: object) -> str:
    """Return what tells a command from others: its files by size and time, and its settings."""
    stats = [(str(file.resolve()), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    return sha256(repr((stats, settings)).encode()).hexdigest()


def require_place(out: Path, identity: str) -> None:
    """Raise ConfigError where an output holds something else than this command's unfinished tiles."""
    work = out / UNFINISHED_FOLDER
    if (work / COMMAND).is_file():
        if read_text(work / COMMAND).strip() != identity:
            raise ConfigError(
                f"{out} holds the unfinished tiles of another command, or its files were changed since: repeat that "
                f"command, remove {work}, or choose another --out"
            )
    elif out.is_dir() and any(path.suffix != ".lock" for path in out.iterdir()):
        raise ConfigError(f"{out} holds files already: choose another folder, or empty it first")


def begin(out: Path, identity: str) -> Path:
    """Return the hidden folder of a command's tiles, which is made if need be."""
    work = out / UNFINISHED_FOLDER
    if not (work / COMMAND).is_file():
        write_text(work / COMMAND, f"{identity}\n")
    return work


def give_up(out: Path) -> None:
    """Remove the hidden folder of a command that has no tiles to write."""
    rmtree(out / UNFINISHED_FOLDER, ignore_errors=True)


def done_or_made(record: Path, make: Callable[[], dict[str, object]]) -> dict[str, object]:
    """Return the record of a row of tiles, made and written unless it is there."""
    if record.is_file():
        try:
            kept = read_json(record, most_bytes=1 << 30)
        except MaskwrightError:
            kept = None
        if isinstance(kept, dict):
            return kept
    made = make()
    write_json(record, made)
    return made


def finish(work: Path, out: Path) -> None:
    """Move finished tiles into place and remove the hidden folder; OutputError where that fails."""
    try:
        for name in IN_ORDER:
            if (work / name).exists():
                (work / name).rename(make_folder(out) / name)
        rmtree(work)
    except OSError as error:
        raise OutputError(f"cannot move the tiles to {out}: {error.strerror}; repeat the command") from error
