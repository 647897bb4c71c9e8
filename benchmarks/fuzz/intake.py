"""One damaged data set: it is opened, checked and converted, as `check` and `convert` do."""

import random
import shutil
from pathlib import Path

from benchmarks.fuzz.damage import damage, zip_up
from maskwright.checks.check import check
from maskwright.datasets.converting import WRITERS, convert
from maskwright.datasets.opening import open_dataset


def prepare(bases: Path, place: Path, seed: int) -> str:
    """Copy one of the data sets to `place`/data and damage a file of it; return what was damaged."""
    rng = random.Random(seed)
    base = rng.choice(sorted(path for path in bases.iterdir() if path.is_dir()))
    data = Path(shutil.copytree(base, place / "data"))
    labels = sorted(path for path in data.rglob("*") if path.is_file() and not _is_photo(path, data))
    files = labels if labels and rng.random() < 0.7 else sorted(path for path in data.rglob("*") if path.is_file())
    path = rng.choice(files)
    if rng.random() < 0.9:
        damage(path, rng)
    if rng.random() < 0.15:
        zip_up(data, data / "export.zip", rng)
    return f"{base.name}/{path.relative_to(data)}"


def _is_photo(path: Path, data: Path) -> bool:
    return path.suffix in (".png", ".jpg") and "mask" not in str(path.relative_to(data)).lower()


def set_up() -> None:
    """Do nothing: opening and checking need no preparation of the process."""


def run(place: Path, seed: int) -> None:
    """Open, check and convert the data set; MaskwrightError where it is refused."""
    dataset = open_dataset(place / "data")
    check(dataset)
    if seed % 4 == 0:
        convert(dataset, random.Random(seed).choice(sorted(WRITERS)), place / "converted")
