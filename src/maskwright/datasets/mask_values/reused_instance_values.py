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
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import Photo, read_photo

VALUES_LEAST, PIECES_LEAST, FILES_MOST = 4, 60, 12
PIECES_OF_A_VALUE, PIECE_LEAST_PX = 5, 9
FEW_VALUES_LEAST, FEW_PIECES_LEAST, PIECES_MOST = 2, 8, 60
GAP_PX, BESIDE_LEAST, INSIDE_SHARE = 3, 0.9, 0.6
"""Two or three values must moreover lie side by side: so many px apart at most, nearly all of them, and few inside."""
ALIKE = 0.007
"""Values are exchangeable where none of six measures differs by more than chance does in one of 140 cases."""
LOOKED_AT_MOST, ONE_PIECE, NO_CHANCE, SEVERAL_PIECES = 24, 0.9, 0.05, 0.5
NUMBERS_MOST = 254
"""Masks that are looked at, and pieces that are needed; the share of one piece each; and of six measures without a list
none may differ by more than chance does in one of 20 cases; the share of one piece below which no more masks are looked
at. Of more values most are shades."""


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
    least = VALUES_LEAST if len(values) >= VALUES_LEAST else FEW_VALUES_LEAST
    if len(values) < least or (least < VALUES_LEAST and not _only_part_neighbours(pairs, values)):
        return False
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    files: dict[int, int] = defaultdict(int)
    for photo, mask in pairs[:: max(1, len(pairs) // FILES_MOST)][:FILES_MOST]:
        for value, own in _pieces(photo, mask, values).items():
            pieces[value].extend(own)
            files[value] += 1
    several = [own for own in pieces.values() if len(own) >= PIECES_OF_A_VALUE]
    if len(several) < least or sum(map(len, several)) < PIECES_LEAST:
        return False
    if least == VALUES_LEAST and sum(len(pieces[value]) >= 2 * files[value] for value in pieces) < len(pieces) / 2:
        return False  # a piece of each value in a mask: organs, or numbers that another rule knows
    measures = [[(piece.area, *piece.shape, *piece.colour) for piece in own] for own in several]
    return all(_are_alike([[piece[i] for piece in own] for own in measures]) for i in range(len(measures[0][0])))


def look_alike(pairs: Sequence[tuple[Path, MaskFile]], values: Sequence[int]) -> bool:
    """Tell whether values are one piece each in nearly every mask, alike in size, shape and colour: single objects?

    Classes that look alike are so too, as left and right are, which is why this is said and not asked.
    """
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    single = held = 0
    if len(values) > NUMBERS_MOST:
        return False
    for photo, mask in pairs[:: max(1, len(pairs) // LOOKED_AT_MOST)][:LOOKED_AT_MOST]:
        for value, own in _pieces(photo, mask, values).items():
            pieces[value].extend(own)
            single, held = single + (len(own) == 1), held + 1
        if held >= LOOKED_AT_MOST / 2 and single < SEVERAL_PIECES * held:
            return False
    several = [own for own in pieces.values() if len(own) >= PIECES_OF_A_VALUE]
    if len(several) < FEW_VALUES_LEAST or sum(map(len, several)) < LOOKED_AT_MOST or single < ONE_PIECE * held:
        return False
    measures = [[(piece.area, *piece.shape, *piece.colour) for piece in own] for own in several]
    return all(_are_alike([[piece[i] for piece in own] for own in measures], NO_CHANCE) for i in range(6))


def _only_part_neighbours(pairs: Sequence[tuple[Path, MaskFile]], values: Sequence[int]) -> bool:
    """Tell whether nearly every piece of a higher value lies beside one of the lowest, and hardly any inside of one.

    So do numbers that programs give touching objects: the lowest that no neighbour has.
    """
    beside = inside = pieces = first = 0
    for _, mask in pairs[:: max(1, len(pairs) // FILES_MOST)][:FILES_MOST]:
        raw = raw_or_none(mask)
        if raw is None:
            continue
        lowest = (raw == values[0]).astype(np.uint8)
        first += cv2.connectedComponents(lowest, connectivity=8)[0] - 1
        near = cv2.dilate(lowest, np.ones((2 * GAP_PX + 1,) * 2, np.uint8)) > 0
        for value in values[1:]:
            shares = _shares_near(raw == value, near)
            beside += sum(share > 0 for share in shares)
            inside += sum(share > INSIDE_SHARE for share in shares)
            pieces += len(shares)
    return pieces >= FEW_PIECES_LEAST and first > pieces and beside >= BESIDE_LEAST * pieces > 4 * inside


def _shares_near(own: Bools, near: Bools) -> list[float]:
    """Return for each piece of a value the share of the pixels around it that are near another value."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=8)
    shares = []
    for number, (x, y, width, height, _) in enumerate(stats[1 : min(count, PIECES_MOST)].tolist(), start=1):
        box = (slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1))
        piece = labels[box] == number
        ring = (cv2.dilate(piece.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~piece
        shares.append(float(near[box][ring].mean()) if ring.any() else 0.0)
    return shares


def _are_alike(groups: Sequence[Sequence[float]], least: float = ALIKE) -> bool:
    if len({number for own in groups for number in own}) < 2:
        return True
    from scipy.stats import kruskal  # takes a second to load, and few data sets need it

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
