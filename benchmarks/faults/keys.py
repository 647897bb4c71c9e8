"""What a result depends on: hashes of the code that made it, and where results are kept."""

import subprocess
from functools import cache
from pathlib import Path

from benchmarks.imports import ROOT as ROOT
from benchmarks.imports import code_of

CACHE = Path(__file__).resolve().parent / "cache"
FROZEN = ("benchmarks.faults.bases", "benchmarks.sets")
"""The bases that faults are injected into are known by their recipe: what trained them does not count."""
DIAGNOSED_BY = (
    "benchmarks.faults.trials",
    "maskwright.diagnosis.diagnose",
    "maskwright.diagnosis.evidence.from_arrays",
)
BY_KIND = {
    "prediction": ("benchmarks.faults.artefacts", *DIAGNOSED_BY),
    "two": ("benchmarks.faults.artefacts", *DIAGNOSED_BY),
    "healthy": (
        "benchmarks.faults.artefacts",
        "benchmarks.faults.skews",
        "maskwright.checks.array_pairs",
        *DIAGNOSED_BY,
    ),
    "mask": ("benchmarks.faults.trials", "benchmarks.faults.mask_faults", "maskwright.checks.array_pairs"),
    "serving": ("benchmarks.faults.trials", "benchmarks.faults.skews"),
    "training": ("benchmarks.faults.trainings", *DIAGNOSED_BY),
}
"""The modules that answer a trial of a kind; `trials` names those of all kinds, so its own imports do not count."""


@cache
def trial_code(kind: str) -> str:
    """Return the hash of the code that the answer of a trial of this kind depends on."""
    return code_of(BY_KIND[kind], stop=("benchmarks.faults.trials", *FROZEN))


@cache
def training_code() -> str:
    """Return the hash of the code that a training with a fault depends on, without the code that diagnoses it."""
    return code_of(
        ("benchmarks.faults.trainings",),
        stop=("benchmarks.sets",),
        without=("maskwright.diagnosis", "maskwright.training.health.guards"),
    )


@cache
def commit() -> str:
    """Return the first eight digits of the commit that is checked out, "" without git."""
    asked = subprocess.run(["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return asked.stdout.strip()
