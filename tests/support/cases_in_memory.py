"""Pairs in memory as cases of a diagnosis, for tests."""

from collections.abc import Sequence

import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.evidence.evidence import Case, Probabilities
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.imaging.mask_geometry import Mask


def cases(
    truths: Sequence[Mask], predictions: Sequence[Mask], probabilities: Sequence[Probabilities] | None = None
) -> tuple[Case, ...]:
    """Return one case a photo, from probabilities where they are given."""
    shown = predictions if probabilities is None else probabilities
    return read_pairs(list(zip(truths, shown, strict=True)), classes=class_table(("background", "object"))).cases


def discs(count: int = 6, *, seed: int = 0, size: int = 96) -> tuple[list[Mask], list[Mask], list[Probabilities]]:
    """Return truth, prediction (somewhat beside it) and probabilities of one disc a photo, of very different sizes."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    truths, predictions, probabilities = [], [], []
    for _ in range(count):
        radius, (y, x) = rng.uniform(5, 30), rng.uniform(30, size - 30, 2)
        truths.append((np.hypot(rows - y, columns - x) < radius).astype(np.uint8))
        logits = radius - np.hypot(rows - y - 2, columns - x - 1) + rng.normal(0, 1, (size, size))
        probabilities.append((1 / (1 + np.exp(-np.clip(logits, -9, 9)))).astype(np.float32))
        predictions.append((probabilities[-1] > 0.5).astype(np.uint8))
    return truths, predictions, probabilities
