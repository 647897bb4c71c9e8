"""Values of masks that tell nothing but neighbours apart: objects painted in a few numbers that are used again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Bools
from maskwright.imaging.mask_reader import RawMask, read_raw_mask
from maskwright.imaging.photos import Photo, read_photo

VALUES_LEAST, PIECES_LEAST, FILES_MOST = 4, 60, 12
PIECES_OF_A_VALUE, PIECE_LEAST_PX = 5, 9
ALIKE = 0.007
"""Values are exchangeable where none of six measures differs by more than chance does in one of 140 cases."""


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
    if len(values) < VALUES_LEAST:
        return False
    pieces: dict[int, list[_Piece]] = defaultdict(list)
    files: dict[int, int] = defaultdict(int)
    for photo, mask in pairs[:: max(1, len(pairs) // FILES_MOST)][:FILES_MOST]:
        for value, own in _pieces(photo, mask, values).items():
            pieces[value].extend(own)
            files[value] += 1
    several = [own for own in pieces.values() if len(own) >= PIECES_OF_A_VALUE]
    if len(several) < VALUES_LEAST or sum(map(len, several)) < PIECES_LEAST:
        return False
    if sum(len(pieces[value]) >= 2 * files[value] for value in pieces) < len(pieces) / 2:
        return False  # a piece of each value in a mask: organs, or numbers that another rule knows
    measures = [[(piece.area, *piece.shape, *piece.colour) for piece in own] for own in several]
    return all(_are_alike([[piece[i] for piece in own] for own in measures]) for i in range(len(measures[0][0])))


def _are_alike(groups: Sequence[Sequence[float]]) -> bool:
    if len({number for own in groups for number in own}) < 2:
        return True
    from scipy.stats import kruskal  # takes a second to load, and few data sets need it

    return bool(kruskal(*groups).pvalue >= ALIKE)


def _pieces(photo: Path, mask: MaskFile, values: Sequence[int]) -> dict[int, list[_Piece]]:
    """Return the pieces of each value of a mask; none where the mask or its photo cannot be read, or sizes differ."""
    try:
        raw, picture = read_raw_mask(mask.path, page=mask.page), read_photo(photo, page=mask.page)
    except DataError:
        return {}
    if raw.shape != picture.shape[:2]:
        return {}
    pieces = {value: _pieces_of(raw == value, picture) for value in values if _holds(raw, value)}
    return {value: own for value, own in pieces.items() if own}


def _holds(raw: RawMask, value: int) -> bool:
    return bool((raw == value).any())


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
