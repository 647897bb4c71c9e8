"""Values of masks that tell nothing but neighbours apart: objects painted in a few numbers that are used again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from maskwright.datasets.mask_values.objects import raw_or_none
from maskwright.datasets.mask_values.value_counts import value_counts
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import Photo, read_photo

MIN_VALUES = 4
"""Values from which on pieces alike are enough; fewer must also lie side by side."""
MIN_PIECES = 60
"""Pieces of all values together that must have been measured."""
MAX_FILES = 12
"""Masks that are looked at."""
PIECES_OF_A_VALUE, PIECE_LEAST_PX = 5, 9
MIN_FEW_VALUES = 2
"""Values that there must be at least."""
MIN_FEW_PIECES = 8
"""Pieces of the higher values that must lie side by side with the lowest, where values are few."""
MAX_PIECES_OF_A_VALUE = 60
"""Pieces of a value that are measured in one mask."""
GAP_PX = 3
"""Pixels within which two pieces lie side by side."""
MIN_BESIDE_SHARE = 0.9
"""Share of the pieces of the higher values that must lie beside one of the lowest."""
MIN_INSIDE_SHARE = 0.6
"""Share of a piece's surroundings from which on it lies inside the lowest value, as a part in its whole."""
MIN_P_REUSED = 0.007
"""Values are exchangeable where none of six measures differs by more than chance does in one of 140 cases."""
MAX_SINGLE_FILES = 24
"""Masks that are looked at for values of one piece each, and pieces that there must be."""
MIN_SINGLE_SHARE = 0.9
"""Share of the values in masks that must be one piece."""
MIN_P_SINGLE = 0.05
"""None of the six measures may differ by more than chance does in one of 20 cases."""
GIVE_UP_SHARE = 0.5
"""Share of values of one piece below which no more masks are looked at."""
MAX_NUMBERS = 254
"""Of more values most are shades."""


@dataclass(frozen=True)
class _Piece:
    """One connected piece of a value: its area in pixels, its shape, and the photo's mean red, green and blue in it.

    The shape is the share of its box that it fills, and the width of the box by its height.
    """

    area: float
    shape: tuple[float, float]
    colour: tuple[float, float, float]


def are_exchangeable(pairs: Sequence[tuple[Path, MaskFile]], values: Sequence[int]) -> bool:
    """Tell whether pieces of all values are alike in size, shape and colour, so that none of them is a class.

    `pairs` are photos with their masks, `values` the values of objects. Each value has several pieces in a mask.
    """
    least = MIN_VALUES if len(values) >= MIN_VALUES else MIN_FEW_VALUES
    if len(values) < least or (least < MIN_VALUES and not _only_part_neighbours(pairs, values)):
        return False
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    files: dict[int, int] = defaultdict(int)
    for photo, mask in spread_evenly(pairs, MAX_FILES):
        for value, own in _pieces(photo, mask, values).items():
            pieces[value].extend(own)
            files[value] += 1
    several = [own for own in pieces.values() if len(own) >= PIECES_OF_A_VALUE]
    if len(several) < least or sum(map(len, several)) < MIN_PIECES:
        return False
    if least == MIN_VALUES and sum(len(pieces[value]) >= 2 * files[value] for value in pieces) < len(pieces) / 2:
        return False  # a piece of each value in a mask: organs, or numbers that another rule knows
    measures = [[(piece.area, *piece.shape, *piece.colour) for piece in own] for own in several]
    return all(_are_alike([[piece[i] for piece in own] for own in measures]) for i in range(len(measures[0][0])))


def look_alike(pairs: Sequence[tuple[Path, MaskFile]], values: Sequence[int]) -> bool:
    """Tell whether values are one piece each in nearly every mask, alike in size, shape and colour: single objects?

    Classes that look alike are so too, as left and right are, which is why this is said and not asked.
    """
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    single = held = 0
    if len(values) > MAX_NUMBERS:
        return False
    for photo, mask in spread_evenly(pairs, MAX_SINGLE_FILES):
        for value, own in _pieces(photo, mask, values).items():
            pieces[value].extend(own)
            single, held = single + (len(own) == 1), held + 1
        if held >= MAX_SINGLE_FILES / 2 and single < GIVE_UP_SHARE * held:
            return False
    several = [own for own in pieces.values() if len(own) >= PIECES_OF_A_VALUE]
    if len(several) < MIN_FEW_VALUES or sum(map(len, several)) < MAX_SINGLE_FILES or single < MIN_SINGLE_SHARE * held:
        return False
    measures = [[(piece.area, *piece.shape, *piece.colour) for piece in own] for own in several]
    return all(_are_alike([[piece[i] for piece in own] for own in measures], MIN_P_SINGLE) for i in range(6))


def _only_part_neighbours(pairs: Sequence[tuple[Path, MaskFile]], values: Sequence[int]) -> bool:
    """Tell whether nearly every piece of a higher value lies beside one of the lowest, and hardly any inside of one.

    So do numbers that programs give touching objects: the lowest that no neighbour has.
    """
    beside = inside = pieces = first = 0
    for _, mask in spread_evenly(pairs, MAX_FILES):
        raw = raw_or_none(mask)
        if raw is None:
            continue
        lowest = (raw == values[0]).astype(np.uint8)
        first += cv2.connectedComponents(lowest, connectivity=8)[0] - 1
        near = cv2.dilate(lowest, np.ones((2 * GAP_PX + 1,) * 2, np.uint8)) > 0
        for value in values[1:]:
            shares = _shares_near(raw == value, near)
            beside += sum(share > 0 for share in shares)
            inside += sum(share > MIN_INSIDE_SHARE for share in shares)
            pieces += len(shares)
    return pieces >= MIN_FEW_PIECES and first > pieces and beside >= MIN_BESIDE_SHARE * pieces > 4 * inside


def _shares_near(own: Bools, near: Bools) -> list[float]:
    """Return for each piece of a value the share of the pixels around it that are near another value."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=8)
    shares = []
    for number, (x, y, width, height, _) in enumerate(stats[1 : min(count, MAX_PIECES_OF_A_VALUE)].tolist(), start=1):
        box = (slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1))
        piece = labels[box] == number
        ring = (cv2.dilate(piece.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~piece
        shares.append(float(near[box][ring].mean()) if ring.any() else 0.0)
    return shares


def _are_alike(groups: Sequence[Sequence[float]], least: float = MIN_P_REUSED) -> bool:
    if len({number for own in groups for number in own}) < 2:
        return True
    from scipy.stats import kruskal  # takes a second to load, and few datasets need it

    return bool(kruskal(*groups).pvalue >= least)


def _pieces(photo: Path, mask: MaskFile, values: Sequence[int]) -> dict[int, list[_Piece]]:
    """Return the pieces of each value of a mask; none where the mask or its photo cannot be read, or sizes differ."""
    try:
        raw, picture = read_raw_mask(mask.path, page=mask.page), read_photo(photo, page=mask.page)
    except DataError:
        return {}
    if raw.shape != picture.shape[:2]:
        return {}
    counts = value_counts(raw)
    held = [value for value in values if counts.get(value, 0) >= PIECE_LEAST_PX]
    pieces = {value: _pieces_of(raw == value, picture) for value in held}
    return {value: own for value, own in pieces.items() if own}


def _pieces_of(inside: Bools, picture: Photo) -> list[_Piece]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    numbers = labels[inside]
    areas = np.bincount(numbers, minlength=count)
    red, green, blue = (np.bincount(numbers, weights=picture[:, :, i][inside], minlength=count) for i in range(3))
    wide, high = (stats[:, column].astype(np.float64) for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    return [
        _Piece(
            float(areas[i]),
            (areas[i] / (wide[i] * high[i]), wide[i] / high[i]),
            (red[i] / areas[i], green[i] / areas[i], blue[i] / areas[i]),
        )
        for i in range(1, count)
        if areas[i] >= PIECE_LEAST_PX
    ]
