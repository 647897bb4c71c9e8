"""What the losses share: numbers that do not overflow, and one plane of probability and of truth a class."""

import torch
from torch import Tensor


def as_float(logits: Tensor) -> Tensor:
    """Return the logits in float32, or in float64 where they are that: bf16 has too few digits for sums."""
    return logits if logits.dtype == torch.float64 else logits.float()


def probabilities_and_truth(
    logits: Tensor, target: Tensor, *, ignore: int, both: bool = False
) -> tuple[Tensor, Tensor]:
    """Return NxCxHxW probabilities and NxCxHxW truth (bool), both 0 where the target is `ignore`.

    One channel: the object's sigmoid and where the target is 1, with `both` after those of the background; more
    channels: the softmax and one plane a class.
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
