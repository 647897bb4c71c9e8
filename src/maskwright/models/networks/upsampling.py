"""Learnable upsampling: a transposed convolution that starts as bilinear interpolation between cell centres."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from maskwright.models.receptive_field import Grid


def bilinear_kernel(size_px: int, stride: int) -> Tensor:
    """Return the size x size kernel whose transposed convolution interpolates bilinearly between cells.

    Size 2 * stride - 1 if the cells lie on target cells, 2 * stride if they lie between two.
    """
    distance = torch.arange(size_px, dtype=torch.get_default_dtype()) - (size_px - 1) / 2
    line = (1 - distance.abs() / stride).clamp(min=0)
    return line[:, None] * line[None, :]


def divided(direct: Tensor, first: "Upsampling", second: "Upsampling") -> Tensor:
    """Return the kernel of `first` that, with a bilinear `second` behind it, is closest to a trained upsampling.

    `direct`: CxCxNxN, the kernel that upsamples by both factors at once. What it has learned, its difference from
    bilinear interpolation, is fitted by least squares; an untrained kernel gives bilinear interpolation.
    """
    size, taps, reach = direct.shape[-1], first.weight.shape[-1], second.weight.shape[-1]
    line = bilinear_kernel(reach, second.stride).to(direct).diagonal().sqrt()
    basis = line.new_zeros((taps - 1) * second.stride + reach, taps)
    for tap in range(taps):
        basis[tap * second.stride : tap * second.stride + reach, tap] = line
    learned = direct - _of_each_channel(direct.shape[0], bilinear_kernel(size, first.stride * second.stride).to(direct))
    margin = (len(basis) - size) // 2
    inverse = torch.linalg.pinv(basis)
    change: Tensor = inverse @ functional.pad(learned, (margin, margin, margin, margin)) @ inverse.T
    return _of_each_channel(direct.shape[0], bilinear_kernel(taps, first.stride).to(direct)) + change


def _of_each_channel(channels: int, kernel: Tensor) -> Tensor:
    """Return CxCxNxN weights that apply the kernel to each channel alone."""
    return torch.eye(channels, dtype=kernel.dtype)[:, :, None, None] * kernel


class Upsampling(nn.Module):
    """Upsamples scores from a coarse grid to a finer one, or to the pixels (Long, Shelhamer and Darrell 2015).

    A transposed convolution that starts as bilinear interpolation and is trained. The kernel's size and the crop
    follow from both grids, so that nothing is shifted by half a stride. The border is repeated by one cell, so that
    the outermost scores reach the edge.

    Input: NxCxhxw scores on the coarse grid, and the size of the finer one. Output: NxCxHxW.
    """

    def __init__(self, channels: int, *, coarse: Grid, fine: Grid) -> None:
        super().__init__()
        self.stride = coarse.stride_px // fine.stride_px
        first = (coarse.offset_px - fine.offset_px) / fine.stride_px
        if coarse.stride_px % fine.stride_px or (2 * first) % 1:
            raise ValueError(f"cells of {coarse} lie neither on nor midway between cells of {fine}")
        size = 2 * self.stride - 1 if first % 1 == 0 else 2 * self.stride
        self.crop = round(self.stride + (size - 1) / 2 - first)
        self.weight = nn.Parameter(torch.empty(channels, channels, size, size))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Make the layer a bilinear interpolation of each channel."""
        kernel = bilinear_kernel(self.weight.shape[-1], self.stride)
        channels = torch.arange(self.weight.shape[0])
        self.weight.zero_()
        self.weight[channels, channels] = kernel

    def forward(self, scores: Tensor, size_hw: tuple[int, int]) -> Tensor:
        framed = functional.pad(scores, (1, 1, 1, 1), mode="replicate")
        full = functional.conv_transpose2d(framed, self.weight, stride=self.stride)
        height, width = size_hw
        return full[..., self.crop : self.crop + height, self.crop : self.crop + width]
