"""export: write a run as one file that needs neither maskwright nor PyTorch."""

import argparse
import time
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.console import announce
from maskwright.cli.paths import path, require_run
from maskwright.errors import DataError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "export"
EXAMPLE = "maskwright export runs/photos-1"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "write a model as one ONNX file that needs neither maskwright nor PyTorch"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", type=path, help="a run folder")
    formats = "onnx: a file; openvino: two files, .xml and .bin (default onnx)"
    parser.add_argument("--to", choices=("onnx", "openvino"), default="onnx", help=formats)
    out_help = "the file to write (default RUN/model.onnx, which predict --runtime auto uses; or RUN/model.xml)"
    parser.add_argument("--out", metavar="FILE", type=path, help=out_help)
    photo_help = "the photo of the self-test (default: the first held-out photo of the run)"
    parser.add_argument("--photo", metavar="FILE", type=path, help=photo_help)


def run(options: argparse.Namespace) -> int:
    """Export the run and say how its mask of the self-test compares to PyTorch's."""
    require_run(options.run)
    if options.photo and not options.photo.is_file():
        raise DataError(f"{options.photo} is no file: give a photo")
    from maskwright.inference.exported.runtimes import require_installed

    require_installed(options.to)
    from maskwright.workflows.export import default_file, export_run

    out = options.out or default_file(options.run, options.to)
    announce(f"exporting {options.run}", quiet=options.quiet)
    start = time.monotonic()
    verified = export_run(options.run, out, to=options.to, photo=options.photo)
    seconds = time.monotonic() - start
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB in {seconds:.0f} s; self-test: {verified.words}")
    print(f"check it anywhere: maskwright verify {out}")
    return 0
