"""The part of predict that takes videos: overlay video, a row a frame, and masks if asked for."""

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
    from maskwright.workflows.video.predict_video import VideoResult

SMOOTH_HELP = "films: average probabilities over time along the motion (default auto: where the masks flicker)"
MASKS_HELP = "films: also write the masks, as NAME.masks/000000.png or as a lossless film NAME.masks.mkv"
FRAMES_A_LINE = 100


def add_video_flags(parser: argparse.ArgumentParser) -> None:
    """Add --smooth and --frame-masks."""
    parser.add_argument("--smooth", choices=("auto", "on", "off"), default="auto", help=SMOOTH_HELP)
    parser.add_argument("--frame-masks", choices=("png", "film"), help=MASKS_HELP)


def names_videos(names: Sequence[str]) -> bool:
    """True if videos are named; ConfigError if photos are named beside them."""
    from maskwright.imaging.decoders.image_files import FILMS

    videos = [name for name in names if Path(name).suffix.lower() in FILMS and not Path(name).is_dir()]
    if videos and len(videos) < len(names):
        raise ConfigError(f"{videos[0]} is a film and other inputs are not: predict them one after the other")
    return bool(videos)


def run_videos(options: argparse.Namespace) -> int:
    """Predict each video; return 1 if frames were broken."""
    videos = [path(name) for name in options.photos]
    for video in videos:
        if not video.is_file():
            raise DataError(f"{video} does not exist: give a film file, such as film.mp4")
    if len({video.stem for video in videos}) < len(videos):
        raise ConfigError("two films have the same name: predict them one after the other, each with its own --out")
    from maskwright.imaging.video.reader import video_facts

    for video in videos:
        video_facts(video)  # before the network is loaded: a film that cannot be read is refused at once
    return _run(options, videos)


def _run(options: argparse.Namespace, videos: Sequence[Path]) -> int:
    out = options.out or free_folder(f"{name_of(videos[0])}-predictions")
    load_torch(quiet=options.quiet)
    from maskwright.runs.run_lock import claimed
    from maskwright.workflows.export import model_identity
    from maskwright.workflows.video.predict_video import VideoRequest, predict_video

    segmenter = loaded(options)
    identity = model_identity(options.run) + (", at one scale" if options.fast else "")
    announce(f"stopped work goes on with the same command and --out {out}", quiet=options.quiet)
    results = []
    with claimed(out):
        for video in videos:
            announce(f"  {video}", quiet=options.quiet)
            request = VideoRequest(video, out, options.smooth, options.frame_masks or "none", identity)
            results.append(predict_video(segmenter, request, on_frame=_progress(quiet=options.quiet)))
            print_video(video, results[-1])
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


def print_video(video: Path, result: "VideoResult") -> None:
    """Print what a video gave, and where it is."""
    again = f", the first {result.resumed_at:,} in an earlier run" if result.resumed_at else ""
    print(f"{video.name}: {count_of(result.frames, 'frame')} predicted{again}")
    if result.broken:
        print(f"{count_of(result.broken, 'broken frame')} skipped: the rows of the table say which")
    if not math.isnan(result.flicker):
        smoothed = f", {result.raw_flicker:.3%} before smoothing" if result.smoothed else ""
        print(f"flicker: {result.flicker:.3%} of the unchanged pixels change class from frame to frame{smoothed}")
    print(f"overlay: {result.outputs.overlay}")
    print(f"table:   {result.outputs.table}")
    for masks in (result.outputs.masks_png, result.outputs.masks_video):
        if masks.exists():
            print(f"masks:   {masks}")
