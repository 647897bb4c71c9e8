"""export: write a run as files that need neither maskwright nor PyTorch."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_set, add_verb
from maskwright.cli.console import announce, load_torch, screen
from maskwright.cli.paths import path, require_run, result_file
from maskwright.errors import ConfigError, DataError
from maskwright.output_file_names import OPENVINO_SUFFIX

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.workflows.export_int8 import EightBits

NAME = "export"
EXAMPLE = "maskwright export runs/photos-1"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "write a model as a file that needs neither maskwright nor PyTorch: for ONNX, OpenVINO or any browser"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", type=path, help="a run folder")
    formats = "onnx: a file; openvino: two files, .xml and .bin; html: a page for any browser (default onnx)"
    parser.add_argument("--to", choices=("onnx", "openvino", "html"), default="onnx", help=formats)
    out_help = "the file to write (default RUN/model.onnx, .xml or .html; predict --runtime auto uses RUN/model.onnx)"
    parser.add_argument("--out", metavar="FILE", type=result_file, help=out_help)
    photo_help = "the photo of the self-test (default: the first held-out photo of the run)"
    parser.add_argument("--photo", metavar="FILE", type=path, help=photo_help)
    web_help = "with --to html: the folder dist of onnxruntime-web, unpacked (default: npm fetches it, once)"
    parser.add_argument("--ort-web", metavar="DIR", type=path, help=web_help)
    int8_help = (
        "compute in 8 bits: written as RUN/model-int8.onnx or .xml if at most 0.5 IoU points are lost on the run's "
        "held-out photos, else refused"
    )
    parser.add_argument("--int8", action="store_true", help=int8_help)
    add_set(parser, "with --int8: data.ignore=11 and other --set data.*, as the run had them")


def run(options: argparse.Namespace) -> int:
    """Export the run and say how its mask of the self-test compares to PyTorch's."""
    require_run(options.run)
    if options.photo and not options.photo.is_file():
        raise DataError(f"{options.photo} is no file: give a photo")
    if options.ort_web and options.to != "html":
        raise ConfigError("--ort-web goes with --to html only")
    if options.sets and not options.int8:
        raise ConfigError("--set goes with --int8 only: a trained model keeps its plan")
    if options.int8 and options.to == "html":
        raise ConfigError("--int8 goes with --to onnx or openvino: a page computes in 32 bits")
    load_torch(quiet=options.quiet)
    announce(f"exporting {options.run}", quiet=options.quiet)
    _require_one_run(options.run)
    if options.int8:
        return _export_int8(options)
    return _export_page(options) if options.to == "html" else _export_model(options)


def _require_one_run(run: Path) -> None:
    from maskwright.inference.load import run_folders

    folders = run_folders(run)
    if len(folders) > 1:
        raise ConfigError(f"{run} is {len(folders)} runs, and a file holds one: export one, as {folders[0]}")


def _export_model(options: argparse.Namespace) -> int:
    from maskwright.inference.exported.runtimes import require_installed

    require_installed(options.to)
    from maskwright.workflows.export import default_file, export_run

    out = options.out or default_file(options.run, options.to)
    start = time.monotonic()
    verified = export_run(options.run, out, to=options.to, photo=options.photo)
    seconds = time.monotonic() - start
    print(f"{_written(out)} in {seconds:.0f} s; self-test: {verified.words}")
    print(f"check it anywhere: maskwright verify {out}")
    return 0


def _export_int8(options: argparse.Namespace) -> int:
    from maskwright.inference.exported.runtimes import require_installed

    require_installed(options.to)
    from maskwright.planning.settings import read_settings, require_data_alone
    from maskwright.workflows.export_int8 import default_int8_file, export_int8

    settings = read_settings(options.sets)
    require_data_alone(settings, NAME)
    out = options.out or default_int8_file(options.run, options.to)
    start = time.monotonic()
    written = export_int8(
        options.run, out, to=options.to, photo=options.photo, settings=settings, screen=screen(quiet=options.quiet)
    )
    seconds = time.monotonic() - start
    print(f"{_written(out)} in {seconds:.0f} s; self-test: {written.verified.words}")
    print(f"8 bits: {written.cost}")
    print(_with_fast(written.fast_lost))
    print(_speed(written, "ONNX Runtime" if options.to == "onnx" else "OpenVINO"))
    print(f"check it anywhere: maskwright verify {out}")
    return 0


def _written(out: Path) -> str:
    """Name what was written, OpenVINO's two files together, and its size."""
    files = (out, out.with_suffix(".bin")) if out.suffix == OPENVINO_SUFFIX else (out,)
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    return f"{' and '.join(map(str, files))}: {megabytes:.1f} MB"


def _with_fast(lost: float) -> str:
    """Say what eight bits cost with --fast, and whether they are taken then."""
    from maskwright.inference.exported.metadata import MOST_LOST

    allowed = "" if lost <= MOST_LOST else f"; {MOST_LOST} are allowed, so that --fast is refused for this file"
    return f"8 bits with --fast: {lost:.2f} IoU points lost on the same photos{allowed}"


def _speed(written: "EightBits", runtime: str) -> str:
    """Say what is gained on this machine, if anything is."""
    window, ratio = f"a window takes {1000 * written.seconds:.0f} ms", written.seconds_32 / written.seconds
    if ratio < 1.05:
        return (
            f"{window} in {runtime}, no less than in 32 bits ({1000 * written.seconds_32:.0f} ms): the file is smaller"
        )
    return f"{window} in {runtime} here, {ratio:.1f} times as fast as 32 bits"


def _export_page(options: argparse.Namespace) -> int:
    from maskwright.inference.exported.runtimes import require_installed

    require_installed("onnx")
    from maskwright.inference.exported.onnxruntime_web import fetch_ort_web, read_ort_web
    from maskwright.workflows.export import default_file, export_page

    out = options.out or default_file(options.run, options.to)
    if options.ort_web:
        runtime = read_ort_web(options.ort_web)
    else:
        runtime = fetch_ort_web(lambda text: announce(text, quiet=options.quiet))
    start = time.monotonic()
    page = export_page(options.run, out, photo=options.photo, runtime=runtime)
    facts = f"{out.stat().st_size / 1e6:.1f} MB in {time.monotonic() - start:.0f} s; {page.bits}-bit weights"
    print(f"{out}: {facts}; self-test: {page.verified.words}")
    print("open it in any browser, offline too: photos stay in the page")
    return 0
