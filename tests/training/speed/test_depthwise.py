import pytest
import torch
from torch import Tensor, nn

from maskwright.training.speed.depthwise import FastDepthwise, fast_depthwise


def gradients(conv: nn.Conv2d, x: Tensor, *, fast: bool) -> tuple[Tensor, Tensor, Tensor]:
    x = x.clone().requires_grad_()
    conv.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        if fast:
            with FastDepthwise():
                y = conv(x)
        else:
            y = conv(x)
    y.float().square().mean().backward()
    assert x.grad is not None
    assert conv.weight.grad is not None
    return y.detach().float(), x.grad, conv.weight.grad


@pytest.mark.parametrize(("kernel", "stride"), [(5, 1), (3, 2), (5, 2), (3, 1), (7, 1), (7, 2), (2, 2)])
def test_gradients_are_those_of_bfloat16_up_to_its_rounding(kernel: int, stride: int) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(12, 12, kernel, stride, kernel // 2, groups=12, bias=False)
    x = torch.randn(2, 12, 21, 17)
    usual, fast = gradients(conv, x, fast=False), gradients(conv, x, fast=True)
    assert torch.equal(usual[0], fast[0])
    for one, other in zip(usual[1:], fast[1:], strict=True):
        assert (one - other).abs().max() < 0.02 * one.abs().max()


def test_gradients_in_between_are_as_exact_as_float32() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(12, 12, 5, 2, 2, groups=12, bias=False)
    x = torch.randn(2, 12, 21, 17).bfloat16().float()
    with torch.no_grad():
        conv.weight.copy_(conv.weight.bfloat16().float())
    y = conv(x)
    (of_weight,) = torch.autograd.grad(y, conv.weight, torch.ones_like(y))
    conv.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16), FastDepthwise():
        z = conv(x)
    z.backward(torch.ones_like(z))
    assert conv.weight.grad is not None
    assert (conv.weight.grad - of_weight).abs().max() <= 2**-8 * of_weight.abs().max()


def test_other_convolutions_are_left_alone() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 4, 9, 9)
    for conv in (nn.Conv2d(4, 8, 5, 2), nn.Conv2d(4, 4, 5, groups=2), nn.Conv2d(4, 4, 5, groups=4, bias=True)):
        for one, other in zip(gradients(conv, x, fast=False), gradients(conv, x, fast=True), strict=True):
            assert torch.equal(one, other)


def test_without_autocast_nothing_changes() -> None:
    conv, x = nn.Conv2d(4, 4, 5, groups=4, bias=False), torch.randn(1, 4, 9, 9)
    with FastDepthwise():
        inside = conv(x)
    assert torch.equal(conv(x), inside)
    assert inside.dtype == torch.float32


def test_steps_that_gain_nothing_by_it_do_not_pay_for_it() -> None:
    cpu = torch.device("cpu")
    assert isinstance(fast_depthwise("bf16-mixed", cpu), FastDepthwise)
    assert not isinstance(fast_depthwise("32-true", cpu), FastDepthwise)
    assert not isinstance(fast_depthwise("bf16-mixed", torch.device("cuda")), FastDepthwise)
