"""Helpers for the tests of networks: how many parameters, and which sizes."""

from collections.abc import Iterator

import torch
from torch import nn


def parameters(net: nn.Module) -> int:
    """Return how many numbers the network learns."""
    return sum(p.numel() for p in net.parameters())


def odd_sizes() -> Iterator[tuple[int, int]]:
    """Yield 100 sizes: each height and each width of 1..100 once."""
    return ((n, 1 + n * 37 % 100) for n in range(1, 101))


def wrong_sizes(net: nn.Module, channels: int) -> list[tuple[int, int]]:
    """Return those of `odd_sizes` for which the network's logits have not the photo's size."""
    net.eval()
    with torch.inference_mode():
        return [s for s in odd_sizes() if net(torch.zeros(1, 3, *s)).shape != (1, channels, *s)]
