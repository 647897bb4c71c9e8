"""BatchNorm over the whole batch when its crops are on several devices."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Group = distributed.ProcessGroup


def synced_batchnorm(group: Group | None) -> AbstractContextManager[object]:
    """Return SyncedBatchNorm for a group of processes; nothing, which costs nothing, without one."""
    return nullcontext() if group is None else SyncedBatchNorm(group)


class SyncedBatchNorm(TorchFunctionMode):
    """Within it, BatchNorm in training mode takes the statistics of the crops of all processes of a group.

    So a batch divided over devices trains as on one device, however few crops each has. torch's SyncBatchNorm does
    the same on GPUs only, and takes the activation from timm's layers. Layers in evaluation mode are left alone.
    """

    def __init__(self, group: Group) -> None:
        super().__init__()
        self.group = group

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func is functional.batch_norm and (kwargs or {}).get("training"):
            return _batch_norm(self.group, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _batch_norm(
    group: Group,
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    **settings: Any,  # noqa: ANN401 - those of torch.nn.functional.batch_norm
) -> Tensor:
    mean, var, count = _statistics(x, group)
    if running_mean is not None and running_var is not None:
        running_mean.lerp_(mean.to(running_mean.dtype), settings["momentum"])
        unbiased = var * (count / (count - 1))
        running_var.lerp_(unbiased.to(running_var.dtype), settings["momentum"])
    normalised: Tensor = _Normalised.apply(
        x, settings["weight"], settings["bias"], mean, var, count, settings["eps"], group
    )
    return normalised


@torch.no_grad()
def _statistics(x: Tensor, group: Group) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean and the variance (C) of all processes' NxCx... tensors, and how many values a channel has."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    var, mean = torch.var_mean(wide, dim=[0, *range(2, x.ndim)], correction=0)
    own = torch.cat([mean, var, mean.new_tensor([x.numel() / x.shape[1]])])
    pieces = [torch.empty_like(own) for _ in range(distributed.get_world_size(group))]
    distributed.all_gather(pieces, own, group=group)
    rows, channels = torch.stack(pieces), len(mean)
    means, variances, counts = rows[:, :channels], rows[:, channels : 2 * channels], rows[:, -1:]
    count = counts.sum()
    mean = (counts * means).sum(dim=0) / count
    var = (counts * (variances + (means - mean).square())).sum(dim=0) / count  # Chan et al. 1979
    return mean, var, count


class _Normalised(Function):
    """Normalisation with statistics that depend on the inputs of all processes, and its gradient."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        var: Tensor,
        count: Tensor,
        eps: float,
        group: Group,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, var, count)  # type: ignore[arg-type]
        ctx.eps, ctx.group = eps, group  # type: ignore[attr-defined]
        return torch.batch_norm(x, weight, bias, mean, var, False, 0.0, eps, torch.backends.cudnn.enabled)

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, var, count = ctx.saved_tensors  # type: ignore[attr-defined]
        eps, group = ctx.eps, ctx.group  # type: ignore[attr-defined]
        # With fixed statistics torch's kernel gives the two sums that the gradient needs.
        _, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            grads[0], x, weight, mean, var, None, None, False, eps, [False, True, True]
        )
        sums = torch.stack([of_weight, of_bias]).to(mean.dtype)
        distributed.all_reduce(sums, group=group)
        by_weight, by_bias = sums / count
        scale = torch.rsqrt(var + eps)
        factor = scale if weight is None else scale * weight
        slope = -factor * scale * by_weight
        shift = -factor * by_bias - slope * mean
        shape = (1, -1, *(1 for _ in range(x.ndim - 2)))
        of_x = grads[0] * factor.view(shape) + x * slope.view(shape) + shift.view(shape)
        affine = (of_weight, of_bias) if weight is not None else (None, None)
        return of_x.to(x.dtype), *affine, None, None, None, None, None
