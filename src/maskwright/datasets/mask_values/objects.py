"""What values mean that no list explains: numbers of single objects, or a background that was taken for the object."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.mask_values.colour_series import series_of_colours
from maskwright.datasets.reader_types import MaskValues
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.imaging.mask_geometry import component_areas
from maskwright.imaging.mask_reader import COLOUR_BIT, MaskRule, RawMask, apply_rule, read_raw_mask

FILES_MOST = 12
FILES_LEAST = 3
OBJECTS_LEAST = 3
VALUES_A_FILE_MOST = 48
ONE_PIECE, IN_A_ROW = 0.9, 0.8
PIECE_SHARE = 0.9
MIN_BACKGROUND_BORDER = 0.75
"""Share of the images' edges that a background taken for the object covers."""
MIN_BACKGROUND_SHARE = 0.5
"""Share of all pixels that it covers."""
MIN_BACKGROUND_PIECE = 0.9
"""Share of it that lies in one piece, in the median mask."""
MIN_CUT_SHARE = 0.9
"""Share of the pixels from which on it may lie in several pieces: lines across the picture cut a background."""
MAX_CUT_PIECES = 4
"""Pieces that it may lie in then."""


@dataclass(frozen=True)
class Numbering:
    """That mask values number single objects: how many there are in a mask, at least and at most."""

    fewest: int
    most: int
    photos: int


def numbering_of(files: Sequence[MaskFile], values: Sequence[MaskValues]) -> Numbering | None:
    """Return how objects are numbered, if the values of masks do that: 1 to N, one piece each, N differs by photo.

    None where values are classes. Colours are numbers where one channel alone is used, or where each file takes the
    first colours of one series.
    """
    channel = _one_channel(values)
    counted = [_objects(mask) for mask in values]
    able = [(file, held) for file, held in zip(files, counted, strict=True) if held]
    most = max((len(held) for _, held in able), default=0)
    if len(able) < FILES_LEAST or most < OBJECTS_LEAST:
        return None
    fewest = min(len(held) for _, held in able)
    places = series_of_colours([file for file, _ in able], [held for _, held in able]) if channel is None else {}
    numbers = _by_ones([sorted(places.get(value, _number(value, channel)) for value in held) for _, held in able])
    in_a_row = sum(held == list(range(1, len(held) + 1)) for held in numbers)
    scattered = len({value for _, held in able for value in held}) > 3 * most
    if fewest == most or (in_a_row < IN_A_ROW * len(able) and not scattered):
        return None
    pieces = [_one_piece(file, held) for file, held in spread_evenly(able, FILES_MOST)]
    single, all_values = sum(one for one, _ in pieces), sum(count for _, count in pieces)
    return Numbering(fewest, most, len(able)) if all_values and single >= ONE_PIECE * all_values else None


def _by_ones(numbers: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return numbers that were multiplied to be seen, as 10, 20, 30, counted by ones."""
    step = math.gcd(*(number for own in numbers for number in own)) or 1
    return [[number // step for number in own] for own in numbers]


def numbering_in_groups(
    files: Sequence[MaskFile], values: Sequence[MaskValues], groups: Sequence[str | None]
) -> Numbering | None:
    """Return how objects are numbered in videos, each a group of masks: 1 to N in each, N differs, one piece each.

    Objects come and go, so that a mask may lack some. None where values are classes: all groups then share one N, or
    have gaps. `fewest` and `most` are those of a video, `photos` is the number of videos.
    """
    able = [(file, _objects(mask), group) for file, mask, group in zip(files, values, groups, strict=True) if group]
    held: dict[str, set[int]] = {}
    for _, objects, group in able:
        held.setdefault(str(group), set()).update(objects)
    counts = [len(own) for own in held.values() if own]
    if len(counts) < FILES_LEAST or max(counts) < OBJECTS_LEAST or min(counts) == max(counts):
        return None
    in_a_row = sum(own == set(range(1, len(own) + 1)) for own in held.values() if own)
    if in_a_row < IN_A_ROW * len(counts):
        return None
    shown = [(file, objects) for file, objects, _ in able if objects]
    pieces = [_one_piece(file, own) for file, own in spread_evenly(shown, FILES_MOST)]
    single, all_values = sum(one for one, _ in pieces), sum(count for _, count in pieces)
    is_numbered = all_values and single >= ONE_PIECE * all_values
    return Numbering(min(counts), max(counts), len(counts)) if is_numbered else None


def may_number_objects(files: Sequence[MaskFile], values: Sequence[MaskValues]) -> bool:
    """Tell whether the values of each mask are 1 to N and one piece each: so many objects, or one of each class.

    Organs are so too, which is why this is said and not asked.
    """
    counted = [_objects(mask) for mask in values]
    able = [(file, held) for file, held in zip(files, counted, strict=True) if held]
    if len(able) < FILES_LEAST or any(held != list(range(1, max(OBJECTS_LEAST, len(held)) + 1)) for _, held in able):
        return False
    pieces = [_one_piece(file, held) for file, held in spread_evenly(able, FILES_MOST)]
    return sum(one for one, _ in pieces) >= ONE_PIECE * sum(count for _, count in pieces)


def _objects(mask: MaskValues) -> list[int]:
    """Return the values of objects in a mask, in order; 255 counts among many others alone."""
    values = sorted(value for value in mask.counts if value > 0 and value != COLOUR_BIT)
    return values if len(values) != 1 or values[0] != IGNORE else []


def _one_channel(values: Sequence[MaskValues]) -> int | None:
    """Return how far the one channel that colours use is shifted, in bits; None where there is no such channel."""
    colours = {value - COLOUR_BIT for mask in values for value in mask.counts if value > COLOUR_BIT}
    return next((shift for shift in (16, 8, 0) if colours and not any(c & ~(0xFF << shift) for c in colours)), None)


def _number(value: int, channel: int | None) -> int:
    """Return the number that a value stands for: itself, or what the one channel of a colour holds."""
    return value if channel is None or value < COLOUR_BIT else (value - COLOUR_BIT) >> channel


def _one_piece(file: MaskFile, values: Sequence[int]) -> tuple[int, int]:
    """Return how many of some values of a mask are one connected piece but for dust, and how many were looked at."""
    raw = raw_or_none(file)
    if raw is None:
        return 0, 0
    looked = values[:: max(1, len(values) // VALUES_A_FILE_MOST)]
    single = 0
    for value in looked:
        areas = component_areas(raw == value)
        single += int(areas.max(initial=0) >= PIECE_SHARE * max(1, int(areas.sum())))
    return single, len(looked)


def raw_or_none(file: MaskFile, *, by_colour: bool = False) -> RawMask | None:
    """Return a mask as it is stored; None where it cannot be read."""
    try:
        return read_raw_mask(file.path, page=file.page, by_colour=by_colour)
    except DataError:
        return None


@dataclass(frozen=True)
class BackgroundShare:
    """That the object of binary masks looks like the background: its share of the pixels and of the images' edges."""

    share: float
    border: float


def background_taken_for_object(
    files: Sequence[MaskFile], values: Sequence[MaskValues], rule: MaskRule
) -> BackgroundShare | None:
    """Return by how much the object of binary masks covers pictures and their edges, where it is like a background.

    A background is one large piece that covers most of a picture and of its edge, or a few that cover nearly all of
    it, as cracks leave them; None where the object is not so.
    """
    if rule.by_alpha or (rule.threshold is not None and not rule.values and rule.light == 0):
        return None
    shares = [_shares(mask, rule) for mask in values if mask.border and len(mask.counts) > 1]
    if not shares:
        return None
    share, border = (float(np.median([pair[i] for pair in shares])) for i in (0, 1))
    if border < MIN_BACKGROUND_BORDER or share < MIN_BACKGROUND_SHARE:
        return None
    few = 1 if share < MIN_CUT_SHARE else MAX_CUT_PIECES
    pieces = [
        piece for file in spread_evenly(files, FILES_MOST) if (piece := _largest_pieces(file, rule, few)) is not None
    ]
    return BackgroundShare(share, border) if pieces and float(np.median(pieces)) >= MIN_BACKGROUND_PIECE else None


def _shares(mask: MaskValues, rule: MaskRule) -> tuple[float, float]:
    """Return the share of the object in all pixels and in those of the edge."""
    return _object_share(mask.counts, rule), _object_share(mask.border, rule)


def _object_share(counts: Mapping[int, int], rule: MaskRule) -> float:
    known = dict(rule.values)
    total = objects = 0
    for value, count in counts.items():
        class_id = known.get(value)
        if class_id is None and rule.threshold is not None:
            class_id = rule.light if value >= rule.threshold else rule.dark
        if class_id is not None and class_id != IGNORE:
            total += count
            objects += count * (class_id != 0)
    return objects / total if total else 0.0


def _largest_pieces(file: MaskFile, rule: MaskRule, count: int) -> float | None:
    """Return the share of the object's pixels that its largest pieces hold; None for a mask without one."""
    raw = raw_or_none(file, by_colour=rule.by_colour)
    if raw is None:
        return None
    objects: NDArray[np.bool_] = apply_rule(raw, rule) == 1
    areas = component_areas(objects)
    return float(np.sort(areas)[-count:].sum() / areas.sum()) if areas.size else None


def is_zero_background(values: Sequence[MaskValues]) -> bool:
    """Tell whether 0 looks like a background: it is in nearly every mask, and covers most of their edges."""
    held = [mask for mask in values if mask.counts and mask.border]
    if not held or sum(0 in mask.counts for mask in held) < 0.9 * len(held):
        return False
    border = float(np.median([mask.border.get(0, 0) / max(1, sum(mask.border.values())) for mask in held]))
    share = float(np.median([mask.counts.get(0, 0) / max(1, sum(mask.counts.values())) for mask in held]))
    return border >= 0.5 and share >= 0.3
