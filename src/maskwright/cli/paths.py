"""Paths on the command line: checked before anything heavy is imported."""

import argparse
import glob
from collections.abc import Sequence
from pathlib import Path

from maskwright.errors import ConfigError, DataError, RunError
from maskwright.output_file_names import ONNX_SUFFIX, OUTPUT_FILES, RUN_FILES, is_output, is_run

LOG_SUFFIXES = ("", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".log", ".out", ".err", ".ipynb", ".pkl")
"""What trainings log into, by the ending; event files of TensorBoard have none of their own."""
DATA_SUFFIXES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".webp",
    ".npy",
    ".npz",
    ".pt",
    ".pth",
    ".safetensors",
)
"""Files with these endings are data or weights: no result is written over them."""


def path(text: str) -> Path:
    """Return a path; an empty one, which would mean the current folder, is refused."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a path: a variable in the command may be empty")
    try:
        typed = Path(text).expanduser() if text.startswith("~") else Path(text)  # "./~a" is a file here
        typed.resolve()
        typed.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long; ~USER without such a user; a link to itself
        reason = getattr(error, "strerror", None) or error
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a path: {reason}") from error
    return typed


def result_file(text: str) -> Path:
    """Return the path of a file to write; a folder, pictures, weights and the files of a run are not replaced."""
    file = path(text)
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder: give a file in it")
    is_of_a_run = file.name in OUTPUT_FILES and is_output(file.parent)
    if file.is_file() and (is_of_a_run or file.suffix.lower() in DATA_SUFFIXES):
        raise argparse.ArgumentTypeError(f"{text} exists and would be overwritten: choose another name")
    return file


def path_or_url(text: str) -> Path | str:
    """Return a path, or a URL as it was typed."""
    return text if "://" in text else path(text)


def pattern(text: str) -> str:
    """Return a file, a folder or a pattern as it was typed; an empty one is refused."""
    path(text)
    return text


def require_photos(names: Sequence[str]) -> None:
    """Raise DataError, before anything heavy is imported, if one of the names is no file, folder or pattern."""
    for name in names:
        if not glob.has_magic(name) and not Path(name).exists():
            raise DataError(f"{name} names no photo: give photo files, a folder of photos, or a pattern in quotes")


def require_exists(data: Path) -> None:
    """Raise DataError, before anything heavy is imported, if there is nothing at the path, or a run."""
    if not data.exists():
        raise DataError(f"{data} does not exist: give a folder of photos, or an annotation file")
    if is_run(data):
        raise DataError(f"{data} is a run, and DATA is photos with annotations: give the folder of those")


def require_given(given: Path) -> None:
    """Raise DataError if there is nothing at a path of masks, predictions or a history."""
    if not given.exists():
        raise DataError(f"{given} does not exist: give a folder or a file")


def require_run(run: Path, *, files: bool = False) -> None:
    """Raise RunError, before anything heavy is imported, if there is no run; RUN1,RUN2 and RUN/folds are several.

    An exported file, such as model.onnx, stands for its run where `files` are taken.
    """
    if files and run.suffix == ONNX_SUFFIX and run.is_file():
        return
    for folder in [run] if run.exists() else map(Path, str(run).split(",")):
        if not may_be_run(folder) and not _holds_folds(folder):
            raise RunError(f"{folder} is no run folder: {_run_meant(folder)}")


def may_be_run(folder: Path) -> bool:
    """Tell whether a folder holds a run, finished, interrupted or damaged."""
    return folder.is_dir() and any((folder / name).exists() for name in RUN_FILES)


def _holds_folds(folder: Path) -> bool:
    """Tell whether a folder holds the runs of a cross-validation, which are numbered."""
    return folder.is_dir() and any(inner.name.isdigit() and may_be_run(inner) for inner in folder.glob("*"))


def may_be_log(file: Path) -> bool:
    """Tell whether a file may be what a training logged, by its name."""
    return file.suffix.lower() in LOG_SUFFIXES or ".tfevents." in file.name


def _run_meant(given: Path) -> str:
    """Return what to give instead of a path that is no run folder."""
    if given.is_file() and may_be_run(given.parent):
        return f"give its folder, {given.parent}"
    if not given.exists():
        return "nothing is there; `maskwright train DATA --out RUN` makes one"
    inside = sorted(folder for folder in given.glob("*") if may_be_run(folder)) if given.is_dir() else []
    if inside:
        return f"give one of the runs in it, such as {inside[0]}"
    return "`maskwright train DATA --out RUN` makes one, and RUN comes before photos"


def require_outside(out: Path, data: Path) -> None:
    """Raise ConfigError if a picture would be written among the photos, where it would count as one of them."""
    folder = (data if data.is_dir() else data.parent).resolve()
    if folder in out.resolve().parents:
        raise ConfigError(f"{out} is in the folder of the photos, and would count as one: choose another place")


def require_not_inside(out: Path, data: Path) -> None:
    """Raise ConfigError if pictures would be written into the folder that is read, and count as data."""
    if data.is_dir() and data.resolve() in out.resolve().parents:
        beside = data.resolve().parent / out.name
        raise ConfigError(f"{out} is inside {data}, and its pictures would count as data: try --out {beside}")
