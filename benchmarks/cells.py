"""Cells of the benchmark: set x fold x method x seed, each measured once, kept on disk, known by its code."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from maskwright.files import make_folder, write_json

ROOT = Path(__file__).resolve().parents[1]
OURS = ROOT / "benchmarks" / "methods" / "ours.py"


@dataclass(frozen=True)
class Cell:
    """One measurement; `minutes` is the wall-clock that the training may take."""

    set_name: str
    fold: int
    method: str
    seed: int
    minutes: float

    @property
    def key(self) -> str:
        return f"{self.set_name}-fold{self.fold}-{self.method}-seed{self.seed}-{self.minutes:g}min"


@dataclass(frozen=True)
class Outcome:
    """What a cell gave: `photo_ious` by name at full resolution, None where a photo has none of the classes."""

    cell: Cell
    photo_ious: dict[str, float | None]
    mean_iou_per_photo: float
    dataset_iou: float
    train_s: float
    predict_s: float
    steps: int
    peak_mb: float
    extra: dict[str, float]


def code_hash(method: str) -> str:
    """Return a hash of all code that a cell of `method` depends on: the other methods' files, or maskwright's."""
    files = [ROOT / "benchmarks" / "sets.py", ROOT / "benchmarks" / "one_cell.py"]
    if method.startswith("maskwright"):
        files += sorted((ROOT / "src").rglob("*.py"))
        files += [OURS, OURS.with_name("task.py")]
    else:
        files += sorted(set((ROOT / "benchmarks" / "methods").glob("*.py")) - {OURS})
    digest = blake2b(digest_size=8)
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def outcome_of(cell: Cell, folder: Path) -> Outcome:
    """Return the outcome of a cell: from disk where the same code gave it, else measured in a process of its own."""
    path = folder / f"{cell.key}.json"
    if path.exists():
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("code") == code_hash(cell.method):
            return Outcome(**{**values, "cell": Cell(**values["cell"])})
    make_folder(folder)
    words = [sys.executable, "-m", "benchmarks.one_cell", json.dumps(asdict(cell)), str(path)]
    started = time.monotonic()
    print(f"{time.strftime('%H:%M:%S')}  {cell.key}", flush=True)
    subprocess.run(words, cwd=ROOT, check=True)
    print(f"          {time.monotonic() - started:.0f} s", flush=True)
    return outcome_of(cell, folder)


def known_outcomes(cells: list[Cell], folder: Path) -> Iterator[Outcome]:
    """Yield the outcomes of the cells that are measured, in order."""
    for cell in cells:
        if (folder / f"{cell.key}.json").exists():
            values = json.loads((folder / f"{cell.key}.json").read_text(encoding="utf-8"))
            values.pop("code")
            yield Outcome(**{**values, "cell": Cell(**values["cell"])})


def keep(outcome: Outcome, path: Path) -> None:
    """Write an outcome with the hash of the code that gave it."""
    write_json(path, {**asdict(outcome), "code": code_hash(outcome.cell.method)})
