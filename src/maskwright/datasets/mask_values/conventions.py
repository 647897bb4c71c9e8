"""Which convention masks follow: transparency, palettes by colour, or 1 for the object in some and 255 in others."""

from collections.abc import Collection, Sequence

import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.reader_types import MaskValues
from maskwright.imaging.mask_reader import COLOUR_BIT

CUTOUT_COLOURS = 256
"""A mask with transparency and more colours than this is a photo that was cut out."""


EVENLY_MOST = 8
LEVELS_LEAST, LEVELS_APART = 4, 32
"""So many values, so far apart, are grey levels that a person chose, and no ids."""
COUNTED_DOWN = 224
"""Nobody numbers classes from here up: values that all lie between this and 255 are counted down from it."""


def levels_with_255(values: Collection[int]) -> str:
    """Return how 255 is one of a few grey levels, as in 0, 128, 255 or 0, 50, 85, 170, 255; "" where it is none."""
    objects = sorted(value for value in values if 0 < value < COLOUR_BIT)
    count = len(objects)
    if IGNORE not in objects or not 2 <= count <= EVENLY_MOST:
        return ""
    if objects[0] >= COUNTED_DOWN:
        return "counted down from 255"
    even = np.arange(1, count + 1) * IGNORE / count
    if np.abs(np.array(objects) - even).max() <= 1:
        return "evenly spread"
    are_ids = len(set(np.diff([0, *objects[:-1]]))) == 1  # one step from each to the next, as in 40, 80, 120
    are_levels = not are_ids and count >= LEVELS_LEAST and np.diff([0, *objects]).min() >= LEVELS_APART
    return "grey levels far apart" if are_levels else ""


def is_one_object_twice(masks: Sequence[MaskValues]) -> bool:
    """Tell whether every mask holds 0 with 1 or 0 with 255, and both are there."""
    held = {frozenset(value for value in mask.counts if value > 0) for mask in masks} - {frozenset()}
    return held == {frozenset({1}), frozenset({IGNORE})}


def is_alpha_the_mask(masks: Sequence[MaskValues]) -> bool:
    """Tell whether transparency parts object and background: colours are all black, or those of a photo."""
    transparent = [mask for mask in masks if mask.alpha]
    if not transparent:
        return False
    coloured = [len(mask.counts) > CUTOUT_COLOURS for mask in transparent]
    cutouts = any(coloured) and all(
        many or _is_nearly_nothing(mask) for many, mask in zip(coloured, transparent, strict=True)
    )
    return cutouts or all(set(mask.counts) <= {0} for mask in masks)


def _is_nearly_nothing(mask: MaskValues) -> bool:
    """Tell whether so little of a mask is opaque that it cannot show many colours."""
    return sum(count for value, count in mask.alpha.items() if value) <= CUTOUT_COLOURS


def are_palettes_colours(masks: Sequence[MaskValues]) -> bool:
    """Tell whether palette masks must be read by colour: their palettes disagree, or other masks hold colours.

    So too where black, the usual background, has another number than 0 and 0 is a colour.
    """
    with_palette = [mask for mask in masks if mask.palette]
    if not with_palette:
        return False
    if any(value >= COLOUR_BIT for mask in masks if not mask.palette for value in mask.counts):
        return True
    used = [{i: mask.palette[i] for i in mask.counts if 0 <= i < len(mask.palette)} for mask in with_palette]
    merged = {index: colour for colours in used for index, colour in colours.items()}
    if any(merged[index] != colour for colours in used for index, colour in colours.items()):
        return True
    shown = {index: colour for index, colour in merged.items() if index not in (0, IGNORE)}
    return merged.get(0, (0, 0, 0)) != (0, 0, 0) and (0, 0, 0) in shown.values()
