"""plan: print how training would be done, and why."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_net, add_only, add_set, add_verb, minutes, with_net
from maskwright.cli.console import announce, screen
from maskwright.cli.paths import require_exists, result_file

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.planning.plan import Plan

NAME = "plan"
EXAMPLE = "maskwright plan photos/ --minutes 5"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "print how training would be done, and why", run=run, example=EXAMPLE)
    add_data(parser)
    parser.add_argument("--out", metavar="F", type=result_file, help="write it as a plan.toml to edit")
    parser.add_argument("--minutes", metavar="M", type=minutes, help="wall-clock of one training")
    add_net(parser)
    add_only(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan; write it with --out."""
    require_exists(options.data)
    from maskwright.planning.available_weights import require_available
    from maskwright.planning.settings import read_settings

    settings = read_settings(with_net(options))
    require_available(settings)
    announce(f"reading {options.data}", quiet=options.quiet)
    from maskwright.checks.check import check_and_compare
    from maskwright.datasets.dataset import usable
    from maskwright.planning.machine import this_machine
    from maskwright.planning.plan_file import write_plan
    from maskwright.workflows.open_and_check import open_data
    from maskwright.workflows.training.prepare import Job, plan_for, shipped_parts, subsampled_parts

    shown = screen(quiet=options.quiet)
    dataset = open_data(options.data, settings, only=options.only, screen=shown)
    announce(dataset.read_as, quiet=options.quiet)
    findings, dataset = check_and_compare(dataset, count=shown.count)
    good = usable(dataset, findings)
    job = Job(options.data, Path(), settings, minutes=options.minutes)
    parts = subsampled_parts(shipped_parts(job, good, screen=shown), job)
    plan = plan_for(job, parts, this_machine(), screen=shown)
    _print_plan(plan)
    if options.out:
        write_plan(plan, options.out)
        print(f"written to {options.out}: edit it, then `maskwright train DATA --set plan={options.out} --out RUN`")
    return 0


def _print_plan(plan: "Plan") -> None:
    from maskwright.planning.plan_file import plan_as_tree

    for section, values in plan_as_tree(plan).items():
        print(f"[{section}]")
        for key, value in values.items():
            print(f"  {key:17} {value!s:28} {plan.why.get(f'{section}.{key}', '')}")
