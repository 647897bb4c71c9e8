"""Receptive fields: stride, offset and window of feature maps, after convolutions and poolings."""

from dataclasses import dataclass

from torch import nn

Windowed = nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d


@dataclass(frozen=True)
class Grid:
    """The cells (places) of a feature map: cell i is centred on pixel `offset_px + stride_px * i`, in x and in y.

    Pixel 0 is the first pixel's centre, so the photo's edge is -0.5. `window_px` is the side of a cell's receptive
    field. The pixels themselves are Grid(1, 0.0, 1). See Araujo et al. 2019.
    """

    stride_px: int
    offset_px: float
    window_px: int

    def place(self, cell: float) -> float:
        """Return the pixel (0 = the first pixel's centre) on which a cell is centred."""
        return self.offset_px + self.stride_px * cell


PIXELS = Grid(1, 0.0, 1)


def slide(grid: Grid, *, kernel: int, stride: int = 1, padding: float = 0, dilation: int = 1) -> Grid:
    """Return the grid after a convolution or pooling; `padding`: places before the first cell."""
    reach = dilation * (kernel - 1)
    return Grid(
        grid.stride_px * stride,
        grid.offset_px + grid.stride_px * (reach / 2 - padding),
        grid.window_px + grid.stride_px * reach,
    )


def grid_after(layers: nn.Module, grid: Grid = PIXELS) -> Grid:
    """Return the grid after all convolutions and poolings of a module, taken in the order they are listed.

    Exact for chains of layers, also with shortcuts, on photos whose sides are multiples of the stride. TensorFlow's
    "same" padding counts as even on both sides, although its odd pixel comes last: trained filters compensate for that
    (docs/decisions/032).
    """
    for layer in _windowed(layers):
        kernel, stride, padding = _window(layer)
        grid = slide(grid, kernel=kernel, stride=stride, padding=padding, dilation=_dilation(layer))
    return grid


def least_side_px(layers: nn.Module) -> int:
    """Return the smallest side, a multiple of the whole stride, that leaves at least one cell after the layers."""
    stride = grid_after(layers).stride_px
    side_px = stride
    while cells_after(layers, side_px) == 0:
        side_px += stride
    return side_px


def cells_after(layers: nn.Module, side_px: int) -> int:
    """Return how many cells a side of `side_px` pixels has after the layers; 0 if it is too short."""
    cells = side_px
    for layer in _windowed(layers):
        kernel, stride, padding = _window(layer)
        reach = _dilation(layer) * (kernel - 1)
        cells = int(cells + 2 * padding - reach - 1) // stride + 1
        if cells < 1:
            return 0
    return cells


def _windowed(layers: nn.Module) -> list[Windowed]:
    return [layer for layer in layers.modules() if isinstance(layer, Windowed)]


def _window(layer: Windowed) -> tuple[int, int, float]:
    """Return kernel, stride, and the padding on either side."""
    kernel, stride = _one(layer.kernel_size), _one(layer.stride)
    if _pads_as_tensorflow(layer):
        return kernel, stride, (_dilation(layer) * (kernel - 1) + 1 - stride) / 2
    return kernel, stride, _one(layer.padding)


def _dilation(layer: Windowed) -> int:
    return 1 if isinstance(layer, nn.AvgPool2d) else _one(layer.dilation)


def _pads_as_tensorflow(layer: nn.Module) -> bool:
    from timm.layers.conv2d_same import Conv2dSame

    return isinstance(layer, Conv2dSame)


def _one(value: int | str | tuple[int, ...]) -> int:
    """Return a layer's setting, which must be equal in both directions."""
    sides = (value,) if isinstance(value, int) else tuple(value)
    if len(set(sides)) != 1 or not isinstance(sides[0], int):
        raise ValueError(f"a grid needs the same whole number in x and y, not {value!r}")
    return sides[0]
