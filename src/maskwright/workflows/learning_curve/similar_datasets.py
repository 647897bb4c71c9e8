"""What datasets like this one scored: the quick answer to "how many photos?", without any training."""

import math
from dataclasses import dataclass

from maskwright.datasets.label_bits import LabelBits

ALIKE = 8.0
"""Masks with up to so many times more or fewer bits are alike."""
SHOWN = 2


@dataclass(frozen=True)
class MeasuredSet:
    """A set of the leaderboard: the mean IoU per photo that `train` reached from so many photos in so many minutes.

    `bits`: of one mask on average; `classes`: with the background.
    """

    name: str
    photos: int
    minutes: float
    iou: float
    bits: float
    classes: int


MEASURED = (
    MeasuredSet("camvid (streets)", 367, 1.25, 0.32, 11_199, 12),
    MeasuredSet("car_parts (parts of cars)", 62, 1.25, 0.17, 6_029, 6),
    MeasuredSet("crackforest (cracks in roads)", 94, 1.25, 0.46, 2_395, 2),
    MeasuredSet("drive (vessels of the retina)", 20, 1.25, 0.61, 25_738, 2),
    MeasuredSet("futoshiki (puzzle grids)", 10, 1.25, 0.84, 524, 2),
    MeasuredSet("isbi_membrane (cell membranes)", 24, 1.25, 0.87, 25_836, 2),
    MeasuredSet("kolektor (cracks in metal)", 84, 1.25, 0.57, 452, 2),
)
"""Seed 0 of the leaderboard, two CPU cores."""


def similar_datasets(bits: LabelBits, classes: int) -> list[MeasuredSet]:
    """Return the measured sets whose masks hold about as many bits, nearest first, sets with as few classes before."""
    several = classes > 2
    alike = [one for one in MEASURED if _apart(one, bits) <= math.log(ALIKE) and (one.classes > 2) == several]
    return sorted(alike, key=lambda one: _apart(one, bits))[:SHOWN]


def _apart(one: MeasuredSet, bits: LabelBits) -> float:
    return abs(math.log(one.bits / max(bits.mean_by_photo, 1.0)))


def similar_datasets_in_words(bits: LabelBits, classes: int) -> str:
    """Return what sets like this one scored, and the command that measures this one."""
    ask = "`maskwright learning-curve` measures what more photos would give"
    alike = similar_datasets(bits, classes)
    if not alike:
        return f"No measured set is like this one: {ask}."
    shown = "; ".join(f"{one.name}: {one.iou:.2f} from {one.photos} photos in {one.minutes:g} minutes" for one in alike)
    return f"Sets whose masks say about as much: {shown}; {ask}."
