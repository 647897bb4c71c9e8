"""What was given on the command line, put together."""

import argparse


def with_net(options: argparse.Namespace) -> list[str]:
    """Return the `--set` assignments, `--net NAME` as the first of them."""
    return [*([f"net={options.net}"] if options.net else []), *options.sets]
