"""Depthwise convolutions on a CPU in bfloat16, where gradients of wide and strided ones have no fast kernel."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.nn.functional import pad
from torch.overrides import TorchFunctionMode

Pair = tuple[int, int]
Geometry = tuple[Pair, Pair, Pair]
"""Stride, padding and dilation."""
PART = 3
"""Side of the kernels whose weights have a fast gradient in bfloat16."""


class _Depthwise(Function):
    """A depthwise convolution in the precision of `x`, its gradients by kernels that are fast."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, stride: Pair, padding: Pair, dilation: Pair) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = stride, padding, dilation  # type: ignore[attr-defined]
        return torch.conv2d(x, weight, None, stride, padding, dilation, weight.shape[0])

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        geometry: Geometry = ctx.geometry  # type: ignore[attr-defined]
        grad = grads[0].contiguous(memory_format=torch.channels_last)
        for_x, for_weight = ctx.needs_input_grad[:2]  # type: ignore[attr-defined]
        of_x = _grad_of_x(grad, x, weight, geometry) if for_x else None
        return of_x, _grad_of_weight(grad, x, weight, geometry) if for_weight else None, None, None, None


def _grad_of_x(grad: Tensor, x: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient of `x`; of a strided convolution in float32."""
    kind = torch.float32 if max(geometry[0]) > 1 else x.dtype
    of_x: Tensor = _backward(grad.to(kind), x.to(kind), weight.to(kind), geometry, [True, False])[0]
    return of_x.to(x.dtype)


def _grad_of_weight(grad: Tensor, x: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """Return the gradient of the weight, of a wider one put together from those of 3x3 parts of it."""
    stride, padding, dilation = geometry
    if max(dilation) > 1 or min(weight.shape[2:]) < PART:
        whole: Tensor = _backward(grad.float(), x.float(), weight.float(), geometry, [False, True])[1]
        return whole.to(weight.dtype)
    framed = pad(x, (padding[1], padding[1], padding[0], padding[0])) if max(padding) else x
    gradient = torch.empty_like(weight)
    lengths = [s * (n - 1) + PART for s, n in zip(stride, grad.shape[2:], strict=True)]
    for top in _parts_of(weight.shape[2]):
        for left in _parts_of(weight.shape[3]):
            window = framed[:, :, top : top + lengths[0], left : left + lengths[1]]
            rows, columns = slice(top, top + PART), slice(left, left + PART)
            part = weight[:, :, rows, columns].contiguous()
            window = window.contiguous(memory_format=torch.channels_last)
            gradient[:, :, rows, columns] = _backward(grad, window, part, (stride, (0, 0), (1, 1)), [False, True])[1]
    return gradient


def _parts_of(length: int) -> list[int]:
    """Return where parts of a kernel begin that cover its length; the last may overlap."""
    return [min(start, length - PART) for start in range(0, length, PART)]


def _backward(grad: Tensor, x: Tensor, weight: Tensor, geometry: Geometry, wanted: list[bool]) -> tuple[Tensor, ...]:
    stride, padding, dilation = geometry
    gradients: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
        grad, x, weight, None, stride, padding, dilation, False, (0, 0), weight.shape[0], [*wanted, False]
    )
    return gradients


def fast_depthwise(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return FastDepthwise for steps in bfloat16 on a CPU; nothing, which costs nothing, for all others."""
    return FastDepthwise() if precision == "bf16-mixed" and device.type == "cpu" else nullcontext()


class FastDepthwise(TorchFunctionMode):
    """Within it, wide or strided depthwise convolutions under CPU autocast have gradients by other, fast kernels.

    In bfloat16 oneDNN has none for them and falls back to one that is up to a hundred times slower. Strided ones have
    the gradient of their input taken in float32, wide ones that of their weight put together from 3x3 parts. The
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
