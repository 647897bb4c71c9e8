"""Depthwise convolutions on a CPU in bfloat16, whose gradients have no fast kernel: they are taken in float32."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.overrides import TorchFunctionMode

Pair = tuple[int, int]


class _Depthwise(Function):
    """A depthwise convolution that is computed in the precision of `x` and differentiated in float32."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, stride: Pair, padding: Pair, dilation: Pair) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = stride, padding, dilation  # type: ignore[attr-defined]
        return torch.conv2d(x, weight, None, stride, padding, dilation, weight.shape[0])

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        stride, padding, dilation = ctx.geometry  # type: ignore[attr-defined]
        exact = [one.to(torch.float32, memory_format=torch.channels_last) for one in (grads[0], x, weight)]
        wanted = [*ctx.needs_input_grad[:2], False]  # type: ignore[attr-defined]
        groups = weight.shape[0]
        found = torch.ops.aten.convolution_backward(
            *exact, None, stride, padding, dilation, False, (0, 0), groups, wanted
        )
        of_x, of_weight = (None if grad is None else grad.to(x.dtype) for grad in found[:2])
        return of_x, of_weight, None, None, None


def fast_depthwise(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return FastDepthwise for steps in bfloat16 on a CPU; nothing, which costs nothing, for all others."""
    return FastDepthwise() if precision == "bf16-mixed" and device.type == "cpu" else nullcontext()


class FastDepthwise(TorchFunctionMode):
    """Within it, wide or strided depthwise convolutions under CPU autocast have their gradients taken in float32.

    In bfloat16 oneDNN has no kernel for them and falls back to one that is up to a hundred times slower. The
    gradients are those of bfloat16 up to its rounding.
    """

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func is torch.conv2d and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu"):
            given = _given(*args, **(kwargs or {}))
            if given is not None:
                return _Depthwise.apply(*given)
        return func(*args, **(kwargs or {}))


def _given(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> tuple[Tensor, Tensor, Pair, Pair, Pair] | None:
    """Return what `_Depthwise` takes, in autocast's precision; None where the usual kernels are fast."""
    slow = max(weight.shape[2:]) > 3 or max(_pair(stride)) > 1
    depthwise = 1 < groups == x.shape[1] == weight.shape[0]
    if not (slow and depthwise) or x.device.type != "cpu" or bias is not None or isinstance(padding, str):
        return None
    kind = torch.get_autocast_dtype("cpu")
    return x.to(kind), weight.to(kind), _pair(stride), _pair(padding), _pair(dilation)


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
