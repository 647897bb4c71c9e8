import pytest
import torch
from torch import Tensor, nn

from maskwright.training.health.probes import (
    Taken,
    first_not_finite,
    is_look,
    layer_group,
    look_at,
    norm_gap,
    weights_before,
)


class SmallNet(nn.Module):
    """Convolution, normalisation, convolution: Nx3xHxW -> Nx1xHxW."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Conv2d(4, 1, 1)

    def forward(self, photos: Tensor) -> Tensor:
        logits: Tensor = self.last(self.norm(self.first(photos)).relu())
        return logits


def test_gradients_and_movement_are_measured_by_layer_group() -> None:
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
    look = look_at(net, before, Taken(1.0, norm, logits.detach(), stepped=True), masks)
    assert look.gradients["all"] == pytest.approx(norm, rel=1e-5)
    expected = 0.5 * before[4].norm() / torch.cat([before[4].flatten(), before[5]]).norm()
    assert look.moved["last"] == pytest.approx(float(expected), rel=1e-5)
    assert look.moved["first"] == look.moved["norm"] == 0
    assert (look.truth_classes, look.predicted_classes) == (2, 2)


def test_gradients_are_given_as_they_were_before_clipping() -> None:
    net = nn.Sequential(nn.Conv2d(3, 1, 1))
    before = weights_before(net)
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)
    look = look_at(net, before, Taken(1.0, 50.0, torch.zeros(1, 1, 2, 2), stepped=True), torch.zeros(1, 2, 2))
    assert look.gradients["all"] == pytest.approx(10 * 2.0)


def test_layers_that_do_not_learn_are_left_out_and_a_layer_without_gradient_has_none() -> None:
    net = SmallNet()
    net.first.requires_grad_(False)
    before = weights_before(net)
    net.last(torch.ones(1, 4, 1, 1)).sum().backward()
    look = look_at(net, before, Taken(1.0, 1.0, torch.zeros(1, 1, 2, 2), stepped=True), torch.zeros(1, 2, 2))
    assert set(look.gradients) == {"norm", "last", "all"}
    assert look.gradients["norm"] == 0
    assert look.gradients["last"] == pytest.approx(5**0.5)


def test_the_first_layer_whose_output_is_no_number_is_named_and_nothing_changes() -> None:
    net = SmallNet()
    with torch.no_grad():
        net.norm.weight[2] = float("inf")
    assert net.norm.running_mean is not None
    running = net.norm.running_mean.clone()
    assert first_not_finite(net, torch.randn(2, 3, 8, 8)) == "norm"
    assert torch.equal(net.norm.running_mean, running)
    assert first_not_finite(SmallNet(), torch.randn(2, 3, 8, 8)) == ""


def test_the_gap_between_batch_and_running_statistics_is_measured_without_a_trace() -> None:
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
def test_parameters_are_grouped_by_the_part_of_the_network(name: str, group: str) -> None:
    assert layer_group(name) == group


def test_about_sixty_steps_of_a_long_run_are_looked_at() -> None:
    assert [step for step in range(45) if is_look(step, 45)] == [8, 10, 20, 30, 40]
    assert sum(is_look(step, 6000) for step in range(6000)) == pytest.approx(60, abs=2)
