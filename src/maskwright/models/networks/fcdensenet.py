"""FC-DenseNet (the "one hundred layers tiramisu"). Jégou et al. 2017, arXiv 1611.09326."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

FIRST_CHANNELS = 48
DROPOUT = 0.2
GROWTH = {56: 12, 67: 16, 103: 16}
"""New features a layer, by the number of layers."""
LAYERS = {56: (4,) * 11, 67: (5,) * 11, 103: (4, 5, 7, 10, 12, 15, 12, 10, 7, 5, 4)}
"""Layers a dense block: five on the way down, the bottleneck, five on the way up."""


class DenseLayer(nn.Sequential):
    """BN - ReLU - convolution - dropout."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(
            nn.BatchNorm2d(channels_in),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2),
            nn.Dropout(DROPOUT),
        )


class DenseBlock(nn.Module):
    """Layers that each take all features before them; NxCxHxW -> only the new features, NxGxHxW each."""

    def __init__(self, channels_in: int, growth: int, count: int, *, checkpointing: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(channels_in + i * growth, growth, 3) for i in range(count))
        self.checkpointing = checkpointing

    def forward(self, x: Tensor) -> list[Tensor]:
        features = [x]
        for layer in self.layers:
            features.append(self._run(layer, features))
        return features[1:]

    def _run(self, layer: nn.Module, features: list[Tensor]) -> Tensor:
        def from_parts(*parts: Tensor) -> Tensor:
            new: Tensor = layer(torch.cat(parts, dim=1))
            return new

        if not (self.checkpointing and torch.is_grad_enabled()):
            return from_parts(*features)
        new: Tensor = checkpoint(from_parts, *features, use_reentrant=False, context_fn=_once(layer))
        return new


def _once(layer: nn.Module) -> Callable[[], tuple[AbstractContextManager[None], AbstractContextManager[None]]]:
    """Return the contexts of a checkpointed layer: the second run must not change its BatchNorm statistics again."""
    return lambda: (nullcontext(), _statistics_kept(layer))


@contextmanager
def _statistics_kept(layer: nn.Module) -> Iterator[None]:
    norms = [part for part in layer.modules() if isinstance(part, nn.BatchNorm2d)]
    before = [
        (norm.momentum, norm.num_batches_tracked.clone()) for norm in norms if norm.num_batches_tracked is not None
    ]
    try:
        for norm in norms:
            norm.momentum = 0.0  # each running value is then replaced by itself
        yield
    finally:
        for norm, (momentum, batches) in zip(norms, before, strict=True):
            assert norm.num_batches_tracked is not None
            norm.momentum = momentum
            norm.num_batches_tracked.copy_(batches)


class FCDenseNet(nn.Module):
    """Normalised Nx3xHxW -> NxCxHxW logits; H and W of at least 32, best multiples of it.

    Only the new features of a block are upsampled, as in the paper, to limit their number. Transposed 3x3
    convolutions of stride 2 give one row and column too many; they are cut off as in the authors' code.
    """

    def __init__(self, layers: tuple[int, ...], growth: int, first: int, classes: int, *, checkpointing: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, first, 3, padding=1)
        self.down_blocks, self.down = nn.ModuleList(), nn.ModuleList()
        channels, skips = first, []
        for count in layers[:5]:
            self.down_blocks.append(DenseBlock(channels, growth, count, checkpointing=checkpointing))
            channels += growth * count
            skips.append(channels)
            self.down.append(nn.Sequential(DenseLayer(channels, channels, 1), nn.MaxPool2d(2)))
        self.bottleneck = DenseBlock(channels, growth, layers[5], checkpointing=checkpointing)
        self.up_blocks, self.up = nn.ModuleList(), nn.ModuleList()
        for below, count, skip in zip(layers[5:-1], layers[6:], reversed(skips), strict=True):
            fresh = growth * below
            self.up.append(nn.ConvTranspose2d(fresh, fresh, 3, stride=2))
            channels = fresh + skip
            self.up_blocks.append(DenseBlock(channels, growth, count, checkpointing=checkpointing))
        self.score = nn.Conv2d(channels + growth * layers[-1], classes, 1)
        _start(self)

    def forward(self, x: Tensor) -> Tensor:
        x, skips = self.first(x), []
        for block, down in zip(self.down_blocks, self.down, strict=True):
            skips.append(torch.cat([x, *block(x)], dim=1))
            x = down(skips[-1])
        new = self.bottleneck(x)
        for up, block in zip(self.up, self.up_blocks, strict=True):
            skip = skips.pop()
            x = torch.cat([up(torch.cat(new, dim=1))[..., : skip.shape[-2], : skip.shape[-1]], skip], dim=1)
            new = block(x)
        logits: Tensor = self.score(torch.cat([x, *new], dim=1))
        return logits


def build_fcdensenet(depth: int, *, classes: int, width: float = 1.0, checkpointing: bool = False) -> FCDenseNet:
    """Return FC-DenseNet56, 67 or 103 (`depth`) with `classes` outputs.

    `width` (0 < width <= 1) multiplies growth and first channels. `checkpointing` computes each layer's features twice
    and keeps far fewer of them: equal numbers from less memory.
    """
    growth, first = (max(1, round(c * width)) for c in (GROWTH[depth], FIRST_CHANNELS))
    return FCDenseNet(LAYERS[depth], growth, first, classes, checkpointing=checkpointing)


def _start(net: nn.Module) -> None:
    """Draw the convolutions uniformly after He et al. 2015 (the paper's HeUniform); biases start at 0."""
    for layer in net.modules():
        if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
