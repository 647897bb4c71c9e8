"""The parts of predict for what is large: --shard of a manifest, and --huge images."""

import argparse
from pathlib import Path

from maskwright.cli.console import announce, code_of, count_of, print_findings
from maskwright.cli.paths import require_photos, require_run
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.runs.naming import free_folder, name_of

SHARD_HELP = "do part I of N of the photos, into DIR/shard-I-of-N; the same command again does what is left"
HUGE_HELP = "images that do not fit into memory: read and written row by row, as TIFF into DIR/masks"
WINDOW_HELP = "with --huge: the long side of the photos that the run knows, in pixels of the image (default: all of it)"
SMALLEST_WINDOW_PX = 64
MANIFESTS = (".txt", ".csv", ".tsv")
"""As in inference.manifest, whose package is not imported for --help."""


def add_list_flags(parser: argparse.ArgumentParser) -> None:
    """Add --shard, --huge and --window."""
    parser.add_argument("--shard", metavar="I/N", help=SHARD_HELP)
    parser.add_argument("--huge", action="store_true", help=HUGE_HELP)
    parser.add_argument("--window", metavar="PX", type=_window_px, help=WINDOW_HELP)


def _window_px(text: str) -> int:
    if not text.isdigit() or int(text) < SMALLEST_WINDOW_PX:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give pixels, at least {SMALLEST_WINDOW_PX}")
    return int(text)


def listed_photos(names: list[str]) -> list[str]:
    """Return what is named, the lines of manifests in their place."""
    if not any(Path(name).suffix.lower() in MANIFESTS for name in names):
        return names
    from maskwright.inference.manifest import listed

    return listed(names)


def run_shard(options: argparse.Namespace) -> int:
    """Predict one part of the photos; return 1 if some could not be read."""
    from maskwright.inference.manifest import in_shard, shard_of

    shard = shard_of(options.shard)
    if options.out is None:
        raise ConfigError("--shard needs --out DIR, the same for all parts")
    require_photos(options.photos)
    announce(f"loading {options.run}", quiet=options.quiet)
    from maskwright.inference.files import Measuring
    from maskwright.inference.object_table import Scale
    from maskwright.inference.photo_list import photos_to_do
    from maskwright.runs.claim import claimed
    from maskwright.workflows.export import load_with
    from maskwright.workflows.predict_shard import predict_shard
    from maskwright.workflows.unlike_photos import unlike_runs

    photos = in_shard(photos_to_do(options.photos, out=options.out).photos, shard)
    folder = options.out / shard.name
    measuring = Measuring(Scale(options.px_per_mm, options.min_area), unlike_runs(options.run))
    with claimed(folder):
        result = predict_shard(
            load_with(options.run, options.runtime, tell=lambda line: announce(line, quiet=options.quiet)),
            photos,
            folder,
            measuring=measuring,
            on_photos=lambda done, of_all: announce(f"  {done:,} of {of_all:,} photos", quiet=options.quiet),
        )
    print_findings(result.findings, quiet=options.quiet)
    print(f"{count_of(result.done, 'photo')} predicted, {result.done_before:,} were done before: {folder}")
    return code_of(result.findings)


def run_huge(options: argparse.Namespace) -> int:
    """Predict each image row by row."""
    from maskwright.imaging.large_images import rasterio_module

    rasterio_module()
    require_run(options.run)
    require_photos(options.photos)
    out = options.out or free_folder(f"{name_of(Path(options.photos[0]))}-predictions")
    announce(f"loading {options.run}", quiet=options.quiet)
    from maskwright.inference.load import load
    from maskwright.inference.photo_list import photos_to_do
    from maskwright.runs.claim import claimed
    from maskwright.workflows.predict_huge import predict_huge

    segmenter = load(options.run)
    with claimed(out):
        for todo in photos_to_do(options.photos, out=out).photos:
            mask = out / "masks" / f"{todo.name}.tif"
            if todo.path.resolve() == mask.resolve():
                raise MaskwrightError(f"{mask} is the image itself: choose another --out")
            result = predict_huge(segmenter, todo.path, mask, window_px=options.window)
            height, width = result.size_hw
            print(f"{todo.path.name}: {width:,} x {height:,} px, mask: {mask}")
            seen_hw = result.working_hw
            print(f"  the network saw it at {seen_hw[1]:,} x {seen_hw[0]:,} px: --window sets another scale")
            for name, pixels in zip(segmenter.classes.names, result.pixels, strict=True):
                print(f"  {name}: {pixels:,} px")
    return 0
