"""Frozen stages run faster: the scale and shift of their BatchNorm are taken into the convolution before it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from maskwright.models.weights.availability import PACKAGED

Pair = tuple[nn.Conv2d, nn.BatchNorm2d]


def folded_norms(net: nn.Module, encoder: str) -> AbstractContextManager[object]:
    """Return FoldedNorms where a packaged encoder has frozen stages; nothing, which costs nothing, for all others."""
    pairs = tuple(_frozen_pairs(net)) if encoder in PACKAGED else ()
    return FoldedNorms(pairs) if pairs else nullcontext()


def _frozen_pairs(net: nn.Module) -> Iterator[Pair]:
    """Yield the frozen convolutions that a frozen BatchNorm follows, both in evaluation mode."""
    for parent in net.modules():
        for conv, norm in pairwise(parent.children()):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d) and conv.bias is None:
                is_trained = any(parameter.requires_grad for layer in (conv, norm) for parameter in layer.parameters())
                if not is_trained and not norm.training:
                    yield conv, norm


class FoldedNorms(TorchFunctionMode):
    """Within it, convolutions do the work of the BatchNorm with fixed statistics that follows each of them.

    Such a normalisation is a scale and a shift a channel, which the weight and the bias of a convolution can hold
    (Jacob et al. 2018, section 3.2): one pass over the features less. The network itself is not changed, and what
    its weights are when it first runs is what counts. No convolution's output may go anywhere but into its BatchNorm.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        super().__init__()
        self.pairs = {id(conv.weight): (conv, norm) for conv, norm in pairs}
        self.passed = {id(norm.weight) for _, norm in pairs}
        self.folded: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        key = id(args[1]) if func is torch.conv2d and len(args) > 2 else 0
        if key in self.pairs:
            if key not in self.folded:
                self.folded[key] = _folded(*self.pairs[key])
            return func(args[0], *self.folded[key], *args[3:], **(kwargs or {}))
        if func is functional.batch_norm and id((kwargs or {}).get("weight")) in self.passed:
            return args[0]
        return func(*args, **(kwargs or {}))


@torch.no_grad()
def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return the weight and the bias that do both."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return conv.weight * scale.view(-1, 1, 1, 1), norm.bias - norm.running_mean * scale
