"""Losses that add up over pixels.

Everywhere: `logits` NxCxHxW, any real numbers (C = 1: the object's logit, for two classes); `target` NxHxW uint8 class
ids; `ignore`: the id of pixels that do not count; `weights`: one a class (two for C = 1), None for all alike. Computed
in float32 at least; where every pixel is ignored the loss is 0 and so is its gradient.
"""

import torch
from torch import Tensor
from torch.nn import functional

from maskwright.classes import IGNORE
from maskwright.nets.losses.shapes import as_float


def cross_entropy(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the class-weighted cross-entropy (binary for one channel), averaged by weight over the pixels that count.

    Long et al. 2015 for dense prediction; weighted as torch does: the sum of weighted losses over the sum of weights.
    """
    logits = as_float(logits)
    counted = target != ignore
    safe = torch.where(counted, target, 0).long()
    if logits.shape[1] == 1:
        loss = functional.binary_cross_entropy_with_logits(logits[:, 0], safe.to(logits.dtype), reduction="none")
    else:
        loss = functional.cross_entropy(logits, safe, reduction="none")
    by_pixel = counted.to(logits.dtype) if weights is None else weights.to(logits.dtype)[safe] * counted
    return (loss * by_pixel).sum() / by_pixel.sum().clamp(min=1e-6)
