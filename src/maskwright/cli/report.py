"""report: rebuild a run's report.html."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, "report", "rebuild a run's report.html", run=run)
    parser.add_argument("run", metavar="RUN", type=Path, help="a run folder")


def run(options: argparse.Namespace) -> int:
    """Rebuild the report."""
    from maskwright.report.run_page import write_run_report

    print(f"report: {write_run_report(options.run)}")
    return 0
