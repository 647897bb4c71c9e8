"""The optimizer, and its learning rate at each step."""

import math

import torch
from torch import nn

from maskwright.planning.plan import OptimPlan, ScheduleName

WARM_SHARE = 0.15
RMSPROP_MEMORY = 0.9
POLY_POWER = 0.9
STEP_AT = 0.75


def make_optimizer(net: nn.Module, plan: OptimPlan) -> torch.optim.Optimizer:
    """Return the plan's optimizer; the encoder's parameters have their own rate, frozen ones are left out.

    AdamW (Loshchilov and Hutter 2019), Adam (Kingma and Ba 2015), SGD with momentum, or RMSprop (Hinton 2012,
    averaging over about ten steps as Keras does). Biases and normalisation weights do not decay.
    """
    groups: dict[tuple[bool, bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            is_bias = plan.bias_rate != 1.0 and name.endswith("bias")  # else the groups of saved runs stay the same
            groups.setdefault(("encoder." in name, parameter.ndim > 1, is_bias), []).append(parameter)
    settings = [
        {
            "params": parameters,
            "lr": 0.0,
            "peak": (plan.lr_encoder if is_encoder else plan.lr_decoder) * (plan.bias_rate if is_bias else 1.0),
            "weight_decay": plan.weight_decay if decays else 0.0,
        }
        for (is_encoder, decays, is_bias), parameters in groups.items()
    ]
    match plan.name:
        case "adamw":
            return torch.optim.AdamW(settings)
        case "adam":
            return torch.optim.Adam(settings)
        case "sgd":
            return torch.optim.SGD(settings, momentum=plan.momentum)
        case "rmsprop":
            return torch.optim.RMSprop(settings, alpha=RMSPROP_MEMORY)


def rate_share(
    schedule: ScheduleName, step: int, steps: int, *, epoch_decay: float = 1.0, epoch_steps: float = 1.0
) -> float:
    """Return the share of the peak rate at `step` (0 to `steps` - 1), above 0 and at most 1.

    "poly": (1 - step/steps)^0.9, Chen et al. 2017; "step": a tenth for the last quarter of the steps; "exponential":
    times `epoch_decay` after each epoch of `epoch_steps` steps, Jegou et al. 2017.
    """
    match schedule:
        case "one-cycle":
            return one_cycle(step, steps)
        case "poly":
            return float((1 - step / steps) ** POLY_POWER)
        case "step":
            return 1.0 if step < STEP_AT * steps else 0.1
        case "exponential":
            return float(epoch_decay ** (step // epoch_steps))
        case "constant":
            return 1.0


def one_cycle(step: int, steps: int) -> float:
    """Return the share of the peak rate at `step` of `steps`: a cosine up for 15 %, then a cosine down to nearly 0."""
    rise = max(1.0, WARM_SHARE * steps)
    if step < rise:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * (step + 1) / rise)) / 2 if step + 1 < rise else 1.0
    return 0.001 + 0.999 * (1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise))) / 2


def planned_share(plan: OptimPlan, step: int, *, photos: int) -> float:
    """Return the share of the peak rate at `step` of the plan's steps; `photos` make an epoch."""
    epoch_steps = max(1.0, photos / plan.batch)
    return rate_share(plan.schedule, step, plan.steps, epoch_decay=plan.epoch_decay, epoch_steps=epoch_steps)


def set_rate(optimizer: torch.optim.Optimizer, plan: OptimPlan, step: int, *, photos: int) -> float:
    """Set every group to its rate at `step` of the plan's steps; return the largest. `photos` make an epoch."""
    share = planned_share(plan, step, photos=photos)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
    return float(max(group["lr"] for group in optimizer.param_groups))
