"""Ids that run from 1 without a gap in every mask: nested classes, or ids that start again in each file."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Sample
from maskwright.datasets.mask_values.objects import raw_or_none
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.evenly_spaced import spread_evenly

MIN_MASKS = 10
"""Masks with an object from which on a lack of gaps is no chance."""
MIN_IDS = 3
"""Ids that the fullest mask must hold."""
MIN_FEWER_SHARE = 0.25
"""Share of the masks that must hold fewer ids than the fullest."""
MAX_CHANCE = 0.02
"""How probable it may be that ids of these frequencies leave no gap by chance."""
MAX_MASKS = 16
"""Masks that are looked at."""
MIN_INSIDE_SHARE = 0.2
"""Share of the ring around an id that the id before it takes up where classes are nested, as a tumour in an organ."""
RING_KERNEL_PX = 5
"""Side of the square by which an id is dilated to find the ring around it."""


def nested_ids(counts: Sequence[Mapping[int, int]]) -> str:
    """Say that the ids of every mask run from 1 without a gap, where many masks hold fewer than others; "" else."""
    held = [sorted(value for value, pixels in mask.items() if pixels and 0 < value < IGNORE) for mask in counts]
    shown = [ids for ids in held if ids]
    most = max((len(ids) for ids in shown), default=0)
    fewer = sum(len(ids) < most for ids in shown)
    if len(shown) < MIN_MASKS or most < MIN_IDS or fewer < MIN_FEWER_SHARE * len(shown):
        return ""
    if any(ids[-1] != len(ids) for ids in shown):
        return ""
    often = ", ".join(f"{value} in {sum(value in ids for ids in shown)}" for value in range(1, most + 1))
    return f"; in each of {len(shown)} masks ids run from 1 without a gap ({often})"


def numbered_apart(samples: Sequence[Sample], counts: Sequence[Mapping[int, int]]) -> str:
    """Say that ids without gaps are no chance and that none lies in the one before it; "" where one of both may be so.

    `counts` are pixels by stored value, one a mask.
    """
    held = [{value for value, pixels in mask.items() if pixels and 0 < value < IGNORE} for mask in counts]
    chance = _chance([ids for ids in held if ids])
    if chance > MAX_CHANCE:
        return ""
    files = [sample.truth for sample in samples if isinstance(sample.truth, MaskFile)]
    shares = [share for file in spread_evenly(files, MAX_MASKS) for share in _shares_around(file)]
    if not shares or float(np.median(shares)) >= MIN_INSIDE_SHARE:
        return ""
    return (
        f"; by chance ids as frequent as these leave no gap in {chance:.1%} of such sets, and none lies in the one "
        f"before it, as a part in its whole does ({np.median(shares):.0%} of what is around an id): they look as if "
        "each file had been numbered by itself"
    )


def _chance(held: Sequence[set[int]]) -> float:
    """Return how probable it is that ids that occur independently, as often as here, leave no gap in any mask."""
    most = max((max(ids) for ids in held), default=0)
    often = [sum(value in ids for ids in held) / len(held) for value in range(1, most + 1)]
    without_gap = 0.0
    for length in range(1, most + 1):
        without_gap += float(np.prod(often[:length]) * np.prod([1 - share for share in often[length:]]))
    return without_gap ** len(held)


def _shares_around(file: MaskFile) -> list[float]:
    """Return for each id but the first the share of the id before it in what is up to a few px around."""
    raw = raw_or_none(file)
    if raw is None:
        return []
    ids = raw.astype(np.int32)
    shares = []
    for value in [value for value in np.unique(ids).tolist() if 1 < value < IGNORE]:
        own = (ids == value).astype(np.uint8)
        ring = (cv2.dilate(own, np.ones((RING_KERNEL_PX, RING_KERNEL_PX), np.uint8)) > 0) & (own == 0)
        shares.append(float((ids[ring] == value - 1).mean()) if ring.any() else 1.0)
    return shares
