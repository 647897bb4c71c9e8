"""The part of predict that takes films: overlay film, a row a frame, and masks if asked for."""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.console import announce, load_torch
from maskwright.cli.paths import path
from maskwright.cli.runtimes import loaded
from maskwright.errors import ConfigError, DataError
from maskwright.runs.naming import free_folder, name_of
from maskwright.wording import count_of

if TYPE_CHECKING:
    from maskwright.workflows.video.predict_video import FilmResult

SMOOTH_HELP = "films: average probabilities over time along the motion (default auto: where the masks flicker)"
MASKS_HELP = "films: also write the masks, as NAME.masks/000000.png or as a lossless film NAME.masks.mkv"
FRAMES_A_LINE = 100


def add_film_flags(parser: argparse.ArgumentParser) -> None:
    """Add --smooth and --frame-masks."""
    parser.add_argument("--smooth", choices=("auto", "on", "off"), default="auto", help=SMOOTH_HELP)
    parser.add_argument("--frame-masks", choices=("png", "film"), help=MASKS_HELP)


def names_films(names: Sequence[str]) -> bool:
    """True if films are named; ConfigError if photos are named beside them."""
    from maskwright.imaging.decoders.image_files import FILMS

    films = [name for name in names if Path(name).suffix.lower() in FILMS and not Path(name).is_dir()]
    if films and len(films) < len(names):
        raise ConfigError(f"{films[0]} is a film and other inputs are not: predict them one after the other")
    return bool(films)


def run_films(options: argparse.Namespace) -> int:
    """Predict each film; return 1 if frames were broken."""
    films = [path(name) for name in options.photos]
    for film in films:
        if not film.is_file():
            raise DataError(f"{film} does not exist: give a film file, such as film.mp4")
    if len({film.stem for film in films}) < len(films):
        raise ConfigError("two films have the same name: predict them one after the other, each with its own --out")
    from maskwright.imaging.video.reader import film_facts

    for film in films:
        film_facts(film)  # before the network is loaded: a film that cannot be read is refused at once
    return _run(options, films)


def _run(options: argparse.Namespace, films: Sequence[Path]) -> int:
    out = options.out or free_folder(f"{name_of(films[0])}-predictions")
    load_torch(quiet=options.quiet)
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.export import identity_of
    from maskwright.workflows.video.predict_video import FilmRequest, predict_film

    segmenter = loaded(options)
    identity = identity_of(options.run) + (", at one scale" if options.fast else "")
    announce(f"stopped work goes on with the same command and --out {out}", quiet=options.quiet)
    results = []
    with claimed(out):
        for film in films:
            announce(f"  {film}", quiet=options.quiet)
            request = FilmRequest(film, out, options.smooth, options.frame_masks or "none", identity)
            results.append(predict_film(segmenter, request, on_frame=_progress(quiet=options.quiet)))
            print_film(film, results[-1])
    return int(any(result.broken for result in results))


def _progress(*, quiet: bool) -> Callable[[int, int], None] | None:
    """Return what shows the frames done: one line that is overwritten on a terminal, a line now and then elsewhere."""
    if quiet:
        return None
    overwrites = sys.stdout.isatty()

    def show(done: int, frames: int) -> None:
        if overwrites or done % FRAMES_A_LINE == 0:
            of_all = f" of {frames:,}" if frames else ""
            print(f"{done:,}{of_all} frames", end="\r" if overwrites else "\n", flush=True)

    return show


def print_film(film: Path, result: "FilmResult") -> None:
    """Print what a film gave, and where it is."""
    again = f", the first {result.resumed_at:,} in an earlier run" if result.resumed_at else ""
    print(f"{film.name}: {count_of(result.frames, 'frame')} predicted{again}")
    if result.broken:
        print(f"{count_of(result.broken, 'broken frame')} skipped: the rows of the table say which")
    if not math.isnan(result.flicker):
        smoothed = f", {result.raw_flicker:.3%} before smoothing" if result.smoothed else ""
        print(f"flicker: {result.flicker:.3%} of the unchanged pixels change class from frame to frame{smoothed}")
    print(f"overlay: {result.outputs.overlay}")
    print(f"table:   {result.outputs.table}")
    for masks in (result.outputs.masks_png, result.outputs.masks_film):
        if masks.exists():
            print(f"masks:   {masks}")
