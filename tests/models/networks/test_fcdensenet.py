from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from maskwright.models.build import PaddedNet
from maskwright.models.networks.fcdensenet import DenseBlock, FCDenseNet, build_fcdensenet
from tests.support.net_sizes import parameters, wrong_sizes

HALVES = (0.5, 0.5, 0.5)


def by_hand(growth: int, layers: tuple[int, ...], classes: int) -> tuple[int, int]:
    """Return from the paper's rules alone: all parameters, and the running statistics of the normalisation."""
    total, seen, channels, skips = 48 * 27 + 48, 0, 48, []
    for count in layers[:5]:
        for _ in range(count):
            total, seen = total + 2 * channels + 9 * channels * growth + growth, seen + 2 * channels
            channels += growth
        skips.append(channels)
        total, seen = total + 2 * channels + channels * channels + channels, seen + 2 * channels
    for _ in range(layers[5]):
        total, seen = total + 2 * channels + 9 * channels * growth + growth, seen + 2 * channels
        channels += growth
    for below, count in pairwise(layers[5:]):
        fresh = below * growth
        total += 9 * fresh * fresh + fresh
        channels = fresh + skips.pop()
        for _ in range(count):
            total, seen = total + 2 * channels + 9 * channels * growth + growth, seen + 2 * channels
            channels += growth
    return total + channels * classes + classes, seen


@pytest.mark.parametrize(
    ("depth", "eleven", "quoted"), [(56, 1_376_795, 1.5), (67, 3_463_243, 3.5), (103, 9_322_091, 9.4)]
)
def test_the_counts_are_the_papers_with_camvids_11_classes(depth: int, eleven: int, quoted: float) -> None:
    """The paper's rounded 1.5, 3.5 and 9.4 M stand beside: its code counted the running statistics as well.

    So counted, 67 and 103 round to the paper's figures; 56 has 1.40 M, whatever is counted, where the paper says 1.5.
    """
    layers, growth = {56: ((4,) * 11, 12), 67: ((5,) * 11, 16)}.get(depth, ((4, 5, 7, 10, 12, 15, 12, 10, 7, 5, 4), 16))
    learnt, running = by_hand(growth, layers, 11)
    with torch.device("meta"):
        net = build_fcdensenet(depth, classes=11)
    assert parameters(net) == learnt == eleven
    assert sum(b.numel() for b in net.buffers() if b.ndim) == running
    assert round((learnt + running) / 1e6, 1) == (1.4 if depth == 56 else quoted)


@pytest.mark.parametrize("depth", [56, 67, 103])
def test_the_name_counts_the_convolutions(depth: int) -> None:
    with torch.device("meta"):
        net = build_fcdensenet(depth, classes=2)
    assert sum(isinstance(m, nn.Conv2d | nn.ConvTranspose2d) for m in net.modules()) == depth


def test_a_block_returns_its_new_features_alone() -> None:
    block = DenseBlock(5, 3, 4, checkpointing=False).eval()
    with torch.inference_mode():
        new = block(torch.rand(1, 5, 6, 7))
    assert [tuple(t.shape) for t in new] == [(1, 3, 6, 7)] * 4


def test_logits_have_the_size_of_any_photo() -> None:
    assert wrong_sizes(PaddedNet(build_fcdensenet(56, classes=3, width=1 / 12), HALVES, HALVES), 3) == []


def test_weights_start_uniform_after_he() -> None:
    torch.manual_seed(0)
    layer = next(
        m for m in build_fcdensenet(67, classes=2).modules() if isinstance(m, nn.Conv2d) and m.in_channels > 99
    )
    limit = (6 / (layer.in_channels * layer.kernel_size[0] ** 2)) ** 0.5
    assert 0.98 * limit < layer.weight.abs().max().item() <= limit
    assert layer.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.05)
    assert layer.bias is not None
    assert not layer.bias.any()


def one_step(net: FCDenseNet, photos: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    torch.manual_seed(7)
    logits = net(photos)
    functional.cross_entropy(logits, (photos[:, 0] > 0.5).long()).backward()  # type: ignore[no-untyped-call]
    return logits, [p.grad for p in net.parameters() if p.grad is not None], list(net.buffers())


def test_checkpointing_changes_neither_outputs_nor_gradients_nor_statistics() -> None:
    """With drop-out on: its random numbers are the same again, and statistics are learnt once."""
    torch.manual_seed(0)
    plain = build_fcdensenet(56, classes=2, width=1 / 6).double()
    thrifty = build_fcdensenet(56, classes=2, width=1 / 6, checkpointing=True).double()
    thrifty.load_state_dict(plain.state_dict())
    photos = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    for _ in range(2):
        ours, theirs = one_step(plain.train(), photos), one_step(thrifty.train(), photos)
        torch.testing.assert_close(ours[0], theirs[0], rtol=0, atol=0)
        assert len(ours[1]) == len(list(plain.parameters()))
        torch.testing.assert_close(ours[1], theirs[1], rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(ours[2], theirs[2], rtol=0, atol=0)
    assert all(m.momentum == 0.1 for m in thrifty.modules() if isinstance(m, nn.BatchNorm2d))


def kept_bytes(net: FCDenseNet, photos: Tensor) -> int:
    """Return the bytes that autograd keeps of a forward pass."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        held = net(photos)
    assert held.requires_grad
    return sum(kept.values())


def test_checkpointing_keeps_far_less() -> None:
    photos = torch.rand(2, 3, 64, 64)
    plain, thrifty = (kept_bytes(build_fcdensenet(67, classes=2, checkpointing=c), photos) for c in (False, True))
    assert thrifty < 0.4 * plain


def test_what_is_not_trained_is_not_computed_twice() -> None:
    net = build_fcdensenet(56, classes=2, width=1 / 6, checkpointing=True).eval()
    photos = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(net(photos), net(photos))
