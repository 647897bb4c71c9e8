"""Placeholder until the pages exist."""

from collections.abc import Sequence

from benchmarks.leaderboard.cells import Result


def write_pages(results: Sequence[Result]) -> None:
    """Write the pages."""
    print(len(results))
