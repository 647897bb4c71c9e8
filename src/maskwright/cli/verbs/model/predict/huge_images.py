"""The part of predict that takes --huge images: read, predicted and written row by row."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.console import announce, load_torch, screen
from maskwright.cli.paths import require_photos, require_run
from maskwright.cli.runtimes import loaded
from maskwright.cli.verbs.model.predict.long_lists import is_manifest_name
from maskwright.errors import MaskwrightError
from maskwright.output_file_names import MASKS_FOLDER, POLYGONS_FOLDER
from maskwright.runs.naming import free_folder, name_of

if TYPE_CHECKING:
    from maskwright.workflows.predict_huge import HugeResult

HUGE_HELP = "images that do not fit into memory: by rows into DIR/masks, as TIFF, and DIR/polygons, for maps"
WINDOW_HELP = "with --huge: the long side of the photos that the run knows, in pixels of the image (default: all of it)"
SMALLEST_WINDOW_PX = 64


def add_huge_flags(parser: argparse.ArgumentParser) -> None:
    """Add --huge and --window."""
    parser.add_argument("--huge", action="store_true", help=HUGE_HELP)
    parser.add_argument("--window", metavar="PX", type=_window_px, help=WINDOW_HELP)


def _window_px(text: str) -> int:
    if not text.isdigit() or int(text) < SMALLEST_WINDOW_PX:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give pixels, at least {SMALLEST_WINDOW_PX}")
    return int(text)


def expanded(names: list[str]) -> list[str]:
    """Return what is named, the lines of manifests in their place."""
    if not any(map(is_manifest_name, names)):
        return names
    from maskwright.inference.sources.manifest import is_manifest, manifest_rows

    return [row for name in names for row in (manifest_rows(name) if is_manifest(name) else [name])]


def run_huge(options: argparse.Namespace) -> int:
    """Predict each image row by row."""
    from maskwright.imaging.large_images import rasterio_module

    rasterio_module()
    require_run(options.run, files=True)
    options.photos = expanded(options.photos)
    require_photos(options.photos)
    out = options.out or free_folder(f"{name_of(Path(options.photos[0]))}-predictions")
    load_torch(quiet=options.quiet)
    from maskwright.datasets.formats.mask_writer import classes_csv
    from maskwright.files import write_text
    from maskwright.inference.sources.photo_list import photos_to_do
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.export import model_identity
    from maskwright.workflows.predict_huge import HugeWork, predict_huge

    segmenter = loaded(options)
    identity = f"{model_identity(options.run)} {type(segmenter.net).__name__} {options.fast}"
    count = screen(quiet=options.quiet).count
    options.again = f"; the same command goes on, with --out {out}"  # said where it is stopped
    announce(f"stopped work goes on with the same command and --out {out}", quiet=options.quiet)
    with claimed(out):
        listed = photos_to_do(options.photos, out=out)
        for sentence in listed.left_out:
            print(f"warning: {sentence}", flush=True)  # masks are missed where only results are wanted, too
        for todo in listed.photos:
            mask = out / MASKS_FOLDER / f"{todo.name}.tif"
            if todo.path.resolve() == mask.resolve():
                raise MaskwrightError(f"{mask} is the image itself: choose another --out")
            work = HugeWork(identity, count, out / POLYGONS_FOLDER / todo.name)
            result = predict_huge(segmenter, todo.path, mask, window_px=options.window, work=work)
            print_image(todo.path, result, segmenter.classes.names)
        write_text(out / "classes.csv", classes_csv(segmenter.classes))  # what the numbers in the masks mean
    return 0


def print_image(path: Path, result: "HugeResult", names: Sequence[str]) -> None:
    """Print what an image gave: its files, the scale, and the pixels of each class, on the ground too where known."""
    from maskwright.imaging.maps.place import ground_of

    height, width = result.size_hw
    print(f"{path.name}: {width:,} x {height:,} px, mask: {result.mask}")
    print(f"  polygons: {', '.join(map(str, result.polygons))}, {_coordinates(result.mask)}")
    seen_hw = result.working_hw
    print(f"  the network saw it at {seen_hw[1]:,} x {seen_hw[0]:,} px: --window sets another scale")
    ground = ground_of(path)
    for name, pixels in zip(names, result.pixels, strict=True):
        metres = f", {pixels * ground.area_m2:,.1f} m2" if ground else ""
        print(f"  {name}: {pixels:,} px{metres}")


def _coordinates(mask: Path) -> str:
    """Say what the numbers in the files of polygons are."""
    from maskwright.imaging.maps.place import place_of

    place = place_of(mask)
    if place.epsg is not None:
        return f"in EPSG:{place.epsg}"
    if place.wkt:
        return "in the image's own coordinate system, which has no EPSG number: no GeoJSON"
    where = "in pixels, y down" if place.is_unplaced else "in the image's coordinates"
    return f"{where}: the image names no coordinate system"
