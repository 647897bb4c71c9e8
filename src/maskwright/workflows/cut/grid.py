"""Where tiles lie in an image: side by side in blocks, with a gap between blocks.

A split keeps the tiles of a block together. The gap keeps a tile for the test from bordering one for training.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.maps.large_windows import Window

SIDES = (4, 3, 2)
"""Tiles along a block; the first that gives enough blocks is taken, else the last."""
BLOCKS_WANTED = 12


@dataclass(frozen=True)
class Span:
    """The rows or the columns of a tile: the first, how many, and the number of its block along that side."""

    start: int
    length: int
    block: int

    @property
    def stop(self) -> int:
        """The row or column behind the last."""
        return self.start + self.length


@dataclass(frozen=True)
class Spacing:
    """The side of tiles, the gap between blocks, both in pixels, and how many tiles are along a block."""

    size_px: int
    gap_px: int
    side: int


@dataclass(frozen=True)
class Tile:
    """A window of an image, and the row and the column of its block."""

    window: Window
    block: tuple[int, int]

    @property
    def folder(self) -> str:
        """The name of its block, which `datasets.group_names` reads as a group."""
        return f"block_r{self.block[0]:02}_c{self.block[1]:02}"


def spans(length_px: int, spacing: Spacing) -> list[Span]:
    """Return the tiles along one side of an image, from its beginning to its end.

    What is left at the end is covered by a tile that is moved back, over the one before, into whose block it belongs.
    An image shorter than a tile is one.
    """
    size = min(spacing.size_px, length_px)
    found: list[Span] = []
    start = 0
    while start + size <= length_px:
        found.append(Span(start, size, len(found) // spacing.side))
        start += size + (spacing.gap_px if len(found) % spacing.side == 0 else 0)
    if found[-1].stop < length_px:
        found.append(Span(length_px - size, size, found[-1].block))
    return found


def tiles(rows: Span, columns: Sequence[Span]) -> Iterator[Tile]:
    """Yield the tiles of one row."""
    for column in columns:
        yield Tile(Window(rows.start, column.start, rows.length, column.length), (rows.block, column.block))


def fitting_side(sizes_hw: Sequence[tuple[int, int]], boxes: Sequence[NDArray[np.float64]], spacing: Spacing) -> int:
    """Return how many tiles to put along a block, so that there are blocks enough with something in them.

    `boxes` are, for each image, the boxes of what is labelled, Nx4 in pixels.
    """
    for side in SIDES:
        tried = Spacing(spacing.size_px, spacing.gap_px, side)
        filled = sum(len(_filled(size, own, tried)) for size, own in zip(sizes_hw, boxes, strict=True))
        if filled >= BLOCKS_WANTED:
            return side
    return SIDES[-1]


def _filled(size_hw: tuple[int, int], boxes: NDArray[np.float64], spacing: Spacing) -> set[tuple[int, int]]:
    """Return the blocks that boxes reach into."""
    rows, columns = (spans(length, spacing) for length in size_hw)
    across = [(column.block, _meets(boxes[:, 0], boxes[:, 2], column)) for column in columns]
    down = [(row.block, _meets(boxes[:, 1], boxes[:, 3], row)) for row in rows]
    return {(row, column) for row, hit in down for column, met in across if (hit & met).any()}


def _meets(low: NDArray[np.float64], high: NDArray[np.float64], span: Span) -> NDArray[np.bool_]:
    return np.asarray((high > span.start) & (low < span.stop))
