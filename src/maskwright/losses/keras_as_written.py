"""Losses exactly as a tutorial and a library wrote them for Keras, with their faults: to be seen, not recommended.

Arguments as in pixelwise.py. `weights` are not used: the originals have none.
"""

from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.losses.soft_areas import areas, probabilities_and_truth

SMOOTH = 10.0
"""The tutorial's constant."""
CONTRIB_SMOOTH = 100.0
"""The constant of keras-contrib."""
TINY = 1e-7
"""Keras's epsilon."""


def jaccard_distance(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: int = IGNORE,
    weights: Tensor | None = None,  # noqa: ARG001
) -> Tensor:
    """Return (1 - J) * 10 with J = (I + 10) / (S - I + 10): one ratio over all pixels, channels and photos.

    I = sum |t p| and S = sum (|t| + |p|). An image of 256x256 px with 1 % object costs 9.85 if all of it is called
    background, and nothing if the mask is perfect. One channel: the object's.
    """
    area = areas(logits, target, ignore=ignore)
    overlap, sizes = area.overlap.sum(), (area.predicted + area.truth).sum()
    return (1.0 - (overlap + SMOOTH) / (sizes - overlap + SMOOTH)) * SMOOTH


def jaccard_distance_keras_contrib(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: int = IGNORE,
    weights: Tensor | None = None,  # noqa: ARG001
) -> Tensor:
    """Return (1 - J) * 100 with J = (I + 100) / (S - I + 100), averaged over the counted pixels. keras-contrib.

    I and S are summed over Keras's last axis, which is the classes of one pixel. Each pixel thus has a ratio of its
    own, and the loss is the mean absolute error to within 2 %: it does not help a rare class.
    """
    probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore)
    overlap = (probabilities * truth).sum(dim=1)
    sizes = (probabilities + truth).sum(dim=1)
    ratio = (overlap + CONTRIB_SMOOTH) / (sizes - overlap + CONTRIB_SMOOTH)
    # An ignored pixel has neither truth nor probability: its distance is 0.
    return ((1.0 - ratio) * CONTRIB_SMOOTH).sum() / (target != ignore).sum().clamp(min=1)


def mean_iou_as_written(
    logits: Tensor,
    target: Tensor,
    *,
    ignore: int = IGNORE,
    weights: Tensor | None = None,  # noqa: ARG001
) -> Tensor:
    """Return sum |t p| / (sum |t| + sum |p|), averaged over classes: the original calls it mean IoU.

    Its "union" is a sum that counts the intersection twice, so a perfect mask scores 0.5. It is a score: minimised,
    as losses are, it drives the mask away from the truth. The original sums over all classes at once.
    """
    area = areas(logits, target, ignore=ignore).of_batch()
    return (area.overlap / (area.predicted + area.truth + TINY)).mean()


def mean_iou_maximised(
    logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None
) -> Tensor:
    """Return 0.5 - `mean_iou_as_written`: small where the masks fit. It is half of a Dice loss."""
    score = mean_iou_as_written(logits, target, ignore=ignore, weights=weights)
    return (0.5 - score) * (target != ignore).any()
