import pytest
import torch
from torch import Tensor
from torch.nn import functional

from maskwright.models.build import PaddedNet
from maskwright.models.networks import deconvnet
from maskwright.models.networks.deconvnet import build_deconvnet, unpool
from tests.support.net_sizes import parameters, wrong_sizes

HALVES = (0.5, 0.5, 0.5)


def by_hand() -> tuple[int, int]:
    """Return the parameters of the paper's layer table for 21 classes: of the convolutions, of the normalisation."""
    table = [(3, 64, 3), (64, 64, 3), (64, 128, 3), (128, 128, 3), (128, 256, 3), (256, 256, 3), (256, 256, 3)]
    table += [(256, 512, 3)] + [(512, 512, 3)] * 5
    table += [(512, 4096, 7), (4096, 4096, 1), (4096, 512, 7)]
    table += [(512, 512, 3)] * 5 + [(512, 256, 3), (256, 256, 3), (256, 256, 3), (256, 128, 3)]
    table += [(128, 128, 3), (128, 64, 3), (64, 64, 3), (64, 64, 3)]
    convolutions = sum(i * o * k * k + o for i, o, k in table)
    return convolutions + 64 * 21 + 21, sum(2 * o for _, o, _ in table)


def test_the_full_width_has_the_papers_parameters() -> None:
    """The paper says 252 M; its convolutions alone are the 251.7 M often quoted, cut off instead of rounded."""
    assert by_hand() == (251_772_245, 33_408)
    with torch.device("meta"):
        assert parameters(build_deconvnet(classes=21)) == 251_772_245 + 33_408 == 251_805_653


def test_unpooling_puts_every_value_back_where_it_came_from() -> None:
    x = torch.rand(2, 3, 8, 10, generator=torch.Generator().manual_seed(0)) + 0.1
    pooled, places = functional.max_pool2d(x, 2, return_indices=True)
    spread = unpool(pooled, places)
    is_maximum = x == functional.interpolate(pooled, scale_factor=2, mode="nearest")
    torch.testing.assert_close(spread, torch.where(is_maximum, x, 0.0), rtol=0, atol=0)
    assert int((spread != 0).sum()) == pooled.numel()
    torch.testing.assert_close(spread, functional.max_unpool2d(pooled, places, [2, 2]), rtol=0, atol=0)


def test_gradients_come_back_through_the_switches() -> None:
    x = torch.rand(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: unpool(*functional.max_pool2d(t, 2, return_indices=True)), x)


def nearest(x: Tensor, switches: Tensor) -> Tensor:
    return functional.interpolate(x, size=(2 * switches.shape[-2], 2 * switches.shape[-1]), mode="nearest")


def test_the_network_uses_its_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    net = build_deconvnet(classes=2, width=1 / 32).eval()
    photo = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        ours = net(photo)
        monkeypatch.setattr(deconvnet, "unpool", nearest)
        other = net(photo)
    assert (ours - other).abs().max() > 0.01 * ours.abs().max()


def test_each_level_gets_the_switches_of_its_own_mirror_image(monkeypatch: pytest.MonkeyPatch) -> None:
    met = []

    def watched(x: Tensor, switches: Tensor) -> Tensor:
        met.append(tuple(switches.shape[1:]))
        return unpool(x, switches)

    monkeypatch.setattr(deconvnet, "unpool", watched)
    net = build_deconvnet(classes=2, width=1 / 32).eval()
    with torch.inference_mode():
        net(torch.rand(1, 3, 64, 96))
    assert met == [(16, 2, 3), (16, 4, 6), (8, 8, 12), (4, 16, 24), (2, 32, 48)]


def test_at_224_px_the_fully_connected_layer_sees_the_photo_as_one() -> None:
    net = build_deconvnet(classes=3, width=1 / 32).eval()
    seen = []
    net.fc6.register_forward_hook(lambda _m, given, out: seen.append((given[0].shape[-2:], out.shape[-2:])))
    with torch.inference_mode():
        assert net(torch.zeros(1, 3, 224, 224)).shape == (1, 3, 224, 224)
        net(torch.zeros(1, 3, 64, 64))
        net(torch.zeros(1, 3, 288, 256))
    assert seen == [((7, 7), (1, 1)), ((7, 7), (1, 1)), ((9, 8), (3, 2))]


def test_logits_have_the_size_of_any_photo() -> None:
    assert wrong_sizes(PaddedNet(build_deconvnet(classes=1, width=1 / 64), HALVES, HALVES), 1) == []


@pytest.mark.parametrize("bf16", [False, True])
def test_it_learns_to_tell_a_bright_square(bf16: bool) -> None:
    torch.manual_seed(0)
    net = build_deconvnet(classes=1, width=1 / 16).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-2)
    photos, truth = torch.zeros(4, 3, 64, 64), torch.zeros(4, 1, 64, 64)
    for i in range(4):
        truth[i, :, 8 * i : 8 * i + 24, 40 - 8 * i : 64 - 8 * i] = 1.0
    photos += truth
    losses = []
    for _ in range(25):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = net(photos.contiguous(memory_format=torch.channels_last))
        loss = functional.binary_cross_entropy_with_logits(logits.float(), truth)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.75 * losses[0]
