"""Losses of overlap: the whole of a class at once, however few pixels it has. Arguments as in pixelwise.py.

All are averaged over the classes that the batch (or photo) shows; for C channels class 0 counts like the others. A
class that no pixel has gives no loss; zero where there is none at all. `weights` are one a class, 0 and more, for the
average of C channels; one channel has one class only.
"""

from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.losses.soft_areas import Areas, areas

MISSED_SHARE = 0.7
"""Tversky's beta: what is missed costs more than what is too much, 0.7 to 0.3, the paper's best."""
TVERSKY_POWER = 0.75
"""Focal Tversky's 1/gamma, gamma = 4/3."""
SMALL = 1e-6


def dice(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - soft Dice over the whole batch. Milletari et al. 2016, V-Net, with probabilities not squared."""
    return _dice_loss(areas(logits, target, ignore=ignore).of_batch(), weights)


def dice_by_sample(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - soft Dice of each photo and class that it shows, averaged: every photo counts alike. As `dice`."""
    return _dice_loss(areas(logits, target, ignore=ignore), weights)


def _dice_loss(area: Areas, weights: Tensor | None) -> Tensor:
    ratio = (2 * area.overlap + 1.0) / (area.predicted + area.truth + 1.0)
    return mean_over_classes(1.0 - ratio, area.truth > 0, weights)


def generalised_dice(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - generalised Dice: all classes in one ratio, each weighed by 1 / (its pixels)^2. Sudre et al. 2017.

    One channel: object and background are the two classes. `weights` multiply the paper's.
    """
    area = areas(logits, target, ignore=ignore, both=True).of_batch()
    shown = (area.truth > 0).to(area.overlap.dtype)
    by_class = shown / area.truth.clamp(min=1.0) ** 2
    by_class = by_class if weights is None else by_class * weights.to(by_class)
    overlap = (area.overlap * by_class).sum()
    total = ((area.predicted + area.truth) * by_class).sum()
    # Squared pixel counts make these numbers tiny: the guard must be smaller still.
    return (1.0 - 2 * overlap / total.clamp(min=1e-30)) * shown.max()


def jaccard(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - soft intersection over union over the whole batch. Rahman and Wang 2016."""
    area = areas(logits, target, ignore=ignore).of_batch()
    union = area.predicted + area.truth - area.overlap
    return mean_over_classes(1.0 - area.overlap / union.clamp(min=SMALL), area.truth > 0, weights)


def tversky(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return 1 - Tversky index over the batch: missed pixels count 0.7, false ones 0.3. Salehi et al. 2017."""
    ratio, present = _tversky_index(logits, target, ignore=ignore)
    return mean_over_classes(1.0 - ratio, present, weights)


def focal_tversky(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return (1 - Tversky index)^0.75: classes that are nearly right weigh more. Abraham and Khan 2019."""
    ratio, present = _tversky_index(logits, target, ignore=ignore)
    return mean_over_classes((1.0 - ratio).clamp(min=SMALL) ** TVERSKY_POWER, present, weights)


def _tversky_index(logits: Tensor, target: Tensor, *, ignore: int) -> tuple[Tensor, Tensor]:
    """Return the index of each class, and whether the batch shows it; both of shape (C,)."""
    area = areas(logits, target, ignore=ignore).of_batch()
    missed, false = area.truth - area.overlap, area.predicted - area.overlap
    costs = MISSED_SHARE * missed + (1 - MISSED_SHARE) * false
    return area.overlap / (area.overlap + costs).clamp(min=SMALL), area.truth > 0


def mean_over_classes(loss: Tensor, present: Tensor, weights: Tensor | None) -> Tensor:
    """Return the class-weighted mean of the losses of the classes that are present; 0 if none is.

    `loss` and `present` have the shape (C,), or NxC for one value for each photo and class.
    """
    if weights is not None and loss.shape[-1] > 1:
        by_class = weights.to(loss) * present
        return (loss * by_class).sum() / by_class.sum().clamp(min=SMALL)
    return (loss * present).sum() / present.sum().clamp(min=1)
