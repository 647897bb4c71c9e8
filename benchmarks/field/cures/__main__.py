"""Audit the cures and write their part of DOCTOR.md: `python -m benchmarks.field.cures [SET ...]`."""

import os
import sys
import warnings
from itertools import chain
from pathlib import Path

from benchmarks.field.bases import ALL
from benchmarks.field.cures import check_faults, predictions, trainings
from benchmarks.field.cures.cure import append, read
from benchmarks.field.cures.section import write_section

SETS = ("car_parts", "crackforest", "horses", "camvid", "drive", "magnetic_tile")
"""Three sets with several classes, or objects that are rare or fill the photo, and three of thin objects."""


def main() -> None:
    """Obey every fix that CURES.jsonl lacks, print what did not help, and write the section."""
    warnings.filterwarnings("ignore")
    names = tuple(word for word in sys.argv[1:] if word in ALL) or SETS
    done = {(cure.fault, cure.set_name) for cure in read()}
    for cure in chain(check_faults.cases(done), predictions.cases(names, done), trainings.cases(done)):
        append(cure)
        if cure.obeyed and not cure.good:
            print(cure, flush=True)
    if not os.environ.get("CURES_STORE"):
        write_section(Path(__file__).parents[3] / "DOCTOR.md")


if __name__ == "__main__":
    main()
