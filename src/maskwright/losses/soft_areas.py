"""What the losses share: numbers that do not overflow, planes of probability and truth, the areas of classes."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable

OVER_PHOTO = (2, 3)


@dataclass(frozen=True)
class Areas:
    """Areas in pixels of each class in each photo, NxC; ignored pixels do not count.

    `truth`: pixels of the class. `predicted`: the sum of its probability. `overlap`: that sum over its true pixels.
    """

    overlap: Tensor
    predicted: Tensor
    truth: Tensor

    def of_batch(self) -> "Areas":
        """Return the areas of all photos together, of shape (C,)."""
        return Areas(self.overlap.sum(dim=0), self.predicted.sum(dim=0), self.truth.sum(dim=0))


def as_float(logits: Tensor) -> Tensor:
    """Return NCHW logits in contiguous memory, on which a softmax over the classes is fast.

    They become float32, float64 stays: bf16 has too few digits for sums.
    """
    kind = torch.float64 if logits.dtype == torch.float64 else torch.float32
    return logits.to(kind, memory_format=torch.contiguous_format)


def probabilities_and_truth(
    logits: Tensor, target: Tensor, *, ignore: int, both: bool = False
) -> tuple[Tensor, Tensor]:
    """Return NxCxHxW probabilities and NxCxHxW truth (bool), both 0 where the target is `ignore`.

    With one channel, these are the object's sigmoid and the pixels of class 1; `both` puts the background before
    them. With more channels, they are the softmax and a plane for each class.
    """
    logits = as_float(logits)
    counted = (target != ignore).unsqueeze(1)
    if logits.shape[1] == 1:
        probabilities, truth = logits.sigmoid(), (target == 1).unsqueeze(1)
        if both:
            probabilities = torch.cat([(-logits).sigmoid(), probabilities], dim=1)
            truth = torch.cat([(target == 0).unsqueeze(1), truth], dim=1)
    else:
        probabilities = logits.softmax(dim=1)
        truth = target.unsqueeze(1) == torch.arange(logits.shape[1], device=target.device).view(1, -1, 1, 1)
    return probabilities * counted, truth & counted


def areas(logits: Tensor, target: Tensor, *, ignore: int, both: bool = False) -> Areas:
    """Return the areas of the classes; channels and `both` as in `probabilities_and_truth`."""
    if logits.shape[1] == 1 or logits.device.type != "cpu":
        probabilities, truth = probabilities_and_truth(logits, target, ignore=ignore, both=both)
        overlap = (probabilities * truth).sum(dim=OVER_PHOTO)
        return Areas(overlap, probabilities.sum(dim=OVER_PHOTO), truth.sum(dim=OVER_PHOTO).to(overlap.dtype))
    planes, counted = as_float(logits), target != ignore
    named, counts = torch.where(counted, target, 0).long(), counted.to(planes.dtype)
    overlap, predicted = _SoftmaxAreas.apply(planes, named, counts)
    return Areas(overlap, predicted, _by_class(counts, named, planes.shape[1]))


class _SoftmaxAreas(Function):
    """NxC overlap and predicted area of NxCxHxW logits with NxHxW classes, over pixels that count (NxHxW: 1, else 0).

    For CPUs: automatic differentiation writes twice as many planes, and writing takes most of the time.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, logits: Tensor, named: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
        probabilities = logits.softmax(dim=1)
        of_truth = probabilities.gather(1, named.unsqueeze(1))[:, 0] * counted
        ctx.save_for_backward(probabilities, of_truth, named, counted)
        predicted = torch.einsum("nchw,nhw->nc", probabilities, counted)
        return _by_class(of_truth, named, logits.shape[1]), predicted

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor, None, None]:
        probabilities, of_truth, named, counted = ctx.saved_tensors  # type: ignore[attr-defined]
        of_overlap, of_predicted = grads
        more = of_overlap.gather(1, named.flatten(1)).view_as(of_truth) * of_truth
        mean = torch.einsum("nc,nchw->nhw", of_predicted, probabilities) * counted + more
        gradient = of_predicted[:, :, None, None] * counted.unsqueeze(1)
        gradient.sub_(mean.unsqueeze(1)).mul_(probabilities)
        return gradient.scatter_add_(1, named.unsqueeze(1), more.unsqueeze(1)), None, None


def _by_class(values: Tensor, named: Tensor, classes: int) -> Tensor:
    """Return the NxC sums of NxHxW values over the pixels of each class, added up in float64."""
    sums = torch.zeros(len(values), classes, dtype=torch.float64, device=values.device)
    return sums.scatter_add(1, named.flatten(1), values.flatten(1).double()).to(values.dtype)
