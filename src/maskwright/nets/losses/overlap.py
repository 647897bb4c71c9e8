"""Losses of overlap: the whole of a class at once, however few pixels it has. Arguments as in pixelwise.py."""

from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.nets.losses.shapes import probabilities_and_truth


def dice(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - soft Dice over the batch, averaged over the classes that the batch shows.

    For C channels class 0 counts like the others. A class that no pixel of the batch has gives no loss; zero where
    there is none at all. Milletari et al. 2016, V-Net, with probabilities that are not squared.
    """
    probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore)
    overlap = (probabilities * truth).sum(dim=(0, 2, 3))
    sizes = truth.sum(dim=(0, 2, 3))
    ratio = (2 * overlap + 1.0) / (probabilities.sum(dim=(0, 2, 3)) + sizes + 1.0)
    return mean_over_classes(1.0 - ratio, sizes > 0, weights)


def mean_over_classes(loss: Tensor, present: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean of a loss a class over those that are present, by weight; 0 where none is. All of shape (C,)."""
    if weights is not None and len(loss) > 1:
        by_class = weights.to(loss.dtype) * present
        return (loss * by_class).sum() / by_class.sum().clamp(min=1e-6)
    return (loss * present).sum() / present.sum().clamp(min=1)
