"""The moving average of the weights (EMA), which predicts better than the weights of the last step."""

import copy

import torch
from torch import nn


def copy_for_average(net: nn.Module) -> nn.Module:
    """Return a copy of the network for the moving average of its weights, in evaluation mode."""
    average = copy.deepcopy(net).eval()
    average.requires_grad_(False)
    return average


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, *, step: int, decay: float) -> None:
    """Move the average towards the network: its trainable weights and the running statistics of its BatchNorms."""
    kept_share = min(decay, (1 + step) / (10 + step))
    weights = [(a, b) for a, b in zip(average.parameters(), net.parameters(), strict=True) if b.requires_grad]
    norms = [(a, b) for a, b in zip(average.buffers(), net.buffers(), strict=True) if b.is_floating_point()]
    ours, theirs = zip(*weights, *norms, strict=True)
    torch._foreach_lerp_(ours, theirs, 1 - kept_share)
