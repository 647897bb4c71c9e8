"""Histories in TensorBoard's event files."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from maskwright.diagnosis.history.column_names import TRAINING, VALIDATION
from maskwright.diagnosis.history.formats.tfrecords import read_events
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.errors import DataError
from maskwright.findings.finding import some

FEWEST_STEPS = 3
"""Steps of a scalar that make a training."""


def history_from_events(paths: list[Path]) -> History:
    """Return the scalars of TensorBoard event files as a History; files of a folder "val" are of that side.

    DataError where two folders that are no sides hold the same scalars: they are two trainings.
    """
    by_name: dict[str, dict[int, float]] = {}
    top = Path(os.path.commonpath([path.parent for path in paths]))
    for path in paths:
        side = "/".join(path.parent.relative_to(top).parts)
        scalars = list(read_events(path))
        _require_no_second_start(path, side, scalars, by_name)
        for tag, step, value in scalars:
            name = f"{side}/{tag}" if side else tag
            by_name.setdefault(name, {})[step] = value if math.isfinite(value) else math.inf
    _require_one_training(by_name, top)
    source = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    if not by_name:
        raise DataError(f"{source}: no scalar was logged in it; give the events that hold the loss")
    steps = sorted({step for values in by_name.values() for step in values})
    columns = {name: [values.get(step, math.nan) for step in steps] for name, values in by_name.items()}
    return history_from_columns({"step": [float(s) for s in steps], **columns}, source=source)


def _require_no_second_start(
    path: Path, side: str, scalars: Sequence[tuple[str, int, float]], known: Mapping[str, Mapping[int, float]]
) -> None:
    """Raise DataError where a file of the same folder begins a scalar again that another has rows of already."""
    first: dict[str, list[int]] = {}
    for tag, step, _ in scalars:
        first.setdefault(f"{side}/{tag}" if side else tag, []).append(step)
    for name, steps in first.items():
        before = known.get(name, {})
        if min(len(before), len(steps)) >= FEWEST_STEPS and min(steps) <= min(before):
            raise DataError(
                f"{path.parent}: two trainings wrote into this folder ({name} begins at step {min(steps)} again in "
                f"{path.name}), which TensorBoard draws as one line; name the one file that is meant, and give each "
                "training a folder of its own"
            )


def _require_one_training(names: Iterable[str], top: Path) -> None:
    """Raise DataError where a scalar lies in several folders that are neither of training nor of validation.

    Folders named after the scalar are one training's: `add_scalars` writes IoU into IoU_cat, IoU_dog.
    """
    folders: dict[str, set[str]] = {}
    for name in names:
        folder, _, tag = name.partition("/")
        sided = TRAINING.search(folder) or VALIDATION.search(folder)
        if tag and not sided and (top / folder).is_dir() and not folder.startswith(tag.replace("/", "_")):
            folders.setdefault(tag, set()).add(folder)
    several = max((sorted(found) for found in folders.values()), key=len, default=[])
    if len(several) > 1:
        raise DataError(f"{top}: holds {len(several)} trainings ({some(several)}); name the one folder that is meant")
