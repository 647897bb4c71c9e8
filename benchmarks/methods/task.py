"""What every method is given, and what it gives back."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Segment
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo


@dataclass(frozen=True)
class Task:
    """Learn from `parts.train` within `budget_s` seconds; `parts.test` is for the judge only."""

    parts: Parts
    budget_s: float
    seed: int
    scratch: Path


@dataclass(frozen=True)
class Trained:
    """A function photo -> mask, and how many optimiser steps it took."""

    segment: Segment
    steps: int


def resized_pairs(dataset: Dataset, size_px: int) -> list[tuple[Photo, Mask]]:
    """Return all photos and masks, each squeezed to `size_px` x `size_px` as tutorials do, kept in memory."""
    pairs = []
    for sample in dataset.samples:
        photo = dataset.photo(sample, long_side_px=max(size_px, 2 * size_px))
        mask = dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))
        small = cv2.resize(photo, (size_px, size_px), interpolation=cv2.INTER_AREA)
        pairs.append(
            (
                np.asarray(small, dtype=np.uint8),
                np.asarray(cv2.resize(mask, (size_px, size_px), interpolation=cv2.INTER_NEAREST), dtype=np.uint8),
            )
        )
    return pairs


def scaled_pairs(dataset: Dataset, long_side_px: int) -> list[tuple[Photo, Mask]]:
    """Return all photos and masks reduced to at most `long_side_px`, kept in memory."""
    pairs = []
    for sample in dataset.samples:
        photo = dataset.photo(sample, long_side_px=long_side_px)
        pairs.append((photo, dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))))
    return pairs


def enlarged(logits: NDArray[np.float32], size_hw: tuple[int, int]) -> Mask:
    """Return the class ids of CxHxW logits at another size: each channel bilinearly, then the largest."""
    channels = [cv2.resize(channel, size_hw[::-1], interpolation=cv2.INTER_LINEAR) for channel in logits]
    if len(channels) == 1:
        return np.asarray(channels[0] > 0, dtype=np.uint8)
    best, mask = channels[0], np.zeros(size_hw, dtype=np.uint8)
    for class_id, channel in enumerate(channels[1:], start=1):
        better = channel > best
        mask[better] = class_id
        best = np.maximum(best, channel)
    return mask


def shuffled_batches(count: int, batch: int, rng: np.random.Generator) -> Iterator[tuple[int, list[int]]]:
    """Yield (epoch, places) endlessly: each epoch all places once in random order, a last short batch filled up."""
    epoch = 0
    while True:
        order = rng.permutation(count).tolist()
        while len(order) % batch:
            order.append(int(rng.integers(count)))
        for start in range(0, len(order), batch):
            yield epoch, order[start : start + batch]
        epoch += 1


class Stopwatch:
    """Seconds since it was made, and whether the next step still fits."""

    def __init__(self, budget_s: float) -> None:
        self.started, self.budget_s, self.laps = time.monotonic(), budget_s, 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def has_time(self) -> bool:
        """Return whether one more step of the usual length fits; counts the step."""
        mean = self.seconds / self.laps if self.laps else 0.0
        self.laps += 1
        return self.seconds + mean <= self.budget_s
