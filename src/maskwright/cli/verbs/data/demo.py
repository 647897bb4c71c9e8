"""demo: draw puzzle photos, train on them, and predict the held-out ones."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb, minutes, seed
from maskwright.cli.console import announce, print_result, screen
from maskwright.cli.paths import path
from maskwright.errors import ConfigError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "demo"
EXAMPLE = "maskwright demo"
PHOTOS = 40


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    text = "draw photos of puzzle grids and do the whole job on them, in 4 minutes"
    parser = add_verb(verbs, NAME, text, run=run, example=EXAMPLE)
    parser.add_argument(
        "--out", metavar="DIR", type=path, default=Path("demo"), help="the folder to make (default demo)"
    )
    parser.add_argument("--minutes", metavar="M", type=minutes, default=2.2, help="wall-clock of the training")
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="same seed, same photos and model")


def run(options: argparse.Namespace) -> int:
    """Draw, train, evaluate, predict and report."""
    photos, run = options.out / "photos", options.out / "run"
    if run.exists():
        raise ConfigError(f"{run} exists already: remove it, or choose another --out")
    announce(f"drawing {PHOTOS} photos of newspaper puzzles into {photos}", quiet=options.quiet)
    from maskwright.planning.settings import read_settings
    from maskwright.synthetic.puzzle_photos import draw_puzzle_photos
    from maskwright.workflows.training.job import run_job
    from maskwright.workflows.training.prepare import Job

    shown = screen(quiet=options.quiet)
    draw_puzzle_photos(photos, count=PHOTOS, seed=options.seed, on_photo=shown.count("drawing", PHOTOS))
    settings = read_settings(["split.test=0.25"])
    result = run_job(Job(photos, run, settings, minutes=options.minutes, seed=options.seed), shown)
    assert result.evaluation.held_out
    from maskwright.inference.load import load
    from maskwright.inference.predict_files import predict_files
    from maskwright.inference.sources.photo_list import photos_to_do

    held_out = [photos / photo.name for photo in result.evaluation.photos]
    todo, step = photos_to_do(held_out, out=options.out).photos, shown.count("predicting", len(held_out))
    predicted = predict_files(load(run), todo, options.out / "predictions", on_photo=lambda _: step())
    print(f"{predicted.done} held-out photos predicted: {options.out / 'predictions'}")
    print_result(result, quiet=options.quiet)
    return 0
