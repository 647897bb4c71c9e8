import torch
from torch import nn

from maskwright.training.weight_average import copy_for_average, update_average


def test_the_average_follows_weights_and_running_statistics() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    average = copy_for_average(net)
    before = {name: t.clone() for name, t in average.state_dict().items()}
    net(torch.randn(2, 3, 8, 8) * 5)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    update_average(average, net, step=10_000, decay=0.75)
    for name, tensor in average.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, 0.75 * before[name] + 0.25 * net.state_dict()[name])
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_frozen_weights_stay_as_they_are_in_the_average() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 1, 1))
    average = copy_for_average(net)
    before = {name: t.clone() for name, t in average.state_dict().items()}
    net[0].requires_grad_(False)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    update_average(average, net, step=10_000, decay=0.75)
    moved = {name for name, t in average.state_dict().items() if not torch.equal(t, before[name])}
    assert moved == {"1.weight", "1.bias"}
