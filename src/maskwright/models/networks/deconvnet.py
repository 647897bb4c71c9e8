"""DeconvNet: VGG-16 with recorded max-pooling switches, and its mirror image. Noh, Hong and Han 2015, 1505.04366."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

Convolution = Callable[[int, int], nn.Module]
ENCODER = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
DECODER = ((512, 512, 512), (512, 512, 256), (256, 256, 128), (128, 64), (64, 64))
"""Channels after each 3x3 (transposed) convolution, block by block, as in the authors' layer list."""
FULLY_CONNECTED = 4096
WINDOW = 7
"""Side of fc6's window in places of pool5, for a 224-px photo."""


class DeconvNet(nn.Module):
    """Normalised Nx3xHxW -> NxCxHxW logits; H and W are multiples of 32, any number of them.

    At 224 px, fc6 is applied once to its whole 7x7 window, as in the paper. A larger photo gives a map of such windows;
    their transposed convolutions add up where they overlap. A smaller photo is centred in a window of zeros.
    """

    def __init__(self, classes: int, width: float) -> None:
        super().__init__()
        down = [[_scaled(c, width) for c in block] for block in ENCODER]
        up = [[_scaled(c, width) for c in block] for block in DECODER]
        top = _scaled(FULLY_CONNECTED, width)
        self.down = nn.ModuleList(
            _block(channels, down[i - 1][-1] if i else 3, _convolution) for i, channels in enumerate(down)
        )
        self.fc6 = nn.Sequential(nn.Conv2d(down[-1][-1], top, WINDOW), *_normalised(top))
        self.fc7 = nn.Sequential(nn.Conv2d(top, top, 1), *_normalised(top))
        self.fc6_up = nn.Sequential(nn.ConvTranspose2d(top, up[0][0], WINDOW), *_normalised(up[0][0]))
        self.up = nn.ModuleList(
            _block(channels, up[i - 1][-1] if i else channels[0], _transposed) for i, channels in enumerate(up)
        )
        self.score = nn.Conv2d(up[-1][-1], classes, 1)
        _start(self)

    def forward(self, x: Tensor) -> Tensor:
        switches = []
        for block in self.down:
            x, places = functional.max_pool2d(block(x), 2, return_indices=True)
            switches.append(places)
        x = self._through_fully_connected(x)
        for block in self.up:
            x = block(unpool(x, switches.pop()))
        logits: Tensor = self.score(x)
        return logits

    def _through_fully_connected(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        missing_y, missing_x = max(0, WINDOW - height), max(0, WINDOW - width)
        top, left = missing_y // 2, missing_x // 2
        x = functional.pad(x, (left, missing_x - left, top, missing_y - top))
        x = self.fc6_up(self.fc7(self.fc6(x)))
        return x[..., top : top + height, left : left + width]


def unpool(x: Tensor, switches: Tensor) -> Tensor:
    """Return NxCx2Hx2W zeros with each of the NxCxHxW values at the place of its 2x2 maximum.

    `switches` are the flat indices that `max_pool2d` with `return_indices` recorded.
    """
    count, channels, height, width = x.shape
    flat = x.new_zeros(count, channels, 4 * height * width)
    places = switches.reshape(count, channels, height * width)
    spread = flat.scatter(2, places, x.reshape(count, channels, height * width))
    return spread.view(count, channels, 2 * height, 2 * width)


def build_deconvnet(*, classes: int, width: float = 1.0) -> DeconvNet:
    """Return DeconvNet with `classes` outputs and channels times `width` (0 < width <= 1)."""
    return DeconvNet(classes, width)


def _scaled(channels: int, width: float) -> int:
    return max(1, round(channels * width))


def _block(channels: list[int], channels_in: int, convolution: Convolution) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels_out in channels:
        layers += [convolution(channels_in, channels_out), *_normalised(channels_out)]
        channels_in = channels_out
    return nn.Sequential(*layers)


def _convolution(channels_in: int, channels_out: int) -> nn.Module:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1)


def _transposed(channels_in: int, channels_out: int) -> nn.Module:
    return nn.ConvTranspose2d(channels_in, channels_out, 3, padding=1)


def _normalised(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(channels), nn.ReLU(inplace=True)


def _start(net: DeconvNet) -> None:
    """Draw the convolutions after He et al. 2015, the transposed ones and the score with deviation 0.01 (the paper)."""
    for layer in net.modules():
        if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d):
            if isinstance(layer, nn.ConvTranspose2d) or layer is net.score:
                nn.init.normal_(layer.weight, std=0.01)
            else:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
