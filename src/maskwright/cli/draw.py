"""draw: draw photos with masks to try things on."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb, count, seed
from maskwright.errors import ConfigError

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, "draw", "draw photos with masks to try things on", run=run)
    kinds = ("coils", "puzzles")
    parser.add_argument("what", metavar="WHAT", choices=kinds, help="coils (on circuit boards) or puzzles")
    parser.add_argument("out", metavar="DIR", type=Path, help="the folder to make")
    parser.add_argument("--count", metavar="N", type=count, help="how many photos (default 150 boards, 40 puzzles)")
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="same seed, same photos (default 0)")


def run(options: argparse.Namespace) -> int:
    """Draw the photos into an empty folder."""
    from maskwright.synthetic.board_photos import draw_coil_photos
    from maskwright.synthetic.puzzle_photos import draw_puzzle_photos

    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"{options.out} is a file: choose a folder")
    if options.out.exists() and any(options.out.iterdir()):
        raise ConfigError(f"{options.out} holds files already: choose another folder, or empty it first")
    if options.what == "coils":
        draw_coil_photos(options.out, count=options.count or 150, seed=options.seed)
    else:
        draw_puzzle_photos(options.out, count=options.count or 40, seed=options.seed)
    print(f"photos and annotations: {options.out}")
    return 0
