"""Pairs in memory as cases of a diagnosis, for tests."""

from collections.abc import Sequence

import numpy as np

from maskwright.judge.diagnose.cases import Case, Pair, Probabilities
from maskwright.judge.scores import confusion
from maskwright.pixels import Mask


def cases(
    truths: Sequence[Mask], predictions: Sequence[Mask], probabilities: Sequence[Probabilities] | None = None
) -> tuple[Case, ...]:
    """Return one case a photo, of two classes or as many as the truth holds."""
    class_count = max(2, *(int(truth[truth != 255].max(initial=0)) + 1 for truth in truths))
    found = []
    for index, (truth, prediction) in enumerate(zip(truths, predictions, strict=True)):
        pair = Pair(f"{index}.png", truth, prediction, None if probabilities is None else probabilities[index])
        counts = confusion(truth, prediction, class_count)
        size = truth.shape[0], truth.shape[1]
        found.append(Case(pair.name, size, size, counts, truth, prediction, lambda pair=pair: pair))  # type: ignore[misc]
    return tuple(found)


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
