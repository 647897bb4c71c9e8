"""Losses: pure functions of logits and target, safe where a class or every pixel is missing from a batch."""

import torch
from torch import Tensor
from torch.nn import functional

from maskwright.classes import IGNORE


def cross_entropy(logits: Tensor, target: Tensor, class_weights: Tensor) -> Tensor:
    """Return the class-weighted cross-entropy (binary for one channel), averaged over the pixels that count.

    `logits` NxCxHxW, any real numbers (C = 1: the object's logit); `target` NxHxW class ids, 255 = ignore;
    `class_weights` one a class (two for C = 1). Zero where every pixel is ignored.
    """
    logits = logits.float()
    counted = target != IGNORE
    safe = torch.where(counted, target, 0).long()
    if logits.shape[1] == 1:
        loss = functional.binary_cross_entropy_with_logits(logits[:, 0], safe.float(), reduction="none")
    else:
        loss = functional.cross_entropy(logits, safe, reduction="none")
    weights = class_weights[safe] * counted
    return (loss * weights).sum() / weights.sum().clamp(min=1e-6)


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return 1 - soft Dice over the batch, averaged over the object classes that the batch shows.

    Shapes as in `cross_entropy`; for C channels class 0 counts like the others. A class that no pixel of the
    batch has gives no loss; zero where there is none at all. Milletari et al. 2016, V-Net.
    """
    logits = logits.float()
    counted = (target != IGNORE).unsqueeze(1)
    if logits.shape[1] == 1:
        probabilities, truth = logits.sigmoid(), (target == 1).unsqueeze(1)
    else:
        probabilities = logits.softmax(dim=1)
        truth = target.unsqueeze(1) == torch.arange(logits.shape[1], device=target.device).view(1, -1, 1, 1)
    probabilities = probabilities * counted
    overlap = (probabilities * truth).sum(dim=(0, 2, 3))
    sizes = truth.sum(dim=(0, 2, 3))
    dice = (2 * overlap + 1.0) / (probabilities.sum(dim=(0, 2, 3)) + sizes + 1.0)
    present = sizes > 0
    return ((1.0 - dice) * present).sum() / present.sum().clamp(min=1)
