from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from maskwright.imaging.photos import Photo
from maskwright.models.networks.fcn import build_fcn
from maskwright.models.networks.fcn_encoders import BACKBONES
from maskwright.models.receptive_field import Grid, cells_after, grid_after, least_side_px, slide
from maskwright.models.weights.fcn import load_fcn_weights
from tests.support.real_photos import photo_of


def test_a_row_of_windows_lies_where_pencil_and_paper_put_it() -> None:
    """3x3 pooling of stride 2 on 11x11 windows of stride 4 that begin two pixels outside: AlexNet's beginning."""
    conv = slide(Grid(1, 0.0, 1), kernel=11, stride=4, padding=2)
    assert conv == Grid(4, 3.0, 11)
    assert slide(conv, kernel=3, stride=2) == Grid(8, 7.0, 19)
    assert slide(conv, kernel=3, stride=2).place(2) == 23.0


@pytest.mark.parametrize(
    ("backbone", "offsets"),
    [
        ("alexnet", (7.0, 15.0, 31.0)),
        ("vgg11", (3.5, 7.5, 15.5)),
        ("vgg16", (3.5, 7.5, 15.5)),
        ("lite0", (3.5, 7.5, 15.5)),
    ],
)
def test_the_maps_of_each_backbone_have_their_stride_and_offset(backbone: str, offsets: tuple[float, ...]) -> None:
    name = next(b for b in BACKBONES if b == backbone)
    encoder = build_fcn(name, finest_px=32, channels=1, headless=True, width=1.0).encoder
    grid = Grid(1, 0.0, 1)
    for stage, stride, offset in zip((encoder.to_8, encoder.to_16, encoder.to_32), (8, 16, 32), offsets, strict=True):
        grid = grid_after(stage, grid)
        assert (grid.stride_px, grid.offset_px) == (stride, offset)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_what_a_cell_sees_is_centred_where_the_grid_says(backbone: str) -> None:
    """The pixels that change a cell, by its gradient, lie evenly around the cell's place."""
    name = next(b for b in BACKBONES if b == backbone)
    encoder = build_fcn(name, finest_px=32, channels=1, headless=True, width=1.0).encoder.eval()
    grid = grid_after(encoder.to_8)
    with torch.no_grad():
        for layer in encoder.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.fill_(1 / layer.weight[0].numel())
    photo = torch.rand(1, 3, 256, 256, requires_grad=True)
    eighth = encoder.to_8(photo)
    (gradient,) = torch.autograd.grad(eighth[0, :, 16, 16].sum(), photo)
    seen = gradient.abs().sum(dim=(0, 1)).nonzero()
    half = (grid.window_px - 1) / 2
    if backbone == "lite0":  # no pooling, every pixel has its say; TensorFlow's padding moves windows by 3.5 px
        assert seen.amin(0).tolist() == [grid.place(16) + 3.5 - half] * 2
        assert seen.amax(0).tolist() == [grid.place(16) + 3.5 + half] * 2
    else:  # a pooling passes on one pixel only: somewhere within the window
        assert (seen.amin(0) >= grid.place(16) - half).all()
        assert (seen.amax(0) <= grid.place(16) + half).all()


@pytest.mark.parametrize("side_px", [64, 96, 224])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_cells_are_counted_as_the_network_makes_them(backbone: str, side_px: int) -> None:
    name = next(b for b in BACKBONES if b == backbone)
    encoder = build_fcn(name, finest_px=32, channels=1, headless=True, width=1.0).encoder.eval()
    with torch.inference_mode():
        assert encoder(torch.zeros(1, 3, side_px, side_px))[2].shape[-1] == cells_after(encoder, side_px)


@pytest.mark.parametrize("stride_px", [8, 16])
def test_the_trained_lite0_looks_at_the_middle_of_each_cells_share_of_the_photo(stride_px: int) -> None:
    """Where its gradient weighs, on real photos, is nearer to the grid than to the half stride that padding says."""
    torch.manual_seed(0)
    net = build_fcn("lite0", finest_px=32, channels=1, headless=True, width=1.0).eval()
    load_fcn_weights(net, "lite0", "imagenet")
    encoder = net.encoder.to_8 if stride_px == 8 else nn.Sequential(net.encoder.to_8, net.encoder.to_16)
    photos = (photo_of(name) for name in ("astronaut", "coffee", "rocket"))
    misses = [miss for photo in photos for miss in _misses(encoder, photo)]
    assert abs(np.mean(misses)) < stride_px / 4


def _misses(encoder: nn.Module, photo: Photo) -> list[float]:
    """Return by how many pixels the squared gradient's centre misses the place of nine cells, in x and in y."""
    grid = grid_after(encoder)
    x = torch.from_numpy(photo[:288, :288].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    cells = encoder(x.requires_grad_(True))
    middle, found = cells.shape[-1] // 2, []
    for row, column in product((middle - 2, middle, middle + 2), repeat=2):
        told = (cells[0, :, row, column] * torch.randn(cells.shape[1])).sum()
        weight = torch.autograd.grad(told, x, retain_graph=True)[0][0].square().sum(0)
        for line, cell in ((weight.sum(0), column), (weight.sum(1), row)):
            found.append(float((line * torch.arange(288)).sum() / line.sum()) - grid.place(cell))
    return found


def test_alexnet_alone_needs_64_pixels_for_its_first_cell() -> None:
    least = {
        name: least_side_px(build_fcn(name, finest_px=32, channels=1, headless=True, width=1.0).encoder)
        for name in BACKBONES
    }
    assert least == {"alexnet": 64, "vgg11": 32, "vgg16": 32, "lite0": 32}


def test_windows_that_are_not_square_have_no_grid() -> None:
    with pytest.raises(ValueError, match=r"same whole number in x and y, not \(3, 1\)"):
        grid_after(nn.Conv2d(1, 1, (3, 1)))
