"""check: say what is wrong with photos and annotations."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_data, add_only, add_set, add_verb
from maskwright.cli.console import announce, exit_code_of, load_torch, print_findings, screen
from maskwright.cli.paths import path, require_exists, require_outside, result_file
from maskwright.findings.finding import Finding, finding_as_json, ranked
from maskwright.wording import count_of

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.datasets.dataset import Dataset
    from maskwright.planning.settings import Settings

NAME = "check"
EXAMPLE = "maskwright check photos/"
MOST_CODED = 40
"""Masks that are coded to count their bits."""


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "say what is wrong with photos and annotations", run=run, example=EXAMPLE)
    add_data(parser)
    parser.add_argument("--json", metavar="F", type=result_file, help="write the findings as a ranked list")
    parser.add_argument("--overfit", action="store_true", help="overfit one photo as a sanity check, in under a minute")
    parser.add_argument("--sheet", metavar="F", type=path, help="write a contact sheet (PNG) of all photos and masks")
    add_only(parser)
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Check the photos and annotations; return 1 with a finding of severity error."""
    require_exists(options.data)
    if options.sheet:
        require_outside(options.sheet, options.data)
    from maskwright.planning.settings import read_settings

    settings = read_settings(options.sets)
    announce(f"reading {options.data}", quiet=options.quiet)
    from maskwright.datasets.dataset import usable
    from maskwright.datasets.truth.painted_masks import PaintedMasks
    from maskwright.files import write_json
    from maskwright.report.contact_sheet import write_contact_sheet
    from maskwright.workflows.open_and_check import checked, open_data

    shown = screen(quiet=options.quiet)
    dataset = open_data(options.data, settings, only=options.only, screen=shown)
    dataset = replace(dataset, painted=PaintedMasks())
    announce(dataset.read_as, quiet=options.quiet)
    findings = checked(dataset, settings, screen=shown)
    if options.overfit:
        findings = ranked([*findings, *_overfit(dataset, settings, findings)])
    print_findings(findings, quiet=options.quiet)
    print(f"{count_of(len(dataset), 'photo')}, classes: {', '.join(dataset.classes.names)}")
    if not options.quiet:
        _print_label_bits(dataset, findings)
    if options.json:
        write_json(options.json, [finding_as_json(finding) for finding in findings])
    if options.sheet:
        write_contact_sheet(dataset, options.sheet, findings, on_photo=shown.count("drawing", len(dataset)))
        print(f"contact sheet: {options.sheet}")
    usable(dataset, findings)
    return exit_code_of(findings)


def _print_label_bits(dataset: "Dataset", findings: Sequence[Finding]) -> None:
    """Print how much the labels of up to MOST_CODED readable photos say, and what sets like this one scored."""
    from maskwright.datasets.dataset import usable
    from maskwright.datasets.label_bits import label_bits
    from maskwright.errors import DataError
    from maskwright.workflows.learning_curve.similar_datasets import similar_datasets_in_words

    with suppress(DataError):  # nothing is readable or annotated: the findings say so
        bits = label_bits(usable(dataset, findings), most_photos=MOST_CODED)
        print(bits)
        print(similar_datasets_in_words(bits, len(dataset.classes)))


def _overfit(dataset: "Dataset", settings: "Settings", findings: Sequence[Finding]) -> list[Finding]:
    """Overfit one photo and print what was reached."""
    load_torch(quiet=False)
    from maskwright.datasets.dataset import usable
    from maskwright.workflows.training.overfit_one import BUDGET_S, Attempt, overfit_findings
    from maskwright.workflows.training.pipeline import overfitted

    print(f"overfitting one photo, at most {BUDGET_S:.0f} s")

    def show(attempt: Attempt) -> None:
        if attempt.iou is not None:
            reached = f"{attempt.steps} steps  loss {attempt.loss:.3f}  IoU {attempt.iou:.3f}"
            print(f"  {attempt.seconds:3.0f} s  {reached} (working scale)", flush=True)

    result = overfitted(usable(dataset, findings), settings, show)
    print(
        f"can it learn one photo? {result.answer}: IoU {result.iou:.3f} on {result.photo} after {result.seconds:.0f} s"
    )
    return overfit_findings(result)
