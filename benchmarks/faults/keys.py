"""What a result depends on: hashes of the code that made it, and where results are kept."""

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CACHE = HERE / "cache"
SOURCE = ROOT / "src" / "maskwright"


def hash_of(files: Iterable[Path]) -> str:
    """Return a hash of the contents of files, in the order of their names."""
    digest = blake2b(digest_size=8)
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def judge_code() -> str:
    """Return the hash of all that a diagnosis of stored answers depends on."""
    folders = [SOURCE / name for name in ("diagnosis", "evaluation", "datasets", "checks", "imaging", "findings")]
    files = [
        SOURCE / "training" / "health" / "guards.py",
        *(file for folder in folders for file in folder.rglob("*.py")),
    ]
    return hash_of(
        [*files, *SOURCE.glob("[cfp]*.py"), HERE / "bases.py", HERE / "artefacts.py", HERE / "mask_faults.py"]
    )


@cache
def training_code() -> str:
    """Return the hash of all that a training with a fault depends on, but not what is said of it."""
    folders = [SOURCE / name for name in ("training", "models", "losses")]
    files = [file for folder in folders for file in folder.rglob("*.py") if file.name != "guards.py"]
    read = [
        SOURCE / f"{name}.py"
        for name in ("datasets/dataset", "imaging/photos", "datasets/split", "datasets/fingerprint")
    ]
    return hash_of([*files, *read, HERE / "bases.py", HERE / "trainings.py"])
