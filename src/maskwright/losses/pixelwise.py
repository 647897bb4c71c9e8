"""Losses that add up over pixels.

Everywhere: `logits` NxCxHxW, any real numbers (C = 1: the logit of the object, for two classes); `target` NxHxW
uint8 class ids; `ignore`: the id of pixels that do not count; `weights`: one a class (two for C = 1), None for equal
weights. Computed in float32 at least. Where every pixel is ignored, the loss and its gradient are 0.
"""

import torch
from torch import Tensor
from torch.nn import functional

from maskwright.classes import IGNORE
from maskwright.losses.soft_areas import as_float, probabilities_and_truth

FOCUS = 2.0
"""Focal loss's gamma, the paper's best."""


def cross_entropy(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the class-weighted cross-entropy (binary for one channel), averaged by weight over the pixels that count.

    Long et al. 2015 for dense prediction; weighted as torch does: the sum of weighted losses over the sum of weights.
    """
    loss, by_pixel = _entropy_and_weights(logits, target, ignore=ignore, weights=weights)
    return (loss * by_pixel).sum() / by_pixel.sum().clamp(min=1e-6)


def weighted_cross_entropy(
    logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None
) -> Tensor:
    """Return the cross-entropy times its class's weight, averaged over the number of counted pixels.

    Unlike `cross_entropy`, a batch with more pixels of a heavy class has a larger loss. Keras and Eigen and Fergus
    use this form.
    """
    loss, by_pixel = _entropy_and_weights(logits, target, ignore=ignore, weights=weights)
    return (loss * by_pixel).sum() / (target != ignore).sum().clamp(min=1)


def focal(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the focal loss, (1 - p)^2 times the cross-entropy, averaged over the pixels that count.

    p is the probability given to the true class; `weights` are the paper's alpha. Lin et al. 2017.
    """
    loss, by_pixel = _entropy_and_weights(logits, target, ignore=ignore, weights=weights)
    missed = -torch.expm1(-loss)
    return (missed**FOCUS * loss * by_pixel).sum() / (target != ignore).sum().clamp(min=1)


def squared_error(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the mean squared difference of probabilities and truth (0 or 1), over the pixels that count and channels.

    Used in regression, and by Brier 1950 for forecasts. Its gradient vanishes where a sigmoid is confident and wrong;
    cross-entropy has no such fault (Bishop 1995, 6.9).
    """
    probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore)
    counted = target != ignore
    by_pixel = _by_pixel(target, counted, weights, probabilities)
    error = ((probabilities - truth.to(probabilities.dtype)) ** 2).mean(dim=1)
    return (error * by_pixel).sum() / counted.sum().clamp(min=1)


def _entropy_and_weights(
    logits: Tensor, target: Tensor, *, ignore: int, weights: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return each pixel's cross-entropy and its weight, 0 where ignored; both NxHxW."""
    logits = as_float(logits)
    counted = target != ignore
    safe = torch.where(counted, target, 0).long()
    if logits.shape[1] == 1:
        loss = functional.binary_cross_entropy_with_logits(logits[:, 0], safe.to(logits.dtype), reduction="none")
    else:
        loss = functional.cross_entropy(logits, safe, reduction="none")
    return loss, _by_pixel(target, counted, weights, logits)


def _by_pixel(target: Tensor, counted: Tensor, weights: Tensor | None, like: Tensor) -> Tensor:
    if weights is None:
        return counted.to(like.dtype)
    return weights.to(like)[torch.where(counted, target, 0).long()] * counted


def inverse_frequency(shares: Tensor) -> Tensor:
    """Return one weight for each class, inverse to its share of the pixels; the mean over all pixels is 1.

    A class without pixels has weight 0. 1/f_c as in King and Zeng 2001.
    """
    shown = shares > 0
    return torch.where(shown, shares.sum() / (shown.sum() * shares.clamp(min=1e-12)), 0.0)


def median_frequency(shares: Tensor) -> Tensor:
    """Return median share / share for each class, Eigen and Fergus 2015; 0 for a class without pixels.

    The median is the lower of the middle two where their number is even. The paper counts a class's share only over
    the photos that show it; here `shares` are of all photos.
    """
    shown = shares > 0
    median = shares[shown].median() if bool(shown.any()) else shares.new_tensor(1.0)
    return torch.where(shown, median / shares.clamp(min=1e-12), 0.0)
