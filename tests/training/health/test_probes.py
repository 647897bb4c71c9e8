import pytest
import torch
from torch import nn

from maskwright.training.health.probes import is_probed, layer_group, norm_gap, probe, weights_before
from maskwright.training.step import Taken
from tests.support.small_net import SmallNet


def test_gradients_and_updates_are_measured_by_layer_group() -> None:
    net = SmallNet()
    photos, masks = torch.randn(2, 3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.uint8)
    masks[:, :4] = 1
    masks[0, 0] = 255
    before = weights_before(net)
    logits = net(photos)
    logits.square().mean().backward()
    with torch.no_grad():
        net.last.weight.add_(0.5 * net.last.weight)
    norm = float(torch.stack([p.grad.norm() for p in net.parameters() if p.grad is not None]).norm())
    statistics = probe(net, before, Taken(1.0, norm, logits.detach(), masks, stepped=True))
    assert statistics.gradients["all"] == pytest.approx(norm, rel=1e-5)
    expected = 0.5 * before[4].norm() / torch.cat([before[4].flatten(), before[5]]).norm()
    assert statistics.moved["last"] == pytest.approx(float(expected), rel=1e-5)
    assert statistics.moved["first"] == statistics.moved["norm"] == 0
    assert (statistics.truth_classes, statistics.predicted_classes) == (2, 2)


def test_gradients_are_those_before_clipping() -> None:
    net = nn.Sequential(nn.Conv2d(3, 1, 1))
    before = weights_before(net)
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)
    taken = Taken(1.0, 50.0, torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2), stepped=True)
    statistics = probe(net, before, taken)
    assert statistics.gradients["all"] == pytest.approx(10 * 2.0)


def test_frozen_layers_are_left_out_and_a_layer_without_gradient_has_a_norm_of_0() -> None:
    net = SmallNet()
    net.first.requires_grad_(False)
    before = weights_before(net)
    net.last(torch.ones(1, 4, 1, 1)).sum().backward()
    taken = Taken(1.0, 1.0, torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2), stepped=True)
    statistics = probe(net, before, taken)
    assert set(statistics.gradients) == {"norm", "last", "all"}
    assert statistics.gradients["norm"] == 0
    assert statistics.gradients["last"] == pytest.approx(5**0.5)


def test_measuring_the_gap_between_batch_and_running_statistics_changes_nothing() -> None:
    net = SmallNet()
    photos = 5 + torch.randn(2, 3, 8, 8)
    assert norm_gap(net, photos) > 0.1
    assert net.norm.training
    assert net.norm.running_mean is not None
    assert not net.norm.running_mean.any()
    for _ in range(200):
        net(photos)
    assert norm_gap(net, photos) < 0.05


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("_forward_module.core.encoder.model.blocks.0.conv.weight", "encoder"),
        ("core.segmentation_head.0.bias", "head"),
        ("0.weight", "0"),
    ],
)
def test_parameters_are_grouped_by_part_of_the_network(name: str, group: str) -> None:
    assert layer_group(name) == group


def test_about_sixty_steps_of_a_long_run_are_probed() -> None:
    assert [step for step in range(45) if is_probed(step, 45)] == [8, 10, 20, 30, 40]
    assert sum(is_probed(step, 6000) for step in range(6000)) == pytest.approx(60, abs=2)
