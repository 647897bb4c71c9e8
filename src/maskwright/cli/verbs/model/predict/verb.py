"""predict: write masks, overlays, polygons and measures for new photos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import FORMATS, add_engine, add_runs, add_verb, positive
from maskwright.cli.console import announce, exit_code_of, load_torch, print_findings, screen
from maskwright.cli.paths import path_or_url, pattern, require_photos, require_run
from maskwright.cli.runtimes import add_runtime_flags, loaded
from maskwright.cli.verbs.model.predict.fitting_flags import require_fitting_flags
from maskwright.cli.verbs.model.predict.huge_images import add_huge_flags, run_huge
from maskwright.cli.verbs.model.predict.long_lists import add_list_flags, is_list, run_list
from maskwright.cli.verbs.model.predict.video import add_video_flags, names_videos, run_videos
from maskwright.errors import MaskwrightError
from maskwright.runs.naming import free_folder, name_of
from maskwright.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from maskwright.classes import ClassTable
    from maskwright.cli.arguments import Verbs
    from maskwright.inference.predict_files import Predicted
    from maskwright.inference.sources.photo_list import PhotoToDo

NAME = "predict"
MOST_LISTED = 10
OUT_HELP = "the folder to write into (default runs/NAME-predictions-1)"
EXAMPLE = "maskwright predict runs/photos-1 new_photos/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(
        verbs, NAME, "write masks, overlays, polygons and measures for new photos", run=run, example=EXAMPLE
    )
    add_runs(parser)
    text = "photo files, folders, patterns in quotes, URLs, or a .txt, .csv or .parquet that lists them; or film files"
    parser.add_argument("photos", metavar="PHOTOS", nargs="+", type=pattern, help=text)
    parser.add_argument("--out", metavar="DIR", type=path_or_url, help=OUT_HELP)
    regions_help = f"also write the regions for a labelling tool, into DIR/regions: one of {', '.join(FORMATS)}"
    scale_help = "pixels in a millimetre: objects.csv and totals.csv get millimetres too"
    parser.add_argument("--px-per-mm", metavar="N", type=positive, help=scale_help)
    least_help = "leave objects of fewer pixels out of objects.csv and totals.csv (default 0); masks keep them"
    parser.add_argument("--min-area", metavar="PX", type=positive, default=0.0, help=least_help)
    parser.add_argument("--regions", metavar="FORMAT", choices=FORMATS, help=regions_help)
    add_runtime_flags(parser)
    add_list_flags(parser)
    add_huge_flags(parser)
    add_engine(parser)
    add_video_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Predict the photos; return 1 if some could not be read."""
    require_run(options.run, files=True)
    is_video = names_videos(options.photos)
    require_fitting_flags(options, "films" if is_video else "huge images" if options.huge else "photos")
    if is_video:
        return run_videos(options)
    if options.huge:
        return run_huge(options)
    if is_list(options):
        return run_list(options)
    require_photos(options.photos)
    out = options.out or free_folder(f"{name_of(Path(options.photos[0]))}-predictions")
    load_torch(quiet=options.quiet)
    from maskwright.inference.outputs.object_table import Scale
    from maskwright.inference.outputs.photo_outputs import Measuring
    from maskwright.inference.predict_files import predict_files
    from maskwright.inference.sources.photo_list import photos_to_do
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.distribution_shift import unlike_runs

    listed = photos_to_do(options.photos, out=out)
    photos = listed.photos
    for sentence in listed.left_out:
        print(f"warning: {sentence}", flush=True)  # masks are missed where only results are wanted, too
    segmenter = loaded(options)
    announce(count_of(len(photos), "photo"), quiet=options.quiet)
    measuring = Measuring(Scale(options.px_per_mm, options.min_area), unlike_runs(options.run))
    step = screen(quiet=options.quiet).count("predicting", len(photos))
    with claimed(out):
        predicted = predict_files(
            segmenter, photos, out, measuring=measuring, on_photo=_shown(step, quiet=options.quiet)
        )
    print_findings(predicted.findings, quiet=options.quiet)
    _print_results(predicted, out, skipped=listed.skipped)
    if options.regions:
        _write_regions(photos, out, segmenter.classes, to=options.regions)
    if predicted.done == 0:
        raise MaskwrightError(f"none of the {len(photos)} photos could be read: give JPEG or PNG photos")
    return exit_code_of(predicted.findings)


def _print_results(predicted: "Predicted", out: Path, *, skipped: "Sequence[object]") -> None:
    """Print what was skipped, what was written, and which masks to look at first."""
    for text in skipped:
        print(f"skipped {text}")
    print(f"{count_of(predicted.done, 'photo')} predicted: {out}/masks, {out}/overlays, {out}/regions.via.json")
    print(f"measured: {out}/objects.csv, {out}/totals.csv")
    _print_unsure(predicted.unsure)


def _shown(step: "Callable[..., None]", *, quiet: bool) -> "Callable[[PhotoToDo], None]":
    """Return what prints each photo that is done, and moves the bar on."""

    def show(todo: "PhotoToDo") -> None:
        announce(f"  {todo.path}", quiet=quiet)
        step()

    return show


def _write_regions(photos: "Sequence[PhotoToDo]", out: Path, classes: "ClassTable", *, to: str) -> None:
    """Write the regions for a labelling tool; print where they are, and what the format cannot hold."""
    from maskwright.inference.outputs.region_files import write_regions

    report = write_regions(photos, out, classes, to=to)
    print(f"regions as {to}: {count_of(len(report.files), 'file')} in {out}/regions")
    for sentence in report.lost:
        print(f"not held: {sentence}")


def _print_unsure(unsure: "Mapping[str, str]") -> None:
    """Print which masks to look at first, and why."""
    if unsure:
        print(f"unsure of {count_of(len(unsure), 'photo')}: look at these masks first")
    for name, reason in list(unsure.items())[:MOST_LISTED]:
        print(f"  {name}: {reason}")
    if len(unsure) > MOST_LISTED:
        print(f"  and {len(unsure) - MOST_LISTED} more, in totals.csv")
