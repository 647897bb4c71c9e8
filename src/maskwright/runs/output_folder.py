"""Folders that a command may write into: not those of photos and masks, where its files would count as data."""

from pathlib import Path

from maskwright.errors import OutputError, RunError
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES
from maskwright.output_file_names import RUN_FACTS_FILE, has_command_output, is_output

ELSEWHERE = "choose another --out"


def require_not_finished(folder: Path) -> None:
    """Raise RunError if the folder holds a finished run."""
    if (folder / RUN_FACTS_FILE).exists():
        raise RunError(f"{folder} holds a finished run: {ELSEWHERE}, or remove it first")


def interrupted(folder: Path) -> RunError:
    """Return the refusal of a folder that holds an interrupted run."""
    return RunError(f"{folder} holds an interrupted run: go on with --resume, or {ELSEWHERE}")


def require_not_among_data(out: Path, data: Path) -> None:
    """Raise OutputError if `out` is the folder that is read, or one in it that holds pictures.

    What is written there would later count as data. A folder in it that an earlier command made may be used again.
    """
    if not out.is_dir() or not data.is_dir():
        return
    if data.samefile(out):
        raise OutputError(f"{out} is the folder of the data, and its files would count as data: {ELSEWHERE}")
    if data.resolve() in out.resolve().parents:
        require_no_other_pictures(out)


def require_no_other_pictures(out: Path) -> None:
    """Raise OutputError if pictures lie in a folder that no earlier command made: they may be photos or true masks."""
    if not out.is_dir() or is_output(out) or has_command_output(out):
        return
    pictures = (path.name for path in out.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if picture := next(pictures, ""):
        raise OutputError(f"{out} holds other pictures, such as {picture}: {ELSEWHERE}")
