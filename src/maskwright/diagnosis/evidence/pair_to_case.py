"""From one pair at full size to the case that is kept of it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from maskwright.classes import IGNORE
from maskwright.diagnosis.evidence.evidence import BINS, Case, Histogram, Pair, Probabilities, small_hw
from maskwright.diagnosis.evidence.prediction_encoding import Array, Manner, Reading, read_prediction
from maskwright.errors import DataError
from maskwright.evaluation.metrics import value_counts
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.photos import Photo

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Raw:
    """A pair as it was found: class ids of the truth, the prediction as stored, the photo if there is one."""

    name: str
    truth: Mask
    stored: Array
    photo: Photo | None = None


def case_of(raw: Raw, manner: Manner, class_count: int, reopen: Callable[[], Raw] | None) -> Case:
    """Return the case of a pair; without `reopen` the pair cannot be read again and its small copies stand for it."""
    reading = read_prediction(raw.stored, manner, class_count, f"the prediction of {raw.name}")
    size_hw = (raw.truth.shape[0], raw.truth.shape[1])
    predicted_hw = (reading.ids.shape[0], reading.ids.shape[1])
    truth = resize_mask(raw.truth, small_hw(size_hw))
    factor = truth.shape[1] / size_hw[1]
    own_hw = (max(1, round(predicted_hw[0] * factor)), max(1, round(predicted_hw[1] * factor)))
    if max(own_hw) > 4 * max(truth.shape):  # a prediction far larger than its truth: only its stretched form is of use
        own_hw = (truth.shape[0], truth.shape[1])
    prediction = resize_mask(reading.ids, own_hw)
    binary = reading.probabilities is not None and reading.probabilities.ndim == 2
    chances = reading.probabilities if binary else None
    return Case(
        name=raw.name,
        size_hw=size_hw,
        predicted_hw=predicted_hw,
        table=value_counts(raw.truth, resize_mask(reading.ids, size_hw), class_count),
        truth=truth,
        prediction=prediction,
        reread=_rereader(reopen, manner, class_count) if reopen else _small_pair(raw.name, truth, prediction, reading),
        histogram=None if chances is None else histogram_of(raw.truth, chances, class_count),
        probability=None
        if chances is None
        else resize_mask(np.rint(np.clip(chances, 0, 1) * 255).astype(np.uint8), own_hw),
        low=reading.low,
        high=reading.high,
        sum_low=reading.sum_low,
        sum_high=reading.sum_high,
    )


def _rereader(reopen: Callable[[], Raw], manner: Manner, class_count: int) -> Callable[[], Pair]:
    def reread() -> Pair:
        raw = reopen()
        reading = read_prediction(raw.stored, manner, class_count, f"the prediction of {raw.name}")
        return Pair(raw.name, raw.truth, reading.ids, reading.probabilities, raw.photo, raw.stored)

    return reread


def _small_pair(name: str, truth: Mask, prediction: Mask, reading: Reading) -> Callable[[], Pair]:
    chances = reading.probabilities
    if chances is not None:
        planes = chances[None] if chances.ndim == 2 else chances
        small = np.stack([resize_mask(plane, prediction.shape) for plane in planes])
        chances = (small[0] if chances.ndim == 2 else small).astype(np.float32)
    return lambda: Pair(name, truth, prediction, chances)


def histogram_of(truth: Mask, chances: Probabilities, class_count: int) -> Histogram:
    """Return CxBINS pixels by truth's class and probability, the map stretched to the truth's size."""
    chances = resize_mask(chances, truth.shape)
    bins = np.clip((chances * np.float32(BINS)).astype(np.int32), 0, BINS - 1)
    counted = np.bincount((truth.astype(np.int32) * BINS + bins).ravel(), minlength=(IGNORE + 1) * BINS)
    return counted.reshape(-1, BINS)[:class_count].astype(np.int64)


def in_two_threads(work: Callable[[Item], Result], items: Iterable[Item], *, ahead: int = 8) -> Iterator[Result]:
    """Yield `work(item)` in order, two at a time, never more than `ahead` items in memory."""
    items = iter(items)
    with ThreadPoolExecutor(max_workers=2) as pool:
        while block := list(islice(items, ahead)):
            yield from pool.map(work, block)


def require_truth(truth: Mask, name: str) -> Mask:
    """Return the truth; DataError where it is no HxW of class ids."""
    if truth.ndim != 2 or not truth.size:
        raise DataError(f"the truth of {name} has shape {truth.shape}: give HxW class ids, 255 = ignore")
    return truth
