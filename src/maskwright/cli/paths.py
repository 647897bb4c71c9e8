"""Paths on the command line: checked before anything heavy is imported."""

import argparse
import glob
from collections.abc import Sequence
from pathlib import Path

from maskwright.errors import ConfigError, DataError, RunError


def path(text: str) -> Path:
    """Return a path; an empty one, which would mean the current folder, is refused."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a path: a variable in the command may be empty")
    return Path(text).expanduser()


def place(text: str) -> Path | str:
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
    """Raise DataError, before anything heavy is imported, if there is nothing at the path."""
    if not data.exists():
        raise DataError(f"{data} does not exist: give a folder of photos, or an annotation file")


def require_given(given: Path) -> None:
    """Raise DataError if there is nothing at a path of masks, predictions or a history."""
    if not given.exists():
        raise DataError(f"{given} does not exist: give a folder or a file")


def require_run(run: Path, *, files: bool = False) -> None:
    """Raise RunError, before anything heavy is imported, if there is no folder; RUN1,RUN2 are several.

    An exported file, such as model.onnx, stands for its run where `files` are taken.
    """
    if files and run.suffix == ".onnx" and run.is_file():
        return
    for folder in [run] if run.exists() else map(Path, str(run).split(",")):
        if not folder.is_dir():
            raise RunError(f"{folder} is no run folder: `maskwright train DATA --out RUN` makes one")


def require_outside(out: Path, data: Path) -> None:
    """Raise ConfigError if a picture would be written among the photos, where it would count as one of them."""
    folder = (data if data.is_dir() else data.parent).resolve()
    if folder in out.resolve().parents:
        raise ConfigError(f"{out} is in the folder of the photos, and would count as one: choose another place")
