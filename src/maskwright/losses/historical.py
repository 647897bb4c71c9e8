"""Two losses as one of the founding documents wrote them for Keras, faults and all: to be seen, not recommended.

Arguments as in pixelwise.py. `weights` are not used: the originals have none.
"""

from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.losses.soft_areas import areas, probabilities_and_truth

SMOOTH = 100.0
TINY = 1e-7
"""Keras's epsilon."""


def jaccard_distance(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: int = IGNORE,
    weights: Tensor | None = None,  # noqa: ARG001
) -> Tensor:
    """Return (1 - J) * 100 with J = (I + 100) / (S - I + 100), averaged over the counted pixels.

    I = sum |t p| and S = sum (|t| + |p|) run over Keras's last axis, the classes of one pixel. So each pixel has an
    "IoU" of its own, and what is left is the absolute error to within 2 %: no cure for a rare class. keras-contrib.
    """
    probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore)
    overlap = (probabilities * truth).sum(dim=1)
    sizes = (probabilities + truth).sum(dim=1)
    ratio = (overlap + SMOOTH) / (sizes - overlap + SMOOTH)
    # An ignored pixel has neither truth nor probability: its distance is 0.
    return ((1.0 - ratio) * SMOOTH).sum() / (target != ignore).sum().clamp(min=1)


def mean_iou_as_written(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: int = IGNORE,
    weights: Tensor | None = None,  # noqa: ARG001
) -> Tensor:
    """Return sum |t p| / (sum |t| + sum |p|), averaged over classes: what was called mean IoU.

    The "union" is a sum that counts the intersection twice: a perfect mask scores 0.5, not 1. And it is a score: made
    small, as a loss is, it drives the mask away from the truth.
    """
    found = areas(logits, target, ignore=ignore).of_batch()
    return (found.overlap / (found.predicted + found.truth + TINY)).mean()


def mean_iou_maximised(
    logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None
) -> Tensor:
    """Return 0.5 - `mean_iou_as_written`: small where the masks fit. It is half of a Dice loss in disguise."""
    score = mean_iou_as_written(logits, target, ignore=ignore, weights=weights)
    return (0.5 - score) * (target != ignore).any()
