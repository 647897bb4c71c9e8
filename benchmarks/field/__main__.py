"""Diagnose the field suite's reporting half and write its part of DOCTOR.md: `python -m benchmarks.field`."""

import warnings
from pathlib import Path

from benchmarks.field.bases import REPORTED_ON
from benchmarks.field.suite import faulty, healthy
from benchmarks.field.tables import NEXT, section, store
from maskwright.files import write_text

START = "## The field suite"


def main() -> None:
    """Answer every case, keep the outcomes in FIELD.json, and replace the section in DOCTOR.md."""
    warnings.filterwarnings("ignore")
    outcomes, sound = list(faulty(REPORTED_ON)), list(healthy(REPORTED_ON))
    store(outcomes, sound)
    replace_section(Path(__file__).parents[2] / "DOCTOR.md", section(outcomes, sound))


def replace_section(page: Path, text: str) -> None:
    """Put the section before the old suite's, in place of the one that is there."""
    before, _, after = page.read_text(encoding="utf-8").partition(NEXT)
    write_text(page, before.partition(START)[0] + text + NEXT + after)


if __name__ == "__main__":
    main()
