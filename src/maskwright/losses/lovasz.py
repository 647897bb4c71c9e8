"""The Lovász losses: a convex surrogate of 1 - IoU. Berman et al. 2018, 1705.08790.

Arguments as in pixelwise.py; over the whole batch at once.
"""

import torch
from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.losses.overlap import mean_over_classes
from maskwright.losses.soft_areas import as_float, probabilities_and_truth


def lovasz(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the Lovász hinge for one channel, the Lovász softmax for several (over the classes that are present)."""
    if logits.shape[1] == 1:
        return lovasz_hinge(logits, target, ignore=ignore)
    return lovasz_softmax(logits, target, ignore=ignore, weights=weights)


def lovasz_hinge(logits: Tensor, target: Tensor, *, ignore: int = IGNORE) -> Tensor:
    """Return the Lovász extension of 1 - IoU of the object in the hinge errors max(0, 1 - z) of an Nx1xHxW logit."""
    counted = target != ignore
    z, truth = as_float(logits)[:, 0][counted], target[counted] == 1
    errors = 1.0 - z * (2.0 * truth - 1.0)
    return _extension(errors, truth, clip=True)


def lovasz_softmax(logits: Tensor, target: Tensor, *, ignore: int = IGNORE, weights: Tensor | None = None) -> Tensor:
    """Return the mean over the classes present of the Lovász extension of 1 - IoU in the errors |truth - p|."""
    probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore)
    counted = target != ignore
    planes = zip(probabilities.unbind(1), truth.unbind(1), strict=True)
    losses = [_extension((t[counted].to(p.dtype) - p[counted]).abs(), t[counted], clip=False) for p, t in planes]
    return mean_over_classes(torch.stack(losses), truth.sum(dim=(0, 2, 3)) > 0, weights)


def _extension(errors: Tensor, truth: Tensor, *, clip: bool) -> Tensor:
    """Return the sum of the errors, largest first, each weighted by its growth of 1 - IoU; both of shape (P,)."""
    if errors.numel() == 0:
        return errors.sum()
    ordered, order = errors.sort(descending=True)
    gains = _jaccard_gains(truth[order].to(errors.dtype))
    return (ordered.relu() if clip else ordered) @ gains


def _jaccard_gains(truth: Tensor) -> Tensor:
    """Return the growth of 1 - IoU as each pixel, in this order, becomes an error."""
    missed, false = truth.cumsum(0), (1.0 - truth).cumsum(0)
    size = truth.sum()
    loss = 1.0 - (size - missed) / (size + false)
    return loss.diff(prepend=loss.new_zeros(1))
