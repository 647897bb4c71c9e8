"""draw: draw photos with masks to try things on."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb, count, seed
from maskwright.cli.console import announce, screen
from maskwright.cli.hints import nearest
from maskwright.cli.paths import path
from maskwright.errors import ConfigError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "draw"
KINDS = ("coils", "puzzles")
DEFAULT_COUNTS = {"coils": 150, "puzzles": 40}
EXAMPLE = "maskwright draw coils boards/"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "draw photos with masks to try things on", run=run, example=EXAMPLE)
    parser.add_argument("what", metavar="WHAT", type=_kind, choices=KINDS, help="coils (on circuit boards) or puzzles")
    parser.add_argument("out", metavar="DIR", type=path, help="the folder to make")
    parser.add_argument("--count", metavar="N", type=count, help="how many photos (default 150 boards, 40 puzzles)")
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="same seed, same photos (default 0)")


def _kind(text: str) -> str:
    if text not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be drawn: {nearest(text, KINDS, 'kinds')}")
    return text


def run(options: argparse.Namespace) -> int:
    """Draw the photos into an empty folder."""
    from maskwright.synthetic.board_photos import draw_coil_photos
    from maskwright.synthetic.puzzle_photos import draw_puzzle_photos

    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"{options.out} is a file: choose a folder")
    if options.out.exists() and any(options.out.iterdir()):
        raise ConfigError(f"{options.out} holds files already: choose another folder, or empty it first")
    announce(f"drawing {options.what} into {options.out}", quiet=options.quiet)
    photos = options.count or DEFAULT_COUNTS[options.what]
    drawn = screen(quiet=options.quiet).count("drawing", photos)
    draw_photos = draw_coil_photos if options.what == "coils" else draw_puzzle_photos
    draw_photos(options.out, count=photos, seed=options.seed, on_photo=drawn)
    print(f"photos and annotations: {options.out}")
    return 0
