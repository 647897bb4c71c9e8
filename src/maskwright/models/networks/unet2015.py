"""U-Net as published: unpadded convolutions, overlap-tile. Ronneberger, Fischer and Brox 2015, arXiv 1505.04597."""

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (64, 128, 256, 512, 1024)
DROPOUT = 0.5
MARGIN_PX = 92
"""Pixels that the unpadded network loses at each edge: (572 - 388) / 2."""
GRAIN_PX = 16
"""Pooling grid: output sides are a multiple of it plus 4, and tiles start on it."""
TILE_PX = 388
"""Side of the paper's output tile."""
LEAST_PX = 128
"""Smallest training crop whose missing context one reflection fills: 92 px, rounded up to the pooling grid."""


class UNet2015(nn.Module):
    """Normalised NxPxHxW -> NxCxhxw logits: h = H - 184 without padding, where H is 16 k + 12 and at least 188.

    With `padded`, h = H, a multiple of 16. Drop-out follows the two deepest pairs of convolutions, as in the
    authors' network file.
    """

    def __init__(self, channels: tuple[int, ...], photo_channels: int, classes: int, *, padded: bool) -> None:
        super().__init__()
        padding = 1 if padded else 0
        ins = (photo_channels, *channels[:-1])
        self.down = nn.ModuleList(_pair(i, o, padding) for i, o in zip(ins, channels, strict=True))
        ups = list(zip(channels[:0:-1], channels[-2::-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, stride=2) for i, o in ups)
        self.merge = nn.ModuleList(_pair(2 * o, o, padding) for _, o in ups)
        self.dropout = nn.Dropout(DROPOUT)
        self.score = nn.Conv2d(channels[0], classes, 1)
        _start(self)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for level, pair in enumerate(self.down):
            x = pair(functional.max_pool2d(x, 2) if level else x)
            x = self.dropout(x) if level >= len(self.down) - 2 else x
            skips.append(x)
        skips.pop()
        for up, merge in zip(self.up, self.merge, strict=True):
            x = functional.relu(up(x))
            x = merge(torch.cat([_centre(skips.pop(), x.shape[-2], x.shape[-1]), x], dim=1))
        logits: Tensor = self.score(x)
        return logits


class OverlapTiles(nn.Module):
    """An unpadded U-Net that gives logits of its input's size: what is missing beyond the edge is mirrored.

    While training a crop goes through whole; otherwise it is cut into tiles of `tile_px` of output, each seen
    with its true surroundings, so that the tiles together are the whole photo's result.
    """

    def __init__(self, core: UNet2015, tile_px: int) -> None:
        super().__init__()
        self.core = core
        self.tile_px = tile_px

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return overlap_tiles(self.core, x, tile_px=max(x.shape[-2:]))
        return overlap_tiles(self.core, x, tile_px=self.tile_px)


def overlap_tiles(core: nn.Module, x: Tensor, *, tile_px: int) -> Tensor:
    """Return NxCxHxW logits of NxPxHxW by an unpadded core, in tiles of at most `tile_px` (rounded up) a side."""
    height, width = x.shape[-2:]
    rows, columns = tile_starts(height, tile_px), tile_starts(width, tile_px)
    side_y, side_x = (valid_px(min(length, tile_px)) for length in (height, width))
    x = mirrored(x, rows[-1] + side_y, columns[-1] + side_x)
    out: Tensor | None = None
    for top in rows:
        for left in columns:
            window = x[..., top : top + side_y + 2 * MARGIN_PX, left : left + side_x + 2 * MARGIN_PX]
            logits: Tensor = core(window)
            if len(rows) == len(columns) == 1:
                return logits[..., :height, :width]
            if out is None:
                out = logits.new_zeros(*logits.shape[:2], rows[-1] + side_y, columns[-1] + side_x)
            out[..., top : top + side_y, left : left + side_x] = logits
    assert out is not None
    return out[..., :height, :width]


def valid_px(length: int) -> int:
    """Return the smallest output side of the unpadded network that covers `length` px: 4, 20, 36 ... 388 ..."""
    return 4 + GRAIN_PX * max(0, -(-(length - 4) // GRAIN_PX))


def tile_starts(length: int, tile_px: int) -> list[int]:
    """Return where tiles start along a side: on the pooling grid of the whole photo."""
    side = valid_px(min(length, tile_px))
    step = max(GRAIN_PX, side - 4)
    count = 1 + max(0, -(-(length - side) // step))
    return [step * i for i in range(count)]


def mirrored(x: Tensor, height: int, width: int) -> Tensor:
    """Return `x` with 92 px around its `height` x `width`, mirrored at its edges as often as needed."""
    return _mirror(_mirror(x, 2, height), 3, width)


def _mirror(x: Tensor, axis: int, length: int) -> Tensor:
    size = x.shape[axis]
    places = torch.arange(-MARGIN_PX, length + MARGIN_PX, device=x.device)
    period = max(1, 2 * (size - 1))
    places = places.remainder(period)
    return x.index_select(axis, torch.where(places < size, places, period - places))


def build_unet2015(*, classes: int, width: float = 1.0, padded: bool = False, photo_channels: int = 3) -> nn.Module:
    """Return the U-Net of 2015 with `classes` outputs and channels times `width`.

    Unpadded, it mirrors and tiles photos itself and takes any H x W. `padded` keeps sizes and needs multiples of 16.
    """
    channels = tuple(max(1, round(c * width)) for c in CHANNELS)
    core = UNet2015(channels, photo_channels, classes, padded=padded)
    return core if padded else OverlapTiles(core, TILE_PX)


def _pair(channels_in: int, channels_out: int, padding: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=padding),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels_out, channels_out, 3, padding=padding),
        nn.ReLU(inplace=True),
    )


def _centre(x: Tensor, height: int, width: int) -> Tensor:
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., top : top + height, left : left + width]


def _start(net: nn.Module) -> None:
    """Draw the weights with deviation sqrt(2 / inputs of a neuron), He et al. 2015, as in the paper; biases are 0."""
    for layer in net.modules():
        if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d):
            # Without overlap, a transposed convolution's output depends on one place of each input channel.
            inputs = layer.in_channels * (9 if layer.kernel_size == (3, 3) else 1)
            nn.init.normal_(layer.weight, std=(2 / inputs) ** 0.5)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
