"""Choosing a few of many: spread evenly over them."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_Item = TypeVar("_Item")


def spread_evenly(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return at most `most` of the items in their order, spread evenly, the first and the last among them.

    >>> spread_evenly("abcdefg", 3)
    ['a', 'd', 'g']
    """
    places = np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)
    return [items[place] for place in places]
