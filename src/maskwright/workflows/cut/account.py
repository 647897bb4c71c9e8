"""What became of every tile and every polygon, in sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.wording import count_of

OUTSIDE, BETWEEN, UNSEEN, SEEN = range(4)
"""What became of a polygon: the higher number counts where several images have it."""
FATES = {
    SEEN: "in the masks",
    OUTSIDE: "outside the images",
    BETWEEN: "in the gaps between blocks",
    UNSEEN: "without a pixel of their own (too small, under others, outside the area, or where the image has no data)",
}


@dataclass
class TileCounts:
    """How many tiles were written and why others were not, and the pixels of each class id in those written."""

    written: int = 0
    unlabelled: int = 0
    empty: int = 0
    pixels: Counter[int] = field(default_factory=Counter)
    blocks: set[str] = field(default_factory=set)

    def add(self, record: Mapping[str, object]) -> None:
        """Add the record of a row of tiles."""
        self.written += _whole(record["written"])
        self.unlabelled += _whole(record["unlabelled"])
        self.empty += _whole(record["empty"])
        for class_id, count in _entries(record["pixels"]):
            self.pixels[class_id] += count
        blocks = record["blocks"]
        self.blocks |= set(map(str, blocks)) if isinstance(blocks, list) else set()


def seen_polygons(record: Mapping[str, object]) -> list[int]:
    """Return the polygons that have pixels in the written tiles of a row."""
    numbers = record["polygons"]
    return [int(number) for number in numbers] if isinstance(numbers, list) else []


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def _entries(value: object) -> list[tuple[int, int]]:
    return [(int(key), int(count)) for key, count in value.items()] if isinstance(value, dict) else []


def tiles_said(name: str, size_hw: tuple[int, int], tile_hw: tuple[int, int], counts: TileCounts) -> str:
    """Return what became of the tiles of an image."""
    height, width = size_hw
    parts = [f"{counts.written:,} written"]
    if counts.unlabelled:
        parts.append(f"{counts.unlabelled:,} left out without labels")
    if counts.empty:
        parts.append(f"{counts.empty:,} left out without image data")
    tiles = count_of(counts.written + counts.unlabelled + counts.empty, "tile")
    return f"{name}: {width:,} x {height:,} px, {tiles} of {tile_hw[1]} x {tile_hw[0]} px: {', '.join(parts)}"


def polygons_said(fates: NDArray[np.int64], without_area: int) -> str:
    """Return what became of the polygons of all layers."""
    counts = Counter(fates.tolist())
    parts = [f"{counts[fate]:,} {said}" for fate, said in FATES.items() if counts[fate]]
    if without_area:
        parts.append(f"{without_area:,} points, lines or empty ones, which cover no area")
    return f"{count_of(len(fates) + without_area, 'polygon')}: {', '.join(parts)}"


def classes_said(pixels: Mapping[int, int], classes: ClassTable) -> str:
    """Return the share of each class in the pixels of the tiles."""
    total = max(1, sum(pixels.values()))
    shares = [f"{name} {pixels.get(number, 0) / total:.1%}" for number, name in enumerate(classes.names)]
    ignored = [f"ignored {pixels[IGNORE] / total:.1%}"] if pixels.get(IGNORE) else []
    return f"pixels: {', '.join([*shares, *ignored])}"


def absent_classes(pixels: Mapping[int, int], classes: ClassTable) -> Sequence[str]:
    """Return the classes, background left out, that have no pixel in any tile."""
    return [
        name for number, name in enumerate(classes.names) if number != classes.background and not pixels.get(number)
    ]
