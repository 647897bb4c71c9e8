"""convert: write photos and annotations in the format of another tool."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import FORMATS, add_data, add_only, add_set, add_verb
from maskwright.cli.console import announce, screen
from maskwright.cli.paths import path, require_exists, require_not_inside
from maskwright.errors import ConfigError
from maskwright.wording import count_of

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "convert"
EXAMPLE = "maskwright convert photos/ --to coco --out coco/"
WITH_MASKS = ("voc", "masks", "cityscapes")
"""Formats that write mask images even where photos are not copied."""


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(
        verbs, NAME, "write photos and annotations in the format of another tool", run=run, example=EXAMPLE
    )
    add_data(parser)
    parser.add_argument("--to", metavar="FORMAT", required=True, choices=FORMATS, help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("--out", metavar="DIR", type=path, required=True, help="the folder to make")
    parser.add_argument("--no-photos", action="store_true", help="write the annotations alone, copy no photo")
    add_only(parser)
    add_set(parser, "how DATA is read, as in --set data.ignore=11 or --set data.attribute=kind")


def run(options: argparse.Namespace) -> int:
    """Convert into an empty folder; say what the format cannot hold."""
    require_exists(options.data)
    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"{options.out} is a file: choose a folder")
    if options.out.exists() and any(options.out.iterdir()):
        raise ConfigError(f"{options.out} holds files already: choose another folder, or empty it first")
    if not options.no_photos or options.to in WITH_MASKS:
        require_not_inside(options.out, options.data)
    from maskwright.datasets.converting import convert
    from maskwright.planning.settings import read_settings
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.open_and_check import open_data

    shown = screen(quiet=options.quiet)
    announce(f"reading {options.data}", quiet=options.quiet)
    dataset = open_data(options.data, read_settings(options.sets), only=options.only, screen=shown)
    announce(dataset.read_as, quiet=options.quiet)
    with claimed(options.out):
        report = convert(dataset, options.to, options.out, copy_photos=not options.no_photos, count=shown.count)
    print(f"{count_of(len(report.files), 'file')} written to {options.out}")
    for sentence in report.lost:
        print(f"not held: {sentence}")
    return 0
