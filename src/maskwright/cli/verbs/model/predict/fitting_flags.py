"""Flags of predict that one kind of input takes and the others do not: they are refused there, not ignored."""

import argparse
from typing import Literal

from maskwright.errors import ConfigError

Kind = Literal["photos", "films", "huge images"]
FLAGS: dict[str, tuple[str, object, tuple[Kind, ...]]] = {
    "--px-per-mm": ("px_per_mm", None, ("photos",)),
    "--min-area": ("min_area", 0.0, ("photos",)),
    "--regions": ("regions", None, ("photos",)),
    "--shard": ("shard", None, ("photos",)),
    "--on": ("on", None, ("photos",)),
    "--huge": ("huge", False, ("huge images",)),
    "--window": ("window", None, ("huge images",)),
    "--smooth": ("smooth", "auto", ("films",)),
    "--frame-masks": ("frame_masks", None, ("films",)),
}
"""Of each flag: its name among the options, its default, and what it is for."""
INSTEAD = {"--window": " given with --huge"}


def require_fitting_flags(options: argparse.Namespace, kind: Kind) -> None:
    """Raise ConfigError where a flag was given that inputs of this kind do not take."""
    for flag, (name, default, kinds) in FLAGS.items():
        if kind not in kinds and getattr(options, name) != default:
            raise ConfigError(
                f"{flag} is for {' and '.join(kinds)}{INSTEAD.get(flag, '')}, not for {kind}: leave it out"
            )
    if kind != "photos" and "://" in str(options.out or ""):
        raise ConfigError(f"a URL as --out is for photos: predict {kind} one by one, into a folder")
