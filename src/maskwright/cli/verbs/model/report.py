"""report: rebuild a run's report.html."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_object, add_verb
from maskwright.cli.paths import path, require_run, result_file

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "report"
EXAMPLE = "maskwright report runs/photos-1"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "rebuild a run's report.html", run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", type=path, help="a run folder")
    parser.add_argument(
        "--out", metavar="F", type=result_file, help="the page to write (default report.html in the run)"
    )
    add_object(parser)


def run(options: argparse.Namespace) -> int:
    """Rebuild the report."""
    require_run(options.run)
    from maskwright.evaluation.chosen_class import require_class
    from maskwright.report.run_page import write_run_report
    from maskwright.runs.folder import read_run_facts
    from maskwright.runs.headline_class import write_headline

    if options.object:
        require_class(options.object, read_run_facts(options.run).classes)
        write_headline(options.run, options.object)
    print(f"report: {write_run_report(options.run, options.out)}")
    return 0
