"""predict: write masks, overlays and polygons for new photos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import FORMATS, add_runs, add_verb
from maskwright.cli.console import code_of, print_findings
from maskwright.errors import MaskwrightError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, "predict", "write masks, overlays and polygons for new photos", run=run)
    add_runs(parser)
    parser.add_argument("photos", metavar="PHOTOS", nargs="+", help="photo files, folders, or patterns in quotes")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to write into")
    regions_help = f"also write the regions for a labelling tool, into DIR/regions: one of {', '.join(FORMATS)}"
    parser.add_argument("--regions", metavar="FORMAT", choices=FORMATS, help=regions_help)


def run(options: argparse.Namespace) -> int:
    """Predict the photos; return 1 if some could not be read."""
    from maskwright.inference.files import predict_files
    from maskwright.inference.load import load
    from maskwright.inference.photo_list import photos_to_do

    listed = photos_to_do(options.photos, out=options.out)
    photos = listed.photos
    segmenter = load(options.run)
    print(f"{len(photos)} photos")
    predicted = predict_files(segmenter, photos, options.out, on_photo=lambda todo: print(f"  {todo.path}"))
    print_findings(predicted.findings)
    for skipped in listed.skipped:
        print(f"skipped {skipped}")
    print(
        f"{predicted.done} photos predicted: {options.out}/masks, {options.out}/overlays, "
        f"{options.out}/regions.via.json"
    )
    if options.regions:
        from maskwright.inference.region_files import write_regions

        report = write_regions(photos, options.out, segmenter.classes, to=options.regions)
        print(f"regions as {options.regions}: {len(report.files)} files in {options.out}/regions")
        for sentence in report.lost:
            print(f"not held: {sentence}")
    if predicted.done == 0:
        raise MaskwrightError(f"none of the {len(photos)} photos could be read: give JPEG or PNG photos")
    return code_of(predicted.findings)
