"""verify: say whether an exported file gives the mask that it should."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.console import load_torch
from maskwright.cli.paths import path
from maskwright.errors import ConfigError, FileError
from maskwright.output_file_names import PAGE_SUFFIX

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "verify"
EXAMPLE = "maskwright verify runs/photos-1/model.onnx"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "say whether an exported file gives on this machine the mask that it should"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.add_argument("file", metavar="FILE", type=path, help="a file that `export` wrote: model.onnx or model.xml")


def run(options: argparse.Namespace) -> int:
    """Verify the file with every runtime that is installed; return 1 if more than 0.1 % of the pixels differ."""
    if not options.file.is_file():
        raise FileError(f"{options.file} is no file: `maskwright export RUN` makes one")
    if options.file.suffix == PAGE_SUFFIX:
        raise ConfigError(f"{options.file} tests itself when it is opened: open it in the browser that will use it")
    load_torch(quiet=options.quiet)
    from maskwright.workflows.export import describe, verify_everywhere

    for line in describe(options.file):
        print(line)
    code = 0
    for what, verified in verify_everywhere(options.file):
        print(f"self-test, {what}: {verified.words}")
        code = code if verified.is_equal else 1
    return code
