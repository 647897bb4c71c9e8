"""--runtime and --fast: what computes a network, and how often it sees a photo."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.console import announce, load_torch

if TYPE_CHECKING:
    from maskwright.inference.segmenter import Segmenter

RUNTIME_HELP = (
    "what computes: auto takes the fastest in 32 bits that passes the self-test of RUN/model.onnx (see export); "
    "openvino-bf16 is faster on processors with AMX, and edges move by a few pixels in 10,000"
)
FAST_HELP = "see each photo at one scale and unmirrored: several times faster, a little less exact"


def add_runtime_flags(parser: argparse.ArgumentParser) -> None:
    """Add --runtime and --fast."""
    add_runtime(parser)
    parser.add_argument("--fast", action="store_true", help=FAST_HELP)


def add_runtime(parser: argparse.ArgumentParser) -> None:
    """Add --runtime."""
    choices = ("auto", "torch", "onnx", "openvino", "openvino-bf16")
    parser.add_argument("--runtime", choices=choices, default="auto", help=RUNTIME_HELP)


def loaded(options: argparse.Namespace) -> "Segmenter":
    """Return the Segmenter of RUN on the runtime that was chosen; say what is loaded, and by which one."""
    load_torch(quiet=options.quiet)
    from maskwright.workflows.export import load_and_tell

    return load_and_tell(
        options.run, options.runtime, tell=lambda line: announce(line, quiet=options.quiet), fast=options.fast
    )
