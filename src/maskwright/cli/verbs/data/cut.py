"""cut: write huge images and their labels as tiles to train on."""

import argparse
from shlex import quote
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_set, add_verb
from maskwright.cli.console import announce, screen
from maskwright.cli.paths import path, require_given, require_not_inside
from maskwright.errors import ConfigError, DataError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.workflows.cut.sources import LabelChoice

NAME = "cut"
EXAMPLE = "maskwright cut scene.tif --labels labels.gpkg --out tiles/"
SMALLEST_PX, LARGEST_PX = 64, 8192
LABELS_HELP = "polygons (GeoPackage, GeoJSON) or a raster of class numbers; for a folder of images a folder of these"
AREA_HELP = "polygons of what was annotated; outside of them nothing counts, and inside the rest is background"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "write huge images and their labels as tiles to train on", run=run, example=EXAMPLE)
    parser.add_argument("scenes", metavar="IMAGE", type=path, help="a huge image, or a folder of them")
    parser.add_argument("--labels", metavar="FILE", type=path, required=True, help=LABELS_HELP)
    parser.add_argument("--out", metavar="DIR", type=path, required=True, help="the folder to make")
    parser.add_argument("--size", metavar="PX", type=_size, default=1024, help="the side of a tile (default 1024)")
    parser.add_argument("--gap", metavar="PX", type=_gap, help="between blocks of tiles (default an eighth of a tile)")
    parser.add_argument("--area", metavar="FILE", type=path, help=AREA_HELP)
    parser.add_argument("--layer", metavar="NAME", help="the layer of a GeoPackage that has several")
    add_set(parser, "how labels are read: data.attribute=NAME, data.objects=one or data.ignore=NUMBER")


def _size(text: str) -> int:
    if not text.isdecimal() or not SMALLEST_PX <= int(text) <= LARGEST_PX:
        raise argparse.ArgumentTypeError(f"{text!r} is no side of a tile: give {SMALLEST_PX} to {LARGEST_PX} pixels")
    return int(text)


def _gap(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PX:
        raise argparse.ArgumentTypeError(f"{text!r} is no gap: give 0 to {LARGEST_PX} pixels")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Cut into an empty folder; account for every tile and polygon, and print what to type next."""
    from maskwright.imaging.large_images import rasterio_module

    rasterio_module()
    if not options.scenes.exists():
        raise DataError(f"{options.scenes} does not exist: give an image, or a folder of images")
    for given in (options.labels, *([options.area] if options.area else [])):
        require_given(given)
        require_not_inside(options.out, given)
    require_not_inside(options.out, options.scenes)
    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"{options.out} is a file: choose a folder")
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.cut.cut import cut

    options.again = "; the same command goes on where it was"  # said where it is stopped
    announce(f"cutting {options.scenes}; a stopped command goes on when it is repeated", quiet=options.quiet)
    shown, choice = screen(quiet=options.quiet), _choice(options)
    with claimed(options.out):
        result = cut(
            options.scenes,
            options.labels,
            options.out,
            size_px=options.size,
            gap_px=options.gap,
            choice=choice,
            screen=shown,
        )
    for sentence in result.said:
        print(sentence)
    print(f"{result.tiles:,} tiles with masks are in {options.out}")
    out = quote(str(options.out))
    image = "IMAGE" if options.scenes.is_dir() else quote(str(options.scenes))
    print(f"Next: maskwright check {out}; maskwright train {out}")
    print(f"Then: maskwright predict RUN {image} --huge --window {result.long_side_px}")
    return 0


def _choice(options: argparse.Namespace) -> "LabelChoice":
    """Return what was chosen about labels; ConfigError for settings that are about something else."""
    from maskwright.planning.settings import DataSettings, Settings, read_settings
    from maskwright.workflows.cut.sources import LabelChoice

    settings = read_settings(options.sets)
    data = settings.data
    only_these = DataSettings(attribute=data.attribute, objects=data.objects, ignore=data.ignore)
    if settings != Settings(data=only_these) or data.objects == "ids":
        raise ConfigError("cut takes --set data.attribute=NAME, data.objects=one and data.ignore=NUMBER alone")
    return LabelChoice(options.area, options.layer, data.attribute, data.objects == "one", data.ignore)
