"""Cells of the benchmark: set x fold x method x seed, each measured once, kept on disk, known by its code."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from benchmarks.hardware import machine_lines, now_and_commit
from maskwright.files import make_folder, write_json

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "maskwright"
METHOD_FILES = {
    "maskwright": ("ours.py",),
    "smp-recipe-40-epochs": ("smp_recipe.py",),
    "smp-recipe-same-minutes": ("smp_recipe.py",),
    "unet-scratch-bce": ("unet_scratch.py", "smp_recipe.py"),
    "fcn-head-sgd": ("fcn_head.py", "smp_recipe.py"),
    "pixel-forest": ("pixel_forest.py",),
    "constant": ("constant.py",),
}
JUDGED_BY = ("datasets/**/*.py", "imaging/*.py", "evaluation/*.py", "models/weights/encoders.py", "classes.py")
"""What of maskwright every method goes through: reading, dividing and judging photos, and the encoder's weights."""


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
    """What a cell gave: `photo_ious` by name at full resolution, None where a photo has none of the classes.

    `machine`: what it was measured on; `measured`: day, time and commit; `code`: the hash of what gave it.
    """

    cell: Cell
    photo_ious: dict[str, float | None]
    dataset_iou: float
    train_s: float
    predict_s: float
    steps: int
    peak_mb: float
    extra: dict[str, float]
    machine: list[str]
    measured: str = ""
    code: str = ""


def code_hash(method: str) -> str:
    """Return a hash of the code that a cell of `method` depends on."""
    methods = ROOT / "benchmarks" / "methods"
    files = [ROOT / "benchmarks" / f"{name}.py" for name in ("sets", "one_trial", "scores", "memory")]
    files += [methods / name for name in ("task.py", *METHOD_FILES[method])]
    patterns = ("**/*.py",) if method == "maskwright" else JUDGED_BY
    files += sorted({file for pattern in patterns for file in PACKAGE.glob(pattern)})
    digest = blake2b(digest_size=8)
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def outcome_of(cell: Cell, folder: Path) -> Outcome:
    """Return the outcome of a cell: the known one, else measured in a process of its own.

    Leaves with one line where that process failed, or where the code changed while it measured.
    """
    known = known_outcome(cell, folder)
    if known is not None:
        return known
    make_folder(folder)
    path = folder / f"{cell.key}.json"
    words = [sys.executable, "-m", "benchmarks.one_trial", json.dumps(asdict(cell)), str(path)]
    started, code = time.monotonic(), code_hash(cell.method)
    print(f"{time.strftime('%H:%M:%S')}  {cell.key}", flush=True)
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        raise SystemExit(f"{cell.key} failed, as told above; what is measured is kept: the same command goes on")
    print(f"          {time.monotonic() - started:.0f} s", flush=True)
    if code_hash(cell.method) != code:
        path.unlink()
        raise SystemExit(f"the code changed while {cell.key} was measured, which was thrown away: start again")
    outcome = known_outcome(cell, folder)
    assert outcome is not None
    return outcome


def known_outcome(cell: Cell, folder: Path) -> Outcome | None:
    """Return the outcome of a cell from disk, None unless this code gave it on this machine."""
    path = folder / f"{cell.key}.json"
    if not path.exists():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    if values["code"] != code_hash(cell.method) or values.get("machine") != machine_lines():
        return None
    return Outcome(**{**values, "cell": Cell(**values["cell"])})


def keep(outcome: Outcome, path: Path) -> None:
    """Write an outcome with the time, and the commit and hash of the code that gave it."""
    write_json(path, {**asdict(outcome), "measured": now_and_commit(), "code": code_hash(outcome.cell.method)})
