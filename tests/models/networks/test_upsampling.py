import pytest
import torch
from torch import Tensor
from torch.nn import functional

from maskwright.models.networks.upsampling import Upsampling, bilinear_kernel, divided
from maskwright.models.receptive_field import PIXELS, Grid


def half_way(stride: int, fine: int = 1) -> Upsampling:
    """Return the upsampling of cells that cover `stride` pixels each, like VGG's."""
    return Upsampling(2, coarse=Grid(stride, (stride - 1) / 2, 1), fine=Grid(fine, (fine - 1) / 2, 1))


def on_the_grid(stride: int) -> Upsampling:
    """Return the upsampling of cells centred on pixels 0, stride, 2 * stride ..."""
    return Upsampling(2, coarse=Grid(stride, 0.0, 1), fine=PIXELS)


def scores(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("stride", [2, 4, 8, 16, 32])
def test_cells_midway_between_pixels_are_interpolated_exactly_as_torch_does(stride: int) -> None:
    """Against interpolate(bilinear, align_corners=False): up to the very edge, thanks to the repeated border."""
    x = scores(3, 2, 4, 5)
    expected = functional.interpolate(x, scale_factor=stride, mode="bilinear", align_corners=False)
    torch.testing.assert_close(half_way(stride).double()(x, (4 * stride, 5 * stride)), expected)


@pytest.mark.parametrize("stride", [2, 8, 32])
def test_cells_on_pixels_are_interpolated_exactly_as_torch_does(stride: int) -> None:
    """Against interpolate(bilinear, align_corners=True), which lays the outermost cells on the outermost pixels."""
    x = scores(1, 2, 4, 5)
    size = (3 * stride + 1, 4 * stride + 1)
    expected = functional.interpolate(x, size, mode="bilinear", align_corners=True)
    torch.testing.assert_close(on_the_grid(stride).double()(x, size), expected)
    torch.testing.assert_close(on_the_grid(stride).double()(x, size)[..., ::stride, ::stride], x)


@pytest.mark.parametrize(("coarse", "fine"), [(15.5, 0.0), (31.0, 0.0), (15.0, 0.0), (7.0, 0.0)])
def test_a_slope_stays_the_same_slope_wherever_the_cells_lie(coarse: float, fine: float) -> None:
    """A cell's score is the x of its centre: then every pixel's score must be its own x. No half stride is lost."""
    layer = Upsampling(1, coarse=Grid(32, coarse, 1), fine=Grid(1, fine, 1)).double()
    x = (coarse + 32 * torch.arange(6, dtype=torch.float64)).expand(1, 1, 6, 6)
    line = layer(x, (192, 192))[0, 0, 90]
    inside = slice(int(coarse) + 1, int(coarse) + 5 * 32)
    torch.testing.assert_close(line[inside], torch.arange(192, dtype=torch.float64)[inside])


@pytest.mark.parametrize("layer", [half_way(2), half_way(8), on_the_grid(4), half_way(32, 16)])
def test_the_transposed_convolution_is_the_backward_of_a_convolution(layer: Upsampling) -> None:
    """A = conv2d with the same weight and stride: A'y is its gradient, and <Ax, y> = <x, A'y>; learnt weights too."""
    generator = torch.Generator().manual_seed(0)
    weight = layer.weight.detach().double() + torch.randn(layer.weight.shape, generator=generator)
    y = scores(2, 2, 4, 3)
    transposed = functional.conv_transpose2d(y, weight, stride=layer.stride)
    x = torch.randn(transposed.shape, generator=generator, dtype=torch.float64, requires_grad=True)
    convolved = functional.conv2d(x, weight, stride=layer.stride)
    (gradient,) = torch.autograd.grad(convolved, x, y)
    torch.testing.assert_close(gradient, transposed)
    torch.testing.assert_close((convolved * y).sum(), (x * transposed).sum())


def test_the_layer_is_that_transposed_convolution_of_the_framed_scores() -> None:
    layer, x = half_way(4).double(), scores(1, 2, 3, 3)
    framed = functional.pad(x, (1, 1, 1, 1), mode="replicate")
    full = functional.conv_transpose2d(framed, layer.weight, stride=4)
    torch.testing.assert_close(layer(x, (12, 12)), full[..., 6:18, 6:18])


def test_classes_do_not_mix_until_they_are_trained_to() -> None:
    layer, x = half_way(4), scores(1, 2, 3, 3).float()
    x[:, 1] = 0
    assert torch.all(layer(x, (12, 12))[:, 1] == 0)
    layer(x, (12, 12))[:, 1].sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad[0, 1].abs().sum() > 0


def test_the_kernel_is_the_one_of_the_paper() -> None:
    """Size 4, factor 2: the outer product of (1, 3, 3, 1) / 4 with itself; size 3: of (1, 2, 1) / 2."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    torch.testing.assert_close(bilinear_kernel(4, 2), torch.outer(line, line))
    line = torch.tensor([1.0, 2.0, 1.0]) / 2
    torch.testing.assert_close(bilinear_kernel(3, 2), torch.outer(line, line))


def test_cells_a_quarter_off_are_refused() -> None:
    with pytest.raises(ValueError, match="neither on nor midway"):
        Upsampling(1, coarse=Grid(4, 0.25, 1), fine=PIXELS)


def test_an_upsampling_in_two_steps_takes_over_what_one_step_has_learned() -> None:
    coarse, fine = Grid(8, 3.5, 1), Grid(4, 1.5, 1)
    first, second = Upsampling(2, coarse=coarse, fine=fine), Upsampling(2, coarse=fine, fine=PIXELS)
    direct = Upsampling(2, coarse=coarse, fine=PIXELS)
    torch.testing.assert_close(divided(direct.weight.detach(), first, second), first.weight.detach())
    with torch.no_grad():
        direct.weight.mul_(1.5)
        direct.weight[0, 1] += 0.25 * direct.weight[0, 0]
        first.weight.copy_(divided(direct.weight, first, second))
    x = torch.randn(1, 2, 5, 6, generator=torch.Generator().manual_seed(0))
    plain_first, plain_direct = Upsampling(2, coarse=coarse, fine=fine), Upsampling(2, coarse=coarse, fine=PIXELS)
    learned_at_once = direct(x, (40, 48)) - plain_direct(x, (40, 48))
    learned_in_steps = second(first(x, (10, 12)), (40, 48)) - second(plain_first(x, (10, 12)), (40, 48))
    assert (learned_in_steps - learned_at_once).square().mean() < 0.05 * learned_at_once.square().mean()
