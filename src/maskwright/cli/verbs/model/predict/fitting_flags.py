"""Flags of predict that one kind of input takes and the others do not: they are refused there, not ignored."""

import argparse
from typing import Literal

from maskwright.errors import ConfigError

Kind = Literal["photos", "films", "huge images"]
FLAGS: dict[str, tuple[Kind, object]] = {
    "--px-per-mm": ("photos", None),
    "--min-area": ("photos", 0.0),
    "--regions": ("photos", None),
    "--shard": ("photos", None),
    "--on": ("photos", None),
    "--huge": ("huge images", False),
    "--window": ("huge images", None),
    "--smooth": ("films", "auto"),
    "--frame-masks": ("films", None),
}
"""What each flag is for, and its default."""
INSTEAD = {"--window": " given with --huge"}


def require_fitting_flags(options: argparse.Namespace, kind: Kind) -> None:
    """Raise ConfigError where a flag was given that inputs of this kind do not take."""
    for flag, (fitting, default) in FLAGS.items():
        given = getattr(options, flag.removeprefix("--").replace("-", "_"))
        if fitting != kind and given != default:
            raise ConfigError(f"{flag} is for {fitting}{INSTEAD.get(flag, '')}, not for {kind}: leave it out")
    if kind != "photos" and "://" in str(options.out or ""):
        raise ConfigError(f"a URL as --out is for photos: predict {kind} one by one, into a folder")
