"""report: rebuild a run's report.html."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.paths import path, require_run

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "report"
EXAMPLE = "maskwright report runs/photos-1"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "rebuild a run's report.html", run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", type=path, help="a run folder")


def run(options: argparse.Namespace) -> int:
    """Rebuild the report."""
    require_run(options.run)
    from maskwright.report.run_page import write_run_report

    print(f"report: {write_run_report(options.run)}")
    return 0
