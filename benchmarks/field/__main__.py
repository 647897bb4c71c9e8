"""Diagnose the field suite's reporting half and write its part of DOCTOR.md: `python -m benchmarks.field [SET ...]`."""

import argparse
import warnings
from pathlib import Path

from benchmarks.field.bases import ALL, REPORTED_ON
from benchmarks.field.cures.section import START as CURES
from benchmarks.field.suite import answered
from benchmarks.field.tables import NEXT, STORED, section
from maskwright.files import write_text

START = "## The field suite"


def main() -> None:
    """Answer every case that FIELD.jsonl lacks, and replace the section in DOCTOR.md once all sets are answered."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"only these: {', '.join(ALL)}")
    names = tuple(parser.parse_args().sets)
    if unknown := [name for name in names if name not in ALL]:
        parser.error(f"no set is called {unknown[0]}")
    outcomes = answered(names or REPORTED_ON, STORED)
    if not names:
        faulty, sound = [o for o in outcomes if o.codes], [o for o in outcomes if not o.codes]
        replace_section(Path(__file__).parents[2] / "DOCTOR.md", section(faulty, sound))


def replace_section(page: Path, text: str) -> None:
    """Put the section before the cures' and the old suite's, in place of the one that is there."""
    whole = page.read_text(encoding="utf-8")
    following = CURES if CURES in whole else NEXT
    before, _, after = whole.partition(following)
    write_text(page, before.partition(START)[0] + text + following + after)


if __name__ == "__main__":
    main()
