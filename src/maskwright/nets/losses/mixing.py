"""From the text of a mix to one function: every loss by name, and the sum of several."""

from collections.abc import Callable

import torch
from torch import Tensor

from maskwright.classes import IGNORE
from maskwright.nets.losses.border import border_cross_entropy
from maskwright.nets.losses.overlap import dice
from maskwright.nets.losses.pixelwise import cross_entropy
from maskwright.planning.mix import parse_mix
from maskwright.planning.plan import LossPlan

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits NxCxHxW and target NxHxW -> a scalar to be made small."""

FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "border": border_cross_entropy,
    "ce": cross_entropy,
    "dice": dice,
}
"""Each of planning/mix by name: (logits, target, *, ignore, weights) -> scalar."""


def make_loss(plan: LossPlan, device: torch.device) -> Loss:
    """Return the plan's mix as one function; its constants live on `device`."""
    terms = [(term.factor, FUNCTIONS[term.loss], _weights(term.loss, plan, device)) for term in parse_mix(plan.mix)]

    def loss(logits: Tensor, target: Tensor) -> Tensor:
        first, *others = (
            factor * function(logits, target, ignore=IGNORE, weights=weights) for factor, function, weights in terms
        )
        return sum(others, start=first)

    return loss


def _weights(loss: str, plan: LossPlan, device: torch.device) -> Tensor | None:
    return torch.tensor(plan.class_weights, device=device) if loss in ("ce", "border") else None
