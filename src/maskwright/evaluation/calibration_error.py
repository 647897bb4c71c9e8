"""Calibration: of the pixels that a model gives a class with 80 %, are 80 % of that class?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassTable
from maskwright.evaluation.metrics import ratio
from maskwright.imaging.mask_geometry import Mask, resize_mask

BINS = 10
SURE = 0.5
"""From this probability on, the model rather names the class than not."""
LEVEL = 0.03
"""A mean probability this close to the share of right pixels is calibrated."""


@dataclass(frozen=True)
class Calibration:
    """Sums over the pixels of each bin of probability, BINS of equal width from 0 to 1, all scored classes together.

    `pixels`: how many; `probability`: the sum of what the model gave; `right`: how many are of the class.
    """

    pixels: tuple[int, ...]
    probability: tuple[float, ...]
    right: tuple[int, ...]

    @property
    def given(self) -> NDArray[np.float64]:
        """The mean probability of each bin, NaN where it holds no pixel."""
        return ratio(np.array(self.probability), np.array(self.pixels))

    @property
    def found(self) -> NDArray[np.float64]:
        """The share of right pixels of each bin, NaN where it holds no pixel."""
        return ratio(np.array(self.right), np.array(self.pixels))

    @property
    def error(self) -> float:
        """The mean distance of both over the pixels with a probability of 0.1 or more: 0 is calibrated, NaN unknown."""
        pixels = np.array(self.pixels[1:], dtype=np.float64)
        known = pixels > 0
        if not known.any():
            return math.nan
        return float(np.average(np.abs(self.given - self.found)[1:][known], weights=pixels[known]))


def calibration_of(probabilities: NDArray[np.float32], truth: Mask, classes: ClassTable) -> Calibration:
    """Return the sums of one photo: probabilities CxHxW of any size, truth HxW class ids, 255 = ignore.

    The truth is brought to the size of the probabilities.
    """
    size_hw = (probabilities.shape[1], probabilities.shape[2])
    truth = truth if truth.shape == size_hw else resize_mask(truth, size_hw)
    counted = truth != IGNORE
    given = np.concatenate([probabilities[c][counted] for c in classes.scored])
    right = np.concatenate([truth[counted] == c for c in classes.scored])
    bins = np.minimum((given * BINS).astype(np.int64), BINS - 1)
    sums = [np.bincount(bins, weights=w, minlength=BINS) for w in (None, given, right)]
    return Calibration(
        tuple(int(v) for v in sums[0]), tuple(round(float(v), 3) for v in sums[1]), tuple(int(v) for v in sums[2])
    )


def sum_calibrations(parts: Iterable[Calibration | None]) -> Calibration | None:
    """Return the sums over several photos or folds; None where any is unknown, or there is none."""
    known = list(parts)
    if not known or any(part is None for part in known):
        return None
    columns = [[getattr(part, name) for part in known] for name in ("pixels", "probability", "right")]
    pixels, probability, right = (np.sum(column, axis=0).tolist() for column in columns)
    return Calibration(tuple(pixels), tuple(round(v, 3) for v in probability), tuple(right))


def error_interval(
    parts: Iterable[Calibration | None], *, draws: int = 500, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95 % interval of the calibration error over redrawn photos; None below two photos or where unknown."""
    known = list(parts)
    if len(known) < 2 or any(part is None for part in known):
        return None
    sums = np.array([[part.pixels, part.probability, part.right] for part in known if part], dtype=np.float64)
    often = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    drawn = np.tensordot(often, sums, axes=(1, 0))[:, :, 1:]
    pixels = drawn[:, 0].sum(axis=1)
    errors = np.abs(drawn[:, 1] - drawn[:, 2]).sum(axis=1)[pixels > 0] / pixels[pixels > 0]
    if not len(errors):
        return None
    low, high = np.quantile(errors, [0.025, 0.975])
    return float(low), float(high)


def calibration_in_words(calibration: Calibration) -> str:
    """Return in one sentence how far the model's probabilities can be believed; "" where it names no class."""
    sure = slice(int(SURE * BINS), None)
    pixels = sum(calibration.pixels[sure])
    if not pixels:
        return ""
    given, right = sum(calibration.probability[sure]) / pixels, sum(calibration.right[sure]) / pixels
    text = f"Where it names a class, it is {given:.0%} sure on average, and right on {right:.0%} of the pixels"
    if abs(given - right) <= LEVEL:
        return f"{text}: its probabilities can be believed."
    return f"{text}: it is {'too sure of itself' if given > right else 'better than it says'}."


def calibration_as_json(calibration: Calibration) -> dict[str, Any]:
    """Return what `evaluation.json` holds of it."""
    error = calibration.error
    return {
        "error": None if math.isnan(error) else round(error, 6),
        "pixels": list(calibration.pixels),
        "probability": list(calibration.probability),
        "right": list(calibration.right),
    }


def calibration_from_json(values: dict[str, Any]) -> Calibration:
    """Return the calibration that `calibration_as_json` stored; ValueError or TypeError if no photo gives such sums."""
    pixels, right = ([int(count) for count in values[key]] for key in ("pixels", "right"))
    probability = [float(total) for total in values["probability"]]
    if {len(pixels), len(right), len(probability)} != {BINS}:
        raise ValueError(f"the calibration has not {BINS} bins")
    if any(not 0 <= part <= whole for part, whole in zip(right, pixels, strict=True)):
        raise ValueError("more right pixels than pixels in a bin of the calibration")
    if not all(0 <= total < math.inf for total in probability):
        raise ValueError("a sum of probabilities of the calibration is below 0 or endless")
    return Calibration(tuple(pixels), tuple(probability), tuple(right))
