"""Cells of the leaderboard: set x method x photos x minutes x seed, each measured once and kept as a line of JSON."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.hardware import machine_lines
from benchmarks.imports import ROOT, code_of
from benchmarks.leaderboard.methods import function_of
from benchmarks.leaderboard.photo_lists import digest_of
from maskwright.files import make_folder, read_text, write_text

FOLDER = Path(__file__).parent / "cells"
NO_PART = (
    *("benchmarks.leaderboard.cells", "benchmarks.leaderboard.methods", "benchmarks.leaderboard.photo_lists"),
    *("benchmarks.sets", "benchmarks.hardware"),
)
"""Modules whose code is no part of what a cell measured; the photo lists themselves are."""


@dataclass(frozen=True)
class Cell:
    """One measurement: `photos` to train on, `minutes` of wall-clock for everything up to the trained model."""

    set_name: str
    method: str
    photos: int
    minutes: float
    seed: int

    def __str__(self) -> str:
        return f"{self.set_name}, {self.method}, {self.photos} photos, {self.minutes:g} minutes, seed {self.seed}"


@dataclass(frozen=True)
class Result:
    """What a cell gave: the IoU of each judged photo in the order of its list, None where it has none of the classes.

    `train_cpu_s` are the CPU seconds of the training, `load` the machine's load average when it ended: with others at
    work the CPU seconds are fewer than the wall-clock ones. `code` is the hash of all code that the method imports.
    """

    cell: Cell
    photo_ious: tuple[float | None, ...]
    dataset_iou: float
    extra: dict[str, float]
    train_s: float
    train_cpu_s: float
    predict_s: float
    steps: int
    peak_mb: float
    load: float
    machine: tuple[str, ...]
    measured: str
    code: str

    @property
    def counted(self) -> tuple[float, ...]:
        """The IoU of each photo; 1 for one that shows no object and in which none was seen."""
        return tuple(1.0 if value is None else value for value in self.photo_ious)


def code_hash(method: str, set_name: str) -> str:
    """Return a hash of the code that a cell imports, and of what its set is.

    Names of methods, other sets and the keeping of cells change no result.
    """
    modules = ("benchmarks.leaderboard.one_cell", function_of(method).rpartition(".")[0])
    return f"{code_of(modules, root=ROOT, without=NO_PART)}-{digest_of(set_name)}"


def results_in(folder: Path = FOLDER) -> list[Result]:
    """Return all results in a folder, the latest of each cell and machine."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in read_text(path).splitlines() if line]
    latest = {(result.cell, result.machine[0]): result for result in map(_parsed, lines)}
    return list(latest.values())


def known(cell: Cell, results: Iterable[Result], *, any_code: bool = False) -> Result | None:
    """Return the result of a cell on this machine, None unless this code gave it; with `any_code`, whichever did."""
    code, machine = code_hash(cell.method, cell.set_name), tuple(machine_lines())
    same = (one for one in results if one.cell == cell and one.machine == machine)
    return next((one for one in same if any_code or one.code == code), None)


def keep(result: Result, folder: Path = FOLDER) -> None:
    """Put a result into its set's file, in place of an earlier one of the same cell and machine.

    Several runs at once may do so: each waits until the other has written.
    """
    with _alone(make_folder(folder)):
        others = [one for one in results_in(folder) if one.cell.set_name == result.cell.set_name]
        others = [one for one in others if (one.cell, one.machine[0]) != (result.cell, result.machine[0])]
        lines = sorted(json.dumps(_as_json(one), separators=(",", ":")) for one in [*others, result])
        write_text(folder / f"{result.cell.set_name}.jsonl", "".join(f"{line}\n" for line in lines))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which needs no file and ends with the process; wait for another holder."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _as_json(result: Result) -> dict[str, Any]:
    held = asdict(result)
    return {**held.pop("cell"), **held}


def _parsed(line: str) -> Result:
    held: dict[str, Any] = json.loads(line)
    cell = Cell(*(held.pop(name) for name in ("set_name", "method", "photos", "minutes", "seed")))
    return Result(cell, tuple(held.pop("photo_ious")), machine=tuple(held.pop("machine")), **held)
