"""A curve in one line of text."""

from collections.abc import Sequence
from itertools import pairwise

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], *, width: int = 16) -> str:
    """Return the values as bars from the lowest to the highest; of more than `width`, means of neighbours.

    >>> sparkline([3, 2, 1])
    '█▅▁'
    """
    if len(values) < 2:
        return ""
    shown = _means(values, min(width, len(values)))
    low, high = min(shown), max(shown)
    return "".join(BARS[round((value - low) / ((high - low) or 1.0) * (len(BARS) - 1))] for value in shown)


def _means(values: Sequence[float], count: int) -> list[float]:
    edges = [round(index * len(values) / count) for index in range(count + 1)]
    pieces = [values[first:last] for first, last in pairwise(edges)]
    return [sum(piece) / len(piece) for piece in pieces]
