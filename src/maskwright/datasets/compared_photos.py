"""What comparing photos with each other gave: their thumbnails, and the copies among them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Thumbnail = NDArray[np.uint8]
"""A photo as 128x128 grey values, its proportions given up."""


@dataclass(frozen=True)
class NearPair:
    """Two photos of nearly the same picture; `correlation` of their aligned detail is at most 1.

    `turned` says how the second was turned or mirrored to fit the first: a changed copy. "" where it was not.
    """

    first: str
    second: str
    correlation: float
    turned: str = ""

    @property
    def said(self) -> str:
        """How alike the photos are, and what was done to the second to fit the first."""
        return f"{self.correlation:.2f}" + (f", {self.turned}" if self.turned else "")


@dataclass(frozen=True)
class Duplicates:
    """Copies by sample name: `exact` the same file, `near` nearly the same picture, `groups` both joined up.

    No group grows by near pairs beyond `most` photos; `cut` counts the near pairs left apart for that.
    """

    exact: tuple[tuple[str, ...], ...]
    near: tuple[NearPair, ...]
    groups: tuple[tuple[str, ...], ...]
    most: int
    cut: int


@dataclass(frozen=True)
class ComparedPhotos:
    """The photos called `names`: thumbnails by sample name of those that could be decoded, and the copies among them.

    A division of the same photos, or of some of them, need not decode them again.
    """

    names: tuple[str, ...]
    thumbs: Mapping[str, Thumbnail]
    copies: Duplicates
