"""The optimiser, its rate by step, and the moving average of the weights."""

import copy
import math

import torch
from torch import nn

from maskwright.planning.plan import OptimPlan

WARM_SHARE = 0.15


def make_optimiser(net: nn.Module, plan: OptimPlan) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov and Hutter 2019) with the encoder's parameters at their own rate.

    Biases and normalisation weights do not decay.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        groups.setdefault(("encoder." in name, parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": 0.0,
                "peak": plan.lr_encoder if is_encoder else plan.lr_decoder,
                "weight_decay": plan.weight_decay if decays else 0.0,
            }
            for (is_encoder, decays), parameters in groups.items()
        ]
    )


def one_cycle(step: int, steps: int) -> float:
    """Return the share of the peak rate at `step` of `steps`: a cosine up for 15 %, then a cosine down to nearly 0."""
    rise = max(1.0, WARM_SHARE * steps)
    if step < rise:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * (step + 1) / rise)) / 2 if step + 1 < rise else 1.0
    return 0.001 + 0.999 * (1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise))) / 2


def set_rate(optimiser: torch.optim.Optimizer, step: int, steps: int) -> float:
    """Set every group to its rate at `step`; return the largest."""
    share = one_cycle(step, steps)
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * share
    return float(max(group["lr"] for group in optimiser.param_groups))


def copy_for_average(net: nn.Module) -> nn.Module:
    """Return a copy of the network to hold the moving average of its weights, in evaluation mode."""
    average = copy.deepcopy(net).eval()
    average.requires_grad_(False)
    return average


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, *, step: int, decay: float) -> None:
    """Move the average towards the network: weights, and the running statistics of the normalisation layers."""
    kept = min(decay, (1 + step) / (10 + step))
    ours = [t for t in average.state_dict().values() if t.is_floating_point()]
    theirs = [t for t in net.state_dict().values() if t.is_floating_point()]
    torch._foreach_lerp_(ours, theirs, 1 - kept)
