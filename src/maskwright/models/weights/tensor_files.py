"""Weights on disk: plain tensors and numbers, loaded without running any code of the file."""

from pathlib import Path
from typing import Any

import torch

from maskwright.errors import RunError
from maskwright.files import write_with


def save_tensors(path: Path, values: dict[str, Any]) -> None:
    """Write a dict of tensors and plain values, whole or not at all."""

    def write(temporary: Path) -> None:
        try:
            torch.save(values, temporary)
        except RuntimeError as error:  # torch's zip writer reports a full disk so
            raise OSError(f"{error}".splitlines()[0]) from error

    write_with(path, write)


def load_tensors(path: Path) -> dict[str, Any]:
    """Return what `save_tensors` wrote, on the CPU; RunError where it is missing or damaged."""
    try:
        values: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return values
    except FileNotFoundError as error:
        raise RunError(f"{path} is not there: train again, or go on with --resume") from error
    except Exception as error:  # torch raises whatever its reader meets in a damaged file
        raise RunError(f"{path} is damaged: train again") from error
