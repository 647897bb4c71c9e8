"""The verbs about photos and masks: check, plan, draw."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.console import code_of, print_findings
from maskwright.cli.options import with_net
from maskwright.errors import ConfigError
from maskwright.findings.finding import Finding, finding_as_json, ranked

if TYPE_CHECKING:
    from maskwright.datasets.dataset import Dataset
    from maskwright.planning.settings import Settings


def check(options: argparse.Namespace) -> int:
    """Say what is wrong with photos and annotations."""
    from maskwright.datasets.dataset import usable
    from maskwright.files import write_json
    from maskwright.planning.settings import read_settings
    from maskwright.report.contact_sheet import write_contact_sheet
    from maskwright.workflows.open_and_check import checked, open_data

    settings = read_settings(options.sets)
    dataset = open_data(options.data, settings, only=options.only)
    findings = checked(dataset, settings)
    if options.overfit:
        findings = ranked([*findings, *_overfit(dataset, settings, findings)])
    print_findings(findings)
    print(f"{len(dataset)} photos, classes: {', '.join(dataset.classes.names)}")
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    if options.sheet:
        write_contact_sheet(dataset, options.sheet, findings)
        print(f"contact sheet: {options.sheet}")
    usable(dataset, findings)
    return code_of(findings)


def _overfit(dataset: "Dataset", settings: "Settings", findings: Sequence[Finding]) -> list[Finding]:
    """Try to learn one photo by heart; print what was reached."""
    from maskwright.datasets.dataset import usable
    from maskwright.workflows.overfit_one import BUDGET_S, Attempt, overfit_findings
    from maskwright.workflows.train import overfitted

    print(f"learning one photo by heart, at most {BUDGET_S:.0f} s")

    def show(attempt: Attempt) -> None:
        if attempt.iou is not None:
            reached = f"{attempt.steps} steps  loss {attempt.loss:.3f}  IoU {attempt.iou:.3f}"
            print(f"  {attempt.seconds:3.0f} s  {reached} (working scale)", flush=True)

    result = overfitted(usable(dataset, findings), settings, show)
    print(
        f"can it learn one photo? {result.answer}: IoU {result.iou:.3f} on {result.photo} after {result.seconds:.0f} s"
    )
    return overfit_findings(result)


def plan(options: argparse.Namespace) -> int:
    """Print how training would be done, and why."""
    from maskwright.checks.check import check
    from maskwright.datasets.dataset import usable
    from maskwright.planning.machine import this_machine
    from maskwright.planning.plan_file import plan_as_tree, require_net, write_plan
    from maskwright.planning.settings import read_settings
    from maskwright.workflows.open_and_check import open_data
    from maskwright.workflows.train import Job, plan_for, shipped_parts, thinned

    settings = read_settings(with_net(options))
    require_net(settings.plan_file, settings.plan)
    dataset = open_data(options.data, settings, only=options.only)
    good = usable(dataset, check(dataset))
    job = Job(options.data, Path(), settings, minutes=options.minutes)
    plan = plan_for(job, thinned(shipped_parts(job, good), job), this_machine())
    for section, values in plan_as_tree(plan).items():
        print(f"[{section}]")
        for key, value in values.items():
            print(f"  {key:17} {value!s:28} {plan.why.get(f'{section}.{key}', '')}")
    if options.out:
        write_plan(plan, options.out)
        print(f"written to {options.out}: edit it, then `maskwright train DATA --set plan={options.out} --out RUN`")
    return 0


def draw(options: argparse.Namespace) -> int:
    """Draw photos with masks."""
    from maskwright.synthetic.board_photos import draw_coil_photos
    from maskwright.synthetic.puzzle_photos import draw_puzzle_photos

    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"{options.out} is a file: choose a folder")
    if options.out.exists() and any(options.out.iterdir()):
        raise ConfigError(f"{options.out} holds files already: choose another folder, or empty it first")
    if options.what == "coils":
        draw_coil_photos(options.out, count=options.count or 150, seed=options.seed)
    else:
        draw_puzzle_photos(options.out, count=options.count or 40, seed=options.seed)
    print(f"photos and annotations: {options.out}")
    return 0
