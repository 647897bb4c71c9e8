"""The best constant class: what any model must beat."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.methods.task import Task, Trained
from maskwright.classes import IGNORE


def fit(task: Task) -> Trained:
    """Return the class that, painted everywhere, has the best mean IoU over the training photos; background too."""
    dataset = task.parts.train
    pixels = np.stack([np.bincount(dataset.mask(sample).ravel(), minlength=IGNORE + 1) for sample in dataset.samples])
    chosen = max(range(len(dataset.classes)), key=lambda painted: _mean_iou(pixels, painted, dataset.classes.scored))
    return Trained(lambda photo: np.full(photo.shape[:2], chosen, dtype=np.uint8), 0)


def _mean_iou(pixels: NDArray[np.int64], painted: int, scored: tuple[int, ...]) -> float:
    """Return the benchmark's mean IoU of painting one class: rows of `pixels` are photos, columns class ids.

    As everywhere here, a photo without any scored class, in which none is painted, counts 1.
    """
    counts, right = pixels[:, scored] > 0, np.zeros((len(pixels), len(scored)))
    if painted in scored:
        place = scored.index(painted)
        counts[:, place] = True
        right[:, place] = pixels[:, painted] / np.maximum(1, pixels[:, :IGNORE].sum(axis=1))
    classes = counts.sum(axis=1)
    return float(np.where(classes > 0, right.sum(axis=1) / np.maximum(1, classes), 1.0).mean())
