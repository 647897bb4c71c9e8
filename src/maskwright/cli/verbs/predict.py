"""predict: write masks, overlays and polygons for new photos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import FORMATS, add_runs, add_verb
from maskwright.cli.console import announce, code_of, count_of, print_findings
from maskwright.cli.paths import free_folder, name_of, path, pattern, require_photos, require_run
from maskwright.cli.verbs.predict_films import add_film_flags, names_films, run_films
from maskwright.errors import MaskwrightError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "predict"
OUT_HELP = "the folder to write into (default runs/NAME-predictions-1)"
EXAMPLE = "maskwright predict runs/photos-1 new_photos/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "write masks, overlays and polygons for new photos", run=run, example=EXAMPLE)
    add_runs(parser)
    text = "photo files, folders, or patterns in quotes; or film files"
    parser.add_argument("photos", metavar="PHOTOS", nargs="+", type=pattern, help=text)
    parser.add_argument("--out", metavar="DIR", type=path, help=OUT_HELP)
    regions_help = f"also write the regions for a labelling tool, into DIR/regions: one of {', '.join(FORMATS)}"
    parser.add_argument("--regions", metavar="FORMAT", choices=FORMATS, help=regions_help)
    add_film_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Predict the photos; return 1 if some could not be read."""
    require_run(options.run)
    if names_films(options.photos):
        return run_films(options)
    require_photos(options.photos)
    out = options.out or free_folder(f"{name_of(Path(options.photos[0]))}-predictions")
    announce(f"loading {options.run}", quiet=options.quiet)
    from maskwright.inference.files import predict_files
    from maskwright.inference.load import load
    from maskwright.inference.photo_list import photos_to_do
    from maskwright.runs.claim import claimed

    listed = photos_to_do(options.photos, out=out)
    photos = listed.photos
    segmenter = load(options.run)
    announce(count_of(len(photos), "photo"), quiet=options.quiet)
    with claimed(out):
        predicted = predict_files(
            segmenter, photos, out, on_photo=lambda todo: announce(f"  {todo.path}", quiet=options.quiet)
        )
    print_findings(predicted.findings, quiet=options.quiet)
    for skipped in listed.skipped:
        print(f"skipped {skipped}")
    print(f"{count_of(predicted.done, 'photo')} predicted: {out}/masks, {out}/overlays, {out}/regions.via.json")
    if options.regions:
        from maskwright.inference.region_files import write_regions

        report = write_regions(photos, out, segmenter.classes, to=options.regions)
        print(f"regions as {options.regions}: {count_of(len(report.files), 'file')} in {out}/regions")
        for sentence in report.lost:
            print(f"not held: {sentence}")
    if predicted.done == 0:
        raise MaskwrightError(f"none of the {len(photos)} photos could be read: give JPEG or PNG photos")
    return code_of(predicted.findings)
